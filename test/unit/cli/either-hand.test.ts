// The task of bench embedding: it can be done, with either hand, and doing nothing fails.
import { expect, it } from "vitest";
import type { Policy } from "../../../src/core/ports.ts";
import { eitherHandEpisode, eitherHandRobot } from "../../../src/cli/bench/either-hand.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { buildVocabulary, END } from "../../../src/tokens/vocabulary.ts";

const robot = eitherHandRobot(loadRobot("duo"));
const vocabulary = buildVocabulary(robot);

it("is done by its demonstrations, now with one hand and now with the other", async () => {
  const sides = new Set<string | undefined>();
  for (let seed = 1; seed <= 8; seed++) {
    const { side, errorDeg } = await eitherHandEpisode(robot, vocabulary, seed);
    expect(errorDeg).toBeLessThan(3);
    sides.add(side);
  }
  expect(sides).toEqual(new Set(["left", "right"]));
});

it("is not done by resting, nor by both hands half way", async () => {
  const close = async (): Promise<void> => {};
  const policyOf = (step: Policy["step"]): Policy => ({
    name: "test",
    step,
    close,
    [Symbol.asyncDispose]: close,
  });
  const idle = policyOf(async () => Int32Array.of(END));
  expect((await eitherHandEpisode(robot, vocabulary, 1, idle)).side).toBeUndefined();
  const shoulders = [...robot.servos.keys()].filter((i) =>
    robot.servos[i]!.name.endsWith("shoulder"),
  );
  const both = policyOf(async ({ timeNs }) => {
    if (timeNs < 1300e6 || timeNs > 1360e6) return Int32Array.of(END);
    const servos = robot.servos.length;
    return Float32Array.from({ length: 25 * servos }, (_, i) =>
      shoulders.includes(i % servos) ? (60 * Math.floor(i / servos + 1)) / 25 : 0,
    );
  });
  expect((await eitherHandEpisode(robot, vocabulary, 1, both)).side).toBeUndefined();
});
