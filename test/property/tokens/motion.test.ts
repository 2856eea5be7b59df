import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BinsChunkCodec } from "../../../src/tokens/bins-chunk.ts";
import { DctChunkCodec } from "../../../src/tokens/dct-chunk.ts";
import { FastChunkCodec } from "../../../src/tokens/fast-chunk.ts";
import type { MotionCodec } from "../../../src/tokens/motion-codec.ts";
import { real } from "../real.ts";

const FRAMES = 25;
const servos = fc.integer({ min: 1, max: 8 });
const angles = (count: number) =>
  fc
    .array(real(-180, 180), { minLength: count, maxLength: count })
    .map((a) => Float64Array.from(a));
const motion = servos.chain((n) => fc.tuple(angles(n), angles(n * FRAMES)));
const anyId = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.integer({ min: 0, max: 300 }),
);
const anyIds = fc.array(anyId, { maxLength: 300 }).map((ids) => Int32Array.from(ids));

/** Swings of each servo about its start, the likes of which merges are trained on. */
const swings = Array.from({ length: 40 }, (_, i) => {
  const startDeg = Float64Array.of(i, -i);
  const chunkDeg = Float64Array.from(
    { length: FRAMES * 2 },
    (__, at) => startDeg[at % 2]! + 3 * i * Math.sin((at >> 1) / (5 + (i % 3))),
  );
  return { chunkDeg, startDeg };
});

const dct = new DctChunkCodec({ frames: FRAMES, coefficients: 4, levels: 255 });
const bins = new BinsChunkCodec({ frames: FRAMES, levels: 256, rangeDeg: [-180, 180] });
const fast = FastChunkCodec.train(swings, { frames: FRAMES, unitDeg: 90, vocabSize: 400 });
const codecs: [string, MotionCodec][] = [dct, bins, fast].map((codec) => [codec.name, codec]);

const encoded = (
  codec: MotionCodec,
  chunkDeg: Float64Array,
  startDeg: Float64Array,
): Int32Array => {
  const out = new Int32Array(codec.maxTokens(startDeg.length));
  return out.subarray(0, codec.encode(chunkDeg, startDeg, startDeg.length, out));
};

const decoded = (codec: MotionCodec, ids: Int32Array, startDeg: Float64Array): Float64Array => {
  const out = new Float64Array(FRAMES * startDeg.length).fill(Number.NaN);
  codec.decode(ids, ids.length, startDeg, startDeg.length, out);
  return out;
};

const held = (startDeg: Float64Array): Float64Array =>
  Float64Array.from({ length: FRAMES * startDeg.length }, (_, i) => startDeg[i % startDeg.length]!);

describe.each(codecs)("the %s codec", (_, codec) => {
  test("decodes ANY ids to finite angles", () => {
    fc.assert(
      fc.property(anyIds, servos.chain(angles), (ids, startDeg) => {
        expect(decoded(codec, ids, startDeg).every(Number.isFinite)).toBe(true);
      }),
    );
  });

  test("encodes any motion, even NaN and infinities, to legal ids", () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { minLength: 50, maxLength: 50 }), (values) => {
        const ids = encoded(codec, Float64Array.from(values), Float64Array.of(0, 0));
        expect(ids.length).toBeGreaterThan(0);
        expect(ids.every((id) => id >= 0 && id < codec.levels)).toBe(true);
      }),
    );
  });

  test("holds when no id comes, and when none is legal", () => {
    fc.assert(
      fc.property(
        servos.chain(angles),
        fc.integer({ max: -1, min: -(2 ** 31) }),
        (startDeg, foreign) => {
          expect(decoded(codec, new Int32Array(0), startDeg)).toEqual(held(startDeg));
          const many = new Int32Array(500).fill(foreign);
          expect(decoded(codec, many, startDeg)).toEqual(held(startDeg));
          expect(decoded(codec, many.fill(codec.levels), startDeg)).toEqual(held(startDeg));
        },
      ),
    );
  });

  test("ignores ids beyond the most that a chunk takes", () => {
    fc.assert(
      fc.property(motion, anyId, ([startDeg, chunkDeg], extra) => {
        const whole = new Int32Array(codec.maxTokens(startDeg.length)).fill(3);
        whole.set(encoded(codec, chunkDeg, startDeg));
        const longer = Int32Array.of(...whole, extra, extra);
        expect(decoded(codec, longer, startDeg)).toEqual(decoded(codec, whole, startDeg));
      }),
    );
  });
});

