import { describe, expect, test } from "vitest";
import { OtherThroat } from "../../../src/sensors/other-throat.ts";
import { PitchTracker } from "../../../src/tokens/pitch.ts";

const RATE_HZ = 16_000;

/** A second of a voice at 120 Hz with one resonance. */
const vowel = (resonanceHz: number): Float32Array => {
  const pcm = new Float32Array(RATE_HZ);
  for (let harmonic = 1; harmonic * 120 < 6000; harmonic++) {
    const hz = harmonic * 120;
    const gain = 0.1 / (1 + ((hz - resonanceHz) / 150) ** 2);
    for (let i = 0; i < pcm.length; i++)
      pcm[i]! += gain * Math.sin((2 * Math.PI * hz * i) / RATE_HZ);
  }
  return pcm;
};

/** Mean frequency of the power among the harmonics. */
const centreHz = (pcm: Float32Array): number => {
  let [sum, moment] = [0, 0];
  for (let hz = 120; hz < 4000; hz += 120) {
    let [re, im] = [0, 0];
    for (let i = 4000; i < 12_000; i++) {
      re += pcm[i]! * Math.cos((2 * Math.PI * hz * i) / RATE_HZ);
      im += pcm[i]! * Math.sin((2 * Math.PI * hz * i) / RATE_HZ);
    }
    sum += re * re + im * im;
    moment += hz * (re * re + im * im);
  }
  return moment / sum;
};

const f0Hz = (pcm: Float32Array): number => new PitchTracker(RATE_HZ).f0Hz(pcm, 8000);

describe("another throat", () => {
  const throat = new OtherThroat(RATE_HZ);
  const pcm = vowel(1200);

  test("moves a resonance and leaves pitch and length alone", () => {
    for (const stretch of [0.85, 1.17]) {
      const moved = throat.speak(pcm, stretch);
      expect(moved).toHaveLength(pcm.length);
      expect(centreHz(moved) / centreHz(pcm)).toBeCloseTo(stretch, 1);
      expect(Math.abs(Math.log2(f0Hz(moved) / f0Hz(pcm)))).toBeLessThan(0.02);
    }
  });

  test("gives the voice back where nothing is stretched", () => {
    const same = throat.speak(pcm, 1);
    for (let i = 0; i < pcm.length; i += 37) expect(same[i]).toBeCloseTo(pcm[i]!, 5);
  });

  test("leaves silence silent, and bears a sound shorter than a piece", () => {
    expect(throat.speak(new Float32Array(1000), 1.1).every((sample) => sample === 0)).toBe(true);
    expect(throat.speak(Float32Array.of(0.1, -0.1), 1.1)).toHaveLength(2);
  });
});
