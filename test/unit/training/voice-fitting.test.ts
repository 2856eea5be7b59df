import { describe, expect, test } from "vitest";
import { Random } from "../../../src/core/random.ts";
import { type Coefficient, dctProjection } from "../../../src/tokens/voice-projection.ts";
import { VoiceFitting } from "../../../src/training/voice-fitting.ts";

const RATE_HZ = 16_000;
const SMALL = { bands: 8, stackMs: 40, codes: 1 } as const;
const WHOLE = { bands: 32, stackMs: 80, codes: 2 } as const;

/** What stacks of [2, 8] are made of, largest deviation first. */
const TRUTH: readonly Coefficient[] = [
  [1, 3, 0.5, 0.9],
  [0, 0, -0.4, 0.6],
  [0, 7, 0, 0.3],
  [1, 0, 0.2, 0.1],
];

const madeOf = (truth: readonly Coefficient[], stacks: number): VoiceFitting => {
  const random = new Random(1);
  const fitting = new VoiceFitting(RATE_HZ, SMALL);
  const { inverse, inputs, latents } = dctProjection(2, 8, truth);
  for (let n = 0; n < stacks; n++) {
    const z = truth.map(([, , mean, deviation]) => random.normal() + mean / deviation);
    fitting.add(
      Float32Array.from({ length: inputs }, (_, x) =>
        z.reduce((sum, value, l) => sum + inverse[x * latents + l]! * value, 0),
      ),
    );
  }
  return fitting;
};

describe("a fitting", () => {
  test("finds the coefficients that stacks are made of, with mean and deviation, largest first", () => {
    const found = madeOf(TRUTH, 4000).fit(1);
    expect(found.map(([time, band]) => [time, band])).toEqual(TRUTH.map(([t, b]) => [t, b]));
    for (const [l, [, , mean, deviation]] of found.entries()) {
      expect(Math.abs(mean - TRUTH[l]![2])).toBeLessThan(0.06 * TRUTH[l]![3]);
      expect(deviation / TRUTH[l]![3]).toBeCloseTo(1, 1);
    }
  });

  test("gives more codes more coefficients, the first the same", () => {
    const fitting = madeOf(TRUTH, 200);
    expect(fitting.fit(4)).toHaveLength(16);
    expect(fitting.fit(4).slice(0, 4)).toEqual(fitting.fit(1));
    expect(() => fitting.fit(5)).toThrow("found 16 coefficients in a stack, where 5 codes take 20");
  });

  test("keeps all of the variance in all coefficients, and in codes nearly all", () => {
    const fitting = madeOf(TRUTH, 2000);
    const { numbers, codes } = fitting.kept(fitting.fit(1));
    expect(numbers).toBeCloseTo(1, 5);
    expect(codes).toBeGreaterThan(0.9);
    expect(codes).toBeLessThan(0.99);
  });

  test("tells what coefficients keep by their share of the variance", () => {
    const fitting = madeOf(TRUTH, 4000);
    const variance = TRUTH.reduce((sum, [, , , deviation]) => sum + deviation ** 2, 0);
    const largest = fitting.kept(TRUTH.slice(0, 1)).numbers;
    expect(largest).toBeCloseTo(0.9 ** 2 / variance, 1);
    // What lies beyond the stack carries nothing, and what never moves keeps nothing.
    expect(fitting.kept([[2, 0, 0, 1]])).toEqual({ numbers: 0, codes: 0 });
    expect(fitting.kept([[0, 5, 0, 1]]).numbers).toBeCloseTo(0, 5);
  });

  /** Noise that changes its colour each 200 ms, or at random its loudness each 40 ms. */
  const noise = (kind: "colour" | "loudness", seed: number): Float32Array => {
    const random = new Random(seed);
    let [last, loud] = [0, true];
    return Float32Array.from({ length: RATE_HZ * 4 }, (_, i) => {
      const white = random.normal(0.1);
      const dark = Math.floor(i / 3200) % 2 === 0;
      last = 0.9 * last + white;
      if (kind === "colour") return dark ? last * 0.4 : white;
      if (i % 640 === 0) loud = random.uniform() < 0.5;
      return loud ? white : white * 0.1;
    });
  };
  const heard = (kind: "colour" | "loudness"): VoiceFitting => {
    const fitting = new VoiceFitting(RATE_HZ, WHOLE);
    fitting.hear([noise(kind, 1), noise(kind, 2)]);
    fitting.hear([noise(kind, 3)]);
    return fitting;
  };

  test("hears in sound what changes in it", () => {
    const [colour, loudness] = [heard("colour"), heard("loudness")];
    expect(colour.stacks).toBeGreaterThan(100);
    const orders = (fitting: VoiceFitting): string[] =>
      fitting.fit(1).map(([time, band]) => `${time} ${band}`);
    // Of a slow change of colour all is the same from one spectrum of a stack to the next.
    expect(orders(colour)[0]).toBe("0 1");
    // A loudness that changes within a stack is mostly in how its spectra differ.
    expect(orders(loudness)[0]).toBe("1 0");
    expect(colour.kept(colour.fit(2)).numbers).toBeGreaterThan(
      colour.kept(loudness.fit(2)).numbers,
    );
  });

  test("counts no pause and no silence", () => {
    const fitting = new VoiceFitting(RATE_HZ, WHOLE);
    fitting.hear([new Float32Array(RATE_HZ)]);
    expect(fitting.stacks).toBe(0);
    fitting.hear([noise("colour", 1).subarray(0, RATE_HZ)]);
    expect(fitting.stacks).toBeGreaterThan(9);
    expect(fitting.stacks).toBeLessThan(16);
  });
});
