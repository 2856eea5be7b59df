import { describe, expect, test } from "vitest";
import { resample } from "../../../src/sensors/resample.ts";

const sine = (hz: number, rateHz: number, seconds: number): Float32Array =>
  Float32Array.from(
    { length: Math.round(rateHz * seconds) },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / rateHz),
  );

/** Ratio of the expected tone to what is not it, decibels, without 50 ms at either end. */
const signalToNoiseDb = (found: Float32Array, expected: Float32Array, rateHz: number): number => {
  const edge = rateHz / 20;
  let [signal, noise] = [0, 0];
  for (let i = edge; i < expected.length - edge; i++) {
    signal += expected[i]! ** 2;
    noise += (found[i]! - expected[i]!) ** 2;
  }
  return 10 * Math.log10(signal / noise);
};

describe("resampling", () => {
  test.each([
    [44_100, 16_000],
    [48_000, 16_000],
    [22_050, 16_000],
    [8000, 16_000],
  ])(
    "keeps a 1 kHz tone from %i to %i Hz, in its place, cleaner than 16 bits",
    async (from, to) => {
      const found = await resample(sine(1000, from, 0.5), from, to);
      expect(found).toHaveLength(to / 2);
      expect(signalToNoiseDb(found, sine(1000, to, 0.5), to)).toBeGreaterThan(90);
    },
  );

  test("lets no tone above the new band fold down into it", async () => {
    const found = await resample(sine(12_000, 44_100, 0.5), 44_100, 16_000);
    const inside = found.subarray(800, -800);
    expect(Math.max(...inside.map(Math.abs))).toBeLessThan(0.5 * 10 ** (-80 / 20));
  });

  test("keeps the very end of a sound", async () => {
    const found = await resample(new Float32Array(44_100).fill(0.25), 44_100, 16_000);
    expect(found.at(-400)).toBeCloseTo(0.25, 4);
    expect(found.at(-1)).toBeGreaterThan(0.1);
  });

  test("copies a sound that has the rate already", async () => {
    const sound = sine(440, 16_000, 0.1);
    const found = await resample(sound, 16_000, 16_000);
    expect(found).toEqual(sound);
    expect(found.buffer).not.toBe(sound.buffer);
  });

  test("gives nothing for nothing", async () => {
    expect(await resample(new Float32Array(0), 44_100, 16_000)).toHaveLength(0);
  });
});
