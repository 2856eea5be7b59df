// A recorded way told in chunks: however it goes, what is told follows it, and no error adds up.
import fc from "fast-check";
import { expect, test } from "vitest";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { ToldMotion } from "../../../src/session/lerobot/told-motion.ts";
import { ActionGrammar, countMalformed } from "../../../src/tokens/grammar.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";
import { real } from "../real.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const grammar = new ActionGrammar(robot, vocabulary);
const MS = 1e6;
/** Half of the least level of the codec's first curve, twice over: of the way, and of standing there. */
const AT_REST_DEG = 0.5;

const wave = fc.record({
  offsetDeg: real(-30, 30),
  swingDeg: real(0, 20),
  hz: real(0.1, 0.8),
});

test("a way that comes to rest is told to rest, within half a degree, at any rate of answers", () => {
  fc.assert(
    fc.property(
      fc.array(wave, { minLength: 8, maxLength: 8 }),
      fc.constantFrom(10, 15, 20, 24, 25, 30, 50),
      (waves, fps) => {
        const motion = new ToldMotion(robot, vocabulary);
        const restNs = 4000 * MS;
        const way = (servo: number, timeNs: number): number => {
          const { offsetDeg, swingDeg, hz } = waves[servo]!;
          const moving = Math.min(timeNs, restNs) / 1e9;
          return offsetDeg + swingDeg * Math.sin(2 * Math.PI * hz * moving);
        };
        motion.begin(Float64Array.from(waves, (_, servo) => way(servo, 0)));
        const frame = (k: number): number => Math.round((k * 1e9) / fps);
        for (let k = 0; k <= 6 * fps; k++) {
          const ids = motion.answer(frame(k), frame(k + 1), way);
          expect(countMalformed(grammar, ids)).toBe(0);
          for (const [servo, deg] of motion.toldDeg(frame(k)).entries())
            expect(Math.abs(deg - way(servo, frame(k)))).toBeLessThan(
              frame(k) > restNs + 1200 * MS ? AT_REST_DEG : 5,
            );
        }
      },
    ),
    { numRuns: 10 },
  );
});
