import { describe, expect, it } from "vitest";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { restPose } from "../../../src/core/robot.ts";
import { RecordedPolicy } from "../../../src/policy/recorded.ts";
import { EaseIn } from "../../../src/teleoperation/playback.ts";
import { PhraseReader, PhraseWriter } from "../../../src/tokens/phrases.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const S = 1e9;
const TICK_NS = 50e6;

/** Five acts that were said two seconds apart, and where the robot stood meanwhile: its first servo 1 degree further each second. */
const playback = (speed = 1) => {
  const acts = ["raise_left_hand", "raise_right_hand", "nod", "wave", "shake"];
  const answers = acts.map((act, i) => ({
    timeNs: 100 * S + (1 + 2 * i) * S,
    answer: new PhraseWriter(robot, vocabulary).act(act, "normal").end(),
  }));
  const poses = Array.from({ length: 12 }, (_, s) => {
    const angleDeg = restPose(robot);
    angleDeg[0]! += s;
    return { timeNs: (100 + s) * S, angleDeg };
  });
  let isOver = false;
  const policy = new EaseIn({
    robot,
    vocabulary,
    poses,
    startNs: 100 * S,
    endNs: 111 * S,
    speed,
    recorded: new RecordedPolicy(answers),
    onPlaying: () => {},
    onOver: () => (isOver = true),
  });
  const reader = new PhraseReader(robot, vocabulary);
  const said: [act: string, atS: number][] = [];
  let motions = 0;
  /** Steps as the runtime does, from one time to another. */
  const run = async (fromS: number, toS: number): Promise<void> => {
    for (let timeNs = fromS * S; timeNs < toS * S; timeNs += TICK_NS) {
      const options = { signal: new AbortController().signal, deadlineNs: timeNs + TICK_NS };
      const answer = await policy.step({ timeNs, frames: [] }, options);
      for (const phrase of reader.read(answer as Int32Array).phrases)
        if (phrase.kind === "act") said.push([phrase.act, timeNs / S]);
        else motions++;
    }
  };
  const stand = (deg: number): void => {
    const angleDeg = restPose(robot);
    angleDeg[0]! += deg;
    policy.applied(angleDeg);
  };
  return { acts, run, stand, said, isOver: () => isOver, motions: () => motions };
};

describe("a recording that is played live", () => {
  it("says what was said when it was said, by its own clock", async () => {
    for (const speed of [1, 2]) {
      const { acts, run, stand, said, isOver } = playback(speed);
      stand(0);
      await run(0, 11.5 / speed);
      expect(said.map(([act]) => act)).toEqual(acts);
      for (const [i, [, atS]] of said.entries()) expect(atS).toBeCloseTo((1 + 2 * i) / speed, 1);
      expect(isOver()).toBe(true);
    }
  });

  it("goes first to where it begins", async () => {
    const { run, stand, said, motions } = playback();
    stand(20);
    await run(0, 3);
    expect(said).toEqual([]);
    expect(motions()).toBeGreaterThan(0);
    stand(0);
    await run(3, 4.2);
    expect(said).toEqual([["raise_left_hand", 4]]);
  });

  it("goes on where it was when the robot comes back, from where it should stand, and says nothing of what it missed", async () => {
    const { acts, run, stand, said, isOver, motions } = playback();
    stand(0);
    await run(0, 4);
    expect(said).toHaveLength(2);
    const before = motions();
    stand(20); // limp, it has sunk
    await run(18, 20);
    expect(said).toHaveLength(2);
    expect(motions()).toBeGreaterThan(before);
    stand(3);
    await run(20, 28);
    expect(said.map(([act]) => act)).toEqual(acts);
    expect(said.slice(2).map(([, atS]) => Math.round(10 * atS) / 10)).toEqual([21.1, 23.1, 25.1]);
    expect(isOver()).toBe(true);
  });
});
