import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Bins, quantileBins, uniformBins } from "../../../src/tokens/bins.ts";
import { FSQ_LEVELS, Fsq } from "../../../src/tokens/fsq.ts";
import { compand, expand, muLawBins } from "../../../src/tokens/mu-law.ts";
import { f0HzOf, PROSODY_IDS, prosodyId, readProsody } from "../../../src/tokens/prosody.ts";
import { real } from "../real.ts";

const range = fc
  .tuple(real(-1000, 1000), real(0.01, 1000))
  .map(([low, width]): [number, number] => [low, low + width]);
const levels = fc.integer({ min: 2, max: 1024 });
const anyId = fc.oneof(fc.integer(), fc.constantFrom(Number.NaN, Infinity, -Infinity, 0.5));
const anyNumber = fc.double();

/** Any id decodes into the range, any number gets a bin. */
const isTotal = (bins: Bins, low: number, high: number): boolean =>
  fc.sample(fc.tuple(anyId, anyNumber), 300).every(([id, value]) => {
    const [decoded, bin] = [bins.decode(id), bins.encode(value)];
    return (
      decoded >= low && decoded <= high && Number.isInteger(bin) && bin >= 0 && bin < bins.levels
    );
  });

const isStable = (bins: Bins): boolean =>
  Array.from({ length: bins.levels }, (_, id) => id).every(
    (id) => bins.encode(bins.decode(id)) === id,
  );

describe("uniform bins", () => {
  test("decode to within half a bin", () => {
    fc.assert(
      fc.property(range, levels, real(0, 1), ([low, high], count, share) => {
        const bins = uniformBins(low, high, count);
        const value = low + share * (high - low);
        const bound = ((high - low) / count / 2) * (1 + 1e-9) + 1e-9;
        expect(Math.abs(bins.decode(bins.encode(value)) - value)).toBeLessThanOrEqual(bound);
      }),
    );
  });

  test("are stable, total, and use their top id for the top bin only", () => {
    const bins = uniformBins(-180, 180, 256);
    expect(isStable(bins)).toBe(true);
    expect(isTotal(bins, -180, 180)).toBe(true);
    expect(bins.encode(180 - 360 / 256 - 1e-9)).toBe(254);
    expect(bins.encode(180)).toBe(255);
  });
});

describe("mu-law bins", () => {
  test("decode to within the documented bound", () => {
    fc.assert(
      fc.property(
        range,
        fc.integer({ min: 16, max: 1024 }),
        real(1, 300),
        real(0, 1),
        ([low, high], count, mu, share) => {
          const bins = muLawBins(low, high, count, mu);
          const value = low + share * (high - low);
          const largest = Math.max(Math.abs(low), Math.abs(high));
          const w = (2 * Math.log1p(mu)) / count;
          const bound = w * (largest / mu + Math.abs(value)) * (1 + w);
          const error = Math.abs(bins.decode(bins.encode(value)) - value);
          expect(error).toBeLessThanOrEqual(bound + 1e-9);
        },
      ),
    );
  });

  test("are stable and total", () => {
    expect(isStable(muLawBins(0.02, 2, 64, 100))).toBe(true);
    expect(isStable(muLawBins(-5, 3, 255, 100))).toBe(true);
    expect(isTotal(muLawBins(0, 5, 32, 100), 0, 5)).toBe(true);
  });

  test("companding and expanding undo each other", () => {
    fc.assert(
      fc.property(real(-1, 1), real(0.1, 300), (x, mu) => {
        expect(Math.abs(expand(compand(x, mu), mu) - x)).toBeLessThan(1e-9);
      }),
    );
  });
});

describe("quantile bins", () => {
  test("decode to within half of the bin's width", () => {
    fc.assert(
      fc.property(
        fc.array(real(1, 9), { minLength: 1, maxLength: 50 }),
        real(0, 10),
        (edges, value) => {
          const bins = quantileBins(edges, 0, 10);
          const sorted = [0, ...edges.toSorted((a, b) => a - b), 10];
          const id = bins.encode(value);
          const half = (sorted[id + 1]! - sorted[id]!) / 2;
          expect(Math.abs(bins.decode(id) - value)).toBeLessThanOrEqual(half + 1e-9);
        },
      ),
    );
  });

  test("are stable and total, in whatever order the edges come", () => {
    expect(isStable(quantileBins([2, 0.1, 0.5], 0, 5))).toBe(true);
    expect(isTotal(quantileBins([2, 0.1, 0.5], 0, 5), 0, 5)).toBe(true);
  });
});

describe("finite scalar quantisation", () => {
  const squashed = (z: number, l: number): number => {
    const half = ((l - 1) * (1 + 1e-3)) / 2;
    const shift = Math.atanh((l % 2 === 0 ? 0.5 : 0) / half);
    return half * Math.tanh(z + shift);
  };

  test("decodes each latent to within half a level", () => {
    const fsq = new Fsq();
    const [latents, decoded] = [new Float64Array(4), new Float64Array(4)];
    fc.assert(
      fc.property(fc.array(real(-8, 8), { minLength: 4, maxLength: 4 }), (values) => {
        latents.set(values);
        fsq.decode(fsq.encode(latents), decoded);
        for (const [d, l] of FSQ_LEVELS.entries())
          expect(Math.abs(squashed(decoded[d]!, l) - squashed(latents[d]!, l))).toBeLessThanOrEqual(
            0.5 + 1e-9,
          );
      }),
    );
  });

  test("gives each code back, and a legal one for any latents", () => {
    const fsq = new Fsq();
    const latents = new Float64Array(4);
    for (let code = 0; code < fsq.size; code++) {
      fsq.decode(code, latents);
      expect(fsq.encode(latents)).toBe(code);
    }
    fc.assert(
      fc.property(fc.array(anyNumber, { minLength: 4, maxLength: 4 }), anyId, (values, id) => {
        const code = fsq.encode(values);
        expect(Number.isInteger(code) && code >= 0 && code < fsq.size).toBe(true);
        fsq.decode(id, latents);
        expect(latents.every(Number.isFinite)).toBe(true);
      }),
    );
  });
});

describe("prosody ids", () => {
  test("keep the pitch within 0.1 octave between 60 and 480 Hz", () => {
    fc.assert(
      fc.property(real(60, 479.9), real(-20, 0), real(-1, 1), (hz, energy, slope) => {
        const reading = readProsody(prosodyId(hz, energy, slope));
        expect(Math.abs(Math.log2(f0HzOf(reading.f0) / hz))).toBeLessThanOrEqual(0.1 + 1e-9);
        expect(reading.slope - 1).toBe(Math.abs(slope) > 0.06 ? Math.sign(slope) : 0);
      }),
    );
  });

  test("are legal for any measurement, and any id reads as legal bins", () => {
    fc.assert(
      fc.property(anyNumber, anyNumber, anyNumber, anyId, (hz, energy, slope, any) => {
        const id = prosodyId(hz, energy, slope);
        expect(Number.isInteger(id) && id >= 0 && id < PROSODY_IDS).toBe(true);
        const reading = readProsody(any);
        expect(reading.f0 >= 0 && reading.f0 < 16).toBe(true);
        expect(reading.energy >= 0 && reading.energy < 8).toBe(true);
        expect([0, 1, 2]).toContain(reading.slope);
      }),
    );
  });
});