describe("the dct codec", () => {
  test("decodes what its ids can say to within its error bound, and says it again the same", () => {
    const id = fc.integer({ min: 0, max: 254 });
    fc.assert(
      fc.property(fc.array(id, { minLength: 8, maxLength: 8 }), angles(2), (ids, startDeg) => {
        const chunkDeg = decoded(dct, Int32Array.from(ids), startDeg);
        expect([...encoded(dct, chunkDeg, startDeg)]).toEqual(ids);
      }),
    );
  });

  test("decodes ramps and sines inside its scales to within its error bound", () => {
    const share = real(-1, 1);
    fc.assert(
      fc.property(share, share, share, share, real(-90, 90), (a, b, c, d, start) => {
        const chunkDeg = Float64Array.from({ length: FRAMES }, (_, f) => {
          const t = (f + 1) / FRAMES;
          const ramp = 150 * a * ((1 - Math.cos(Math.PI * t)) / 2);
          const sine = (k: number) => Math.sin(Math.PI * k * t);
          return start + ramp + 75 * b * sine(1) + 50 * c * sine(2) + 37.5 * d * sine(3);
        });
        const startDeg = Float64Array.of(start);
        const back = decoded(dct, encoded(dct, chunkDeg, startDeg), startDeg);
        for (let f = 0; f < FRAMES; f++)
          expect(Math.abs(back[f]! - chunkDeg[f]!)).toBeLessThanOrEqual(dct.errorBoundDeg + 1e-9);
      }),
    );
  });

  test("starts each chunk at the present pose, whatever is left of its ids", () => {
    fc.assert(
      fc.property(motion, fc.nat(), ([startDeg, chunkDeg], cut) => {
        const ids = encoded(dct, chunkDeg, startDeg);
        const first = decoded(dct, ids.subarray(0, cut % (ids.length + 1)), startDeg);
        // 20 ms of the steepest curves at the top of their scales.
        const stepDeg =
          75 * Math.sin(Math.PI / 25) +
          50 * Math.sin((2 * Math.PI) / 25) +
          37.5 * Math.sin((3 * Math.PI) / 25) +
          1;
        for (let s = 0; s < startDeg.length; s++)
          expect(Math.abs(first[s]! - startDeg[s]!)).toBeLessThanOrEqual(stepDeg);
      }),
    );
  });

  test("says hold with its middle level alone", () => {
    const startDeg = Float64Array.of(10, -20, 30);
    const ids = encoded(dct, held(startDeg), startDeg);
    expect([...ids]).toEqual(Array.from({ length: 12 }, () => 127));
    expect(decoded(dct, ids, startDeg)).toEqual(held(startDeg));
  });

  test("works for every chunk length and number of coefficients that a robot may ask for", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 100 }),
        fc.integer({ min: 1, max: 25 }),
        (frames, coefficients) => {
          const codec = new DctChunkCodec({ frames, coefficients, levels: 255 });
          const chunkDeg = Float64Array.from({ length: frames }, (_, f) => (f / frames) * 20);
          const ids = new Int32Array(codec.maxTokens(1));
          const count = codec.encode(chunkDeg, Float64Array.of(0), 1, ids);
          const out = new Float64Array(frames);
          codec.decode(ids, count, Float64Array.of(0), 1, out);
          expect(Math.abs(out[frames - 1]! - chunkDeg[frames - 1]!)).toBeLessThan(3);
        },
      ),
    );
  });
});

describe("the bins codec", () => {
  test("decodes to within half a bin, and says it again the same", () => {
    fc.assert(
      fc.property(motion, ([startDeg, chunkDeg]) => {
        const ids = encoded(bins, chunkDeg, startDeg);
        const back = decoded(bins, ids, startDeg);
        for (const [i, deg] of back.entries())
          expect(Math.abs(deg - chunkDeg[i]!)).toBeLessThanOrEqual(360 / 256 / 2 + 1e-9);
        expect(encoded(bins, back, startDeg)).toEqual(ids);
      }),
    );
  });
});

describe("the fast codec", () => {
  test("decodes to within half a step in the mean, where its coefficients are not cut", () => {
    const small = fc.tuple(angles(2), fc.array(real(-40, 40), { minLength: 50, maxLength: 50 }));
    fc.assert(
      fc.property(small, ([startDeg, turns]) => {
        const chunkDeg = Float64Array.from(turns, (turn, i) => startDeg[i % 2]! + turn);
        const back = decoded(fast, encoded(fast, chunkDeg, startDeg), startDeg);
        let sum = 0;
        for (const [i, deg] of back.entries()) sum += (deg - chunkDeg[i]!) ** 2;
        expect(Math.sqrt(sum / back.length)).toBeLessThanOrEqual(90 / 10 / 2 + 1e-9);
      }),
    );
  });

  test("writes the motions it was trained on in fewer ids than coefficients", () => {
    const total = swings.reduce((sum, s) => sum + encoded(fast, s.chunkDeg, s.startDeg).length, 0);
    expect(total).toBeLessThan((swings.length * FRAMES * 2) / 4);
  });
});
