import { describe, expect, test } from "vitest";
import { continuous, quantised } from "../../../src/cli/bench/voice-designs.ts";
import {
  CHANGED,
  hearAll,
  LENGTH,
  recordWord,
  STACK,
  synthesiseWords,
  UNCHANGED,
  type Word,
} from "../../../src/cli/bench/voice-hearing.ts";
import { batchOf } from "../../../src/cli/bench/voice.ts";
import { findProgram } from "../../../src/sensors/available-programs.ts";
import { Random } from "../../../src/core/random.ts";
import { Trainer } from "../../../src/training/trainer.ts";
import { wordLearner } from "../../../src/training/word-learner.ts";

const missing = findProgram("espeak-ng") === undefined && process.env["CI"] !== "true";

/** A tone stands for a word. */
const words: Word[] = Array.from({ length: 12 }, (_, i) => ({
  speaker: i < 6 ? "one" : "two",
  label: i % 2,
  voice: recordWord(
    Float32Array.from(
      { length: 6000 },
      (_s, at) => 0.3 * Math.sin(((i % 2 === 0 ? 300 : 2000) * 2 * Math.PI * at) / 16_000),
    ),
  ),
}));

describe("what a recogniser hears", () => {
  test("every word once a copy, a speaker a sequence, over two stacks after its end", () => {
    const heard = hearAll(words, 2, CHANGED, new Random(1));
    expect(heard.flatMap(({ ends }) => ends)).toHaveLength(24);
    for (const { ends, stacks } of heard) {
      expect(stacks).toHaveLength(LENGTH * STACK);
      for (const [i, [stack]] of ends.entries())
        expect(stack - (ends[i - 1]?.[0] ?? 0)).toBeGreaterThan(5);
    }
  });

  test("is the same from the same seed", () => {
    const once = hearAll(words, 1, CHANGED, new Random(3));
    expect(hearAll(words, 1, CHANGED, new Random(3))).toEqual(once);
  });
});

test("words by espeak-ng's speakers: every digit by each, as often as asked for", async (context) => {
  context.skip(missing, "espeak-ng is not installed");
  const spoken = await synthesiseWords(1, 1, ["held-out"]);
  const names = new Set(spoken.map(({ speaker }) => speaker));
  expect(names.size).toBeGreaterThan(10);
  expect(spoken).toHaveLength(10 * names.size);
  const ofOne = spoken.filter(({ speaker }) => speaker === spoken[0]!.speaker);
  expect(ofOne.map(({ label }) => label)).toEqual([...Array(10).keys()]);
  const zeros = spoken.filter(({ label }) => label === 0).map(({ voice }) => voice.level);
  expect(new Set(zeros).size).toBe(names.size);
  expect(spoken.every(({ voice }) => voice.f0Hz.length > 10 && voice.level > -15)).toBe(true);
}, 120_000); // 240 calls of another program

describe("a design", () => {
  const [heard] = hearAll(words, 1, UNCHANGED, new Random(1));

  test.each([
    [quantised(2), 11],
    [quantised(8), 35],
    [quantised(4, { prosody: false }), 16],
  ])("reads one row a digit and one a part of the prosody: $name", (design, ones) => {
    const read = new Float32Array(LENGTH * design.inputs);
    design.read(heard!, read, 0);
    for (let place = 0; place < LENGTH; place++) {
      const row = read.subarray(place * design.inputs, (place + 1) * design.inputs);
      expect(row.reduce((sum, one) => sum + one, 0)).toBe(ones);
    }
  });

  test("refuses more codes than there are coefficients", () => {
    expect(() => quantised(9)).toThrow("9 codes want more coefficients");
  });

  test.each([quantised(2), continuous()])("learns two tones: $name", async (design) => {
    const all = hearAll(words, 4, UNCHANGED, new Random(1)).slice(0, 8);
    const model = { inputs: design.inputs, classes: 2, width: 16, layers: 1, heads: 1 };
    const learner = wordLearner({ ...model, length: LENGTH }, (rows, width, seed) =>
      design.startRows(rows, width, seed),
    );
    const steps = { learningRate: 3e-3, warmupSteps: 5, totalSteps: 40 };
    const sizes = { batch: 8, length: LENGTH, seed: 1, threads: 1 };
    const rest = { ...sizes, weightDecay: 0.1, clipNorm: 1, optimiser: "muon" as const };
    await using trainer = await Trainer.create(learner, { ...steps, ...rest });
    const batch = batchOf(design, all);
    for (let step = 0; step < 40; step++) await trainer.step(batch);
    const { correct, counted } = await trainer.evaluate(batch);
    expect(correct / counted).toBeGreaterThan(0.9);
  });
});
