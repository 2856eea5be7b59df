import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { restPose } from "../../../src/core/robot.ts";
import { Controller } from "../../../src/runtime/controller.ts";
import { Interpreter } from "../../../src/runtime/interpreter.ts";
import {
  buildVocabulary,
  END,
  rangeNamed,
  type TokenRange,
  type Vocabulary,
} from "../../../src/tokens/vocabulary.ts";
import { motionFaults } from "../../motion-faults.ts";

const FRAME_NS = 20e6;

/** Ids of a vocabulary and beyond it; mostly those that act, of which phrases come about by chance. */
const anyIdOf = (vocabulary: Vocabulary): fc.Arbitrary<number> => {
  const of = (weight: number, { start, size }: TokenRange) => ({
    weight,
    arbitrary: fc.integer({ min: start, max: start + size - 1 }),
  });
  return fc.oneof(
    of(4, rangeNamed(vocabulary, "act")),
    of(4, rangeNamed(vocabulary, "pace")),
    of(4, rangeNamed(vocabulary, "marker")),
    of(12, rangeNamed(vocabulary, "motion")),
    { weight: 1, arbitrary: fc.constant(END) },
    { weight: 2, arbitrary: fc.integer({ min: -50, max: vocabulary.size + 50 }) },
    { weight: 1, arbitrary: fc.integer() },
  );
};

const robots = ["duo", "arm"].map((name) => {
  const robot = loadRobot(name);
  return { robot, vocabulary: buildVocabulary(robot) };
});

/** A robot, and what it is told. */
const told = fc.constantFrom(...robots).chain(({ robot, vocabulary }) => {
  const ids = fc
    .array(anyIdOf(vocabulary), { maxLength: 60 })
    .map((answer) => Int32Array.from(answer));
  const answers = fc.array(fc.record({ after: fc.nat({ max: 30 }), ids }), { maxLength: 20 });
  return answers.map((all) => ({ robot, vocabulary, answers: all }));
});

describe("any token sequence whatever", () => {
  it("gives finite targets", () => {
    fc.assert(
      fc.property(told, ({ robot, vocabulary, answers }) => {
        const interpreter = new Interpreter(robot, vocabulary, restPose(robot));
        const target = restPose(robot);
        let timeNs = 0;
        for (const { after, ids } of answers) {
          for (let frame = 0; frame <= after; frame++, timeNs += FRAME_NS) {
            interpreter.frame(timeNs, target);
            interpreter.applied(timeNs, target);
          }
          interpreter.accept(ids, timeNs);
          interpreter.frame(timeNs, target);
          for (const angle of target) expect(Number.isFinite(angle)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("is a legal motion once it has passed the kernel: inside position, speed and acceleration", () => {
    let [runs, moved] = [0, 0];
    fc.assert(
      fc.property(told, ({ robot, vocabulary, answers }) => {
        const controller = new Controller(robot, vocabulary);
        controller.order(0, "arm", "");
        let timeNs = FRAME_NS;
        const frameNow = () => {
          const { angleDeg } = controller.frame(timeNs).applied;
          return { timeNs, angleDeg: Float64Array.from(angleDeg) };
        };
        const frames = [{ timeNs: 0, angleDeg: restPose(robot) }, frameNow()]; // it stands at first
        for (const { after, ids } of answers) {
          controller.accept(ids, timeNs);
          for (let frame = 0; frame <= after; frame++) {
            timeNs += FRAME_NS;
            frames.push(frameNow());
          }
        }
        const { faults, fastestDegPerS } = motionFaults(robot, frames);
        expect(faults).toEqual([]);
        runs++;
        if (fastestDegPerS > 60) moved++; // faster than soft start goes
      }),
      { numRuns: 200 },
    );
    expect(moved / runs).toBeGreaterThan(0.5); // else little was shown
  });
});
