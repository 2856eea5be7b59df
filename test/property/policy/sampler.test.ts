import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../../src/core/random.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { Sampler } from "../../../src/policy/sampler.ts";
import { ActionGrammar, countMalformed } from "../../../src/tokens/grammar.ts";
import { buildVocabulary, END, rangeNamed } from "../../../src/tokens/vocabulary.ts";
import { real } from "../real.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const everyId = Int32Array.from({ length: vocabulary.size }, (_, id) => id);

describe("sampling under the grammar", () => {
  const motion = rangeNamed(vocabulary, "motion");

  it("never leaves it, whatever the logits hold", () => {
    const oddities = [Number.NaN, Infinity, -Infinity, 3.4e38, -3.4e38, 0];
    fc.assert(
      fc.property(
        fc.integer(),
        fc.constantFrom(0, 0.5, 2, 1000),
        fc.constantFrom(...oddities, 1),
        (seed, temperature, oddity) => {
          const random = new Random(seed);
          const grammar = new ActionGrammar(robot, vocabulary);
          const sampler = new Sampler(grammar, everyId, temperature, random, motion);
          const logits = new Float32Array(vocabulary.size);
          const said: number[] = [];
          while (said.at(-1) !== END && said.length < 60) {
            for (let id = 0; id < logits.length; id++)
              logits[id] = random.uniform() < 0.3 ? oddity : random.normal(8);
            said.push(sampler.next(logits));
          }
          expect(countMalformed(new ActionGrammar(robot, vocabulary), Int32Array.from(said))).toBe(
            0,
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it("takes the median of a motion's bins at temperature 0, where a motion is likeliest", () => {
    fc.assert(
      fc.property(
        fc.array(real(-8, 8), {
          minLength: motion.size,
          maxLength: motion.size,
        }),
        (bins) => {
          const grammar = new ActionGrammar(robot, vocabulary);
          const limb = rangeNamed(vocabulary, "marker");
          const opens = Array.from({ length: limb.size }, (_, i) => limb.start + i).find((id) =>
            grammar.allowed(id),
          )!;
          grammar.accept(opens);
          const logits = new Float32Array(vocabulary.size).fill(-50);
          logits.set(bins, motion.start);
          const id = new Sampler(grammar, everyId, 0, new Random(1), motion).next(logits);
          const shares = bins.map((ln) => Math.exp(Math.fround(ln)));
          const sum = (end: number): number => shares.slice(0, end).reduce((a, b) => a + b, 0);
          const half = sum(motion.size) / 2;
          const bin = id - motion.start;
          expect(sum(bin)).toBeLessThanOrEqual(half * (1 + 1e-9));
          expect(sum(bin + 1)).toBeGreaterThanOrEqual(half * (1 - 1e-9));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("takes the likeliest legal token at temperature 0, and each by its odds above", () => {
    const logits = new Float32Array(vocabulary.size).fill(-50);
    logits[5] = 100; // a marker of a sensor: never legal as an answer
    const acts = vocabulary.ranges.find((range) => range.name === "act")!;
    logits[acts.start] = 1;
    logits[acts.start + 1] = 0;
    const drawn = [0, 0];
    for (let seed = 0; seed < 2000; seed++) {
      const grammar = new ActionGrammar(robot, vocabulary);
      const id = new Sampler(grammar, everyId, 1, new Random(seed)).next(logits);
      drawn[id - acts.start]!++;
    }
    expect(drawn[0]! + drawn[1]!).toBe(2000);
    expect(drawn[0]! / 2000).toBeCloseTo(Math.E / (1 + Math.E), 1);
    const greedy = new Sampler(new ActionGrammar(robot, vocabulary), everyId, 0, new Random(1));
    expect(greedy.next(logits)).toBe(acts.start);
  });
});
