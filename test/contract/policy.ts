// What every policy owes the loop, whether it answers in tokens or in degrees.
import { describe, expect, it } from "vitest";
import { openSimulation } from "../../src/bodies/simulation/simulation-body.ts";
import { SimulatedClock } from "../../src/core/clock.ts";
import type { Answer, Observation, Oracle, Policy } from "../../src/core/ports.ts";
import type { SessionRecord } from "../../src/core/records.ts";
import type { Robot } from "../../src/core/robot.ts";
import { replay } from "../../src/runtime/replay.ts";
import { Runtime } from "../../src/runtime/runtime.ts";
import { END, type Vocabulary } from "../../src/tokens/vocabulary.ts";
import { motionFaults } from "../motion-faults.ts";

export interface PolicyCase {
  readonly robot: Robot;
  readonly vocabulary: Vocabulary;
  /** A policy at its start, always the same. */
  readonly open: (oracle: Oracle) => Promise<Policy>;
}

const DURATION_MS = 1500;
const SCENARIO = { tasks: ["flinch", "track"], durationMs: DURATION_MS };

/** A run in the simulation, with everything that the policy saw and said. */
const run = async ({ robot, vocabulary, open }: PolicyCase) => {
  const clock = new SimulatedClock();
  await using body = await openSimulation({ robot, clock, seed: 3, scenario: SCENARIO });
  await using policy = await open(body.oracle);
  const answers: Answer[] = [];
  const records: SessionRecord[] = [];
  const watched: Policy = {
    name: policy.name,
    step: async (observation: Observation, options) => {
      const answer = await policy.step(observation, options);
      answers.push(answer.slice());
      return answer;
    },
    close: () => policy.close(),
    [Symbol.asyncDispose]: async () => {},
  };
  const sink = { write: (record: SessionRecord) => void records.push(structuredClone(record)) };
  const { script } = body;
  await new Runtime({
    robot,
    vocabulary,
    clock,
    body,
    policy: watched,
    sink,
    durationMs: DURATION_MS,
  }).run();
  return { answers, records, script };
};

export const describePolicy = (name: string, make: () => PolicyCase): void => {
  describe(`${name}, as a policy,`, () => {
    it("answers every tick with ids that end, or with whole frames of finite degrees", async () => {
      const policy = make();
      const { answers } = await run(policy);
      expect(answers.length).toBeGreaterThan(20);
      const width = policy.robot.servos.length;
      const isWhole = (answer: Answer): boolean =>
        answer instanceof Int32Array
          ? answer.at(-1) === END
          : answer.length % width === 0 && answer.every(Number.isFinite);
      expect(answers.filter((answer) => !isWhole(answer))).toEqual([]);
    });

    it("moves the robot inside its limits only", async () => {
      const { robot, ...rest } = make();
      const { records } = await run({ robot, ...rest });
      const actions = records.filter((record) => record.type === "action");
      const frames = actions.map(({ timeNs, appliedDeg }) => ({ timeNs, angleDeg: appliedDeg }));
      expect(motionFaults(robot, frames).faults).toEqual([]);
      const moved = actions.some(({ appliedDeg }) =>
        appliedDeg.some((deg, i) => Math.abs(deg - robot.servos[i]!.restDeg) > 1),
      );
      expect(moved).toBe(true); // else nothing was shown
    });

    it("makes sessions that replay bit for bit", async () => {
      const { robot, vocabulary, open } = make();
      const { records, script } = await run({ robot, vocabulary, open });
      const clock = new SimulatedClock();
      await using body = await openSimulation({ robot, clock, seed: 3, script });
      const recorded = (async function* () {
        yield* records;
      })();
      const result = await replay({ robot, vocabulary, clock, body, records: recorded });
      expect(result.firstDifference).toBeUndefined();
      expect(result.actions).toBeGreaterThan(70);
    });

    it("says the same again to the same senses", async () => {
      const [a, b] = [await run(make()), await run(make())];
      expect(b.answers).toEqual(a.answers);
    });
  });
};
