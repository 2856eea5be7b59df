import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { restPose } from "../../../src/core/robot.ts";
import { Controller } from "../../../src/runtime/controller.ts";
import { Interpreter } from "../../../src/runtime/interpreter.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";

const FRAME_NS = 20e6;

const robots = ["duo", "arm"].map((name) => {
  const robot = loadRobot(name);
  return { robot, vocabulary: buildVocabulary(robot) };
});
const anyRobot = fc.constantFrom(...robots);
/** Noise, and noise that is likelier to make phrases: ids of the vocabulary. */
const ids = fc.array(fc.oneof(fc.integer({ min: 0, max: 6000 }), fc.integer()), { maxLength: 60 });
const answers = fc.array(fc.record({ after: fc.nat({ max: 30 }), ids }), { maxLength: 20 });

describe("any token sequence whatever", () => {
  it("gives finite targets", () => {
    fc.assert(
      fc.property(anyRobot, answers, ({ robot, vocabulary }, said) => {
        const interpreter = new Interpreter(robot, vocabulary, restPose(robot));
        const target = restPose(robot);
        let timeNs = 0;
        for (const { after, ids: sequence } of said) {
          for (let frame = 0; frame <= after; frame++, timeNs += FRAME_NS) {
            interpreter.frame(timeNs, target);
            interpreter.applied(timeNs, target);
          }
          const tokens = Int32Array.from(sequence, (id) => id % (vocabulary.size + 50));
          interpreter.accept(tokens, timeNs);
          interpreter.frame(timeNs, target);
          for (const angle of target) expect(Number.isFinite(angle)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("is a legal motion once it has passed the kernel: inside position, speed and acceleration", () => {
    fc.assert(
      fc.property(anyRobot, answers, ({ robot, vocabulary }, said) => {
        const controller = new Controller(robot, vocabulary);
        controller.order(0, "arm", "");
        let timeNs = FRAME_NS;
        let before = Float64Array.from(controller.frame(timeNs).applied.angleDeg);
        let speed = new Float64Array(before.length);
        for (const { after, ids: sequence } of said) {
          controller.accept(
            Int32Array.from(sequence, (id) => Math.abs(id) % vocabulary.size),
            timeNs,
          );
          for (let frame = 0; frame <= after; frame++) {
            timeNs += FRAME_NS;
            const { angleDeg } = controller.frame(timeNs).applied;
            const now = Float64Array.from(angleDeg);
            const speedNow = now.map((angle, i) => (angle - before[i]!) / 0.02);
            robot.servos.forEach((servo, i) => {
              const [low, high] = servo.angleDeg;
              expect(now[i]).toBeGreaterThanOrEqual(low);
              expect(now[i]).toBeLessThanOrEqual(high);
              expect(Math.abs(speedNow[i]!)).toBeLessThanOrEqual(servo.maxSpeedDegPerS + 1e-6);
              expect(Math.abs(speedNow[i]! - speed[i]!)).toBeLessThanOrEqual(
                servo.maxAccelerationDegPerS2 * 0.02 + 1e-6,
              );
            });
            before = now;
            speed = speedNow;
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
