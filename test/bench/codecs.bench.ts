// The three motion codecs beside each other on the same motions: tokens, errors and throughput, in
// interleaved rounds. Minimum-jerk paths through random via points (Flash and Hogan 1985) are what
// reaching looks like; sinusoids are what waving looks like. Errors are closed loop: each chunk
// starts from where the last decoded one ended.
import { describe, expect, test } from "vitest";
import { Random } from "../../src/core/random.ts";
import { BinsChunkCodec } from "../../src/tokens/bins-chunk.ts";
import { type ChunkCurve, DctChunkCodec } from "../../src/tokens/dct-chunk.ts";
import { FastChunkCodec } from "../../src/tokens/fast-chunk.ts";
import type { MotionCodec } from "../../src/tokens/motion-codec.ts";

const ROUNDS = 7;
const SECONDS = 16;
const MOTIONS = 20;
/** Peak speed of the motions; the duo's SG90 servos are limited to 360. */
const FASTEST_DEG_PER_S = 350;

type Path = (random: Random, frames: number) => number[];

/** Rests a while at some of its via points; -90..90 degrees, each leg 1 to 2 times its shortest time. */
const minimumJerk: Path = (random, frames) => {
  let fromDeg = random.uniform(-60, 60);
  const path = [fromDeg];
  while (path.length < frames) {
    const toDeg = Math.max(-90, Math.min(90, fromDeg + random.uniform(-80, 80)));
    const shortestS = Math.max(0.3, (Math.abs(toDeg - fromDeg) * 1.875) / FASTEST_DEG_PER_S);
    const legFrames = Math.round(shortestS * random.uniform(1, 2) * 50);
    for (let i = 1; i <= legFrames; i++) {
      const t = i / legFrames;
      path.push(fromDeg + (toDeg - fromDeg) * t ** 3 * (10 - 15 * t + 6 * t * t));
    }
    fromDeg = toDeg;
    const restFrames = random.uniform() < 0.3 ? random.index(25) : 0;
    for (let i = 0; i < restFrames; i++) path.push(toDeg);
  }
  return path;
};

const sinusoid: Path = (random, frames) => {
  const hz = random.uniform(0.3, 2);
  const largestDeg = Math.min(60, FASTEST_DEG_PER_S / (2 * Math.PI * hz));
  const [deg, phase] = [largestDeg * random.uniform(0.3, 1), random.uniform(0, 2 * Math.PI)];
  return Array.from(
    { length: frames },
    (_, f) => deg * Math.sin(phase + (2 * Math.PI * hz * f) / 50),
  );
};

/** Motions of SECONDS, each [frames + 1, servos]: the start pose comes first. */
const motionsOf = (path: Path, servos: number, seed: number): Float64Array[] => {
  const random = new Random(seed);
  const frames = SECONDS * 50 + 1;
  return Array.from({ length: MOTIONS }, () => {
    const paths = Array.from({ length: servos }, () => path(random, frames));
    return Float64Array.from(
      { length: frames * servos },
      (_, i) => paths[i % servos]![Math.floor(i / servos)]!,
    );
  });
};

interface Quality {
  readonly tokensPerS: number;
  readonly rmseDeg: number;
  readonly maxDeg: number;
  /** Mean error of the first step of a chunk: the jolt at a splice. */
  readonly spliceDeg: number;
}

const qualityOf = (
  codec: MotionCodec,
  motions: readonly Float64Array[],
  servos: number,
): Quality => {
  const { frames } = codec;
  const ids = new Int32Array(codec.maxTokens(servos));
  const outDeg = new Float64Array(frames * servos);
  let [tokens, squares, count, maxDeg, splices, chunks] = [0, 0, 0, 0, 0, 0];
  for (const motion of motions) {
    const startDeg = motion.slice(0, servos);
    for (let at = servos; at + frames * servos <= motion.length; at += frames * servos) {
      const chunkDeg = motion.subarray(at, at + frames * servos);
      const written = codec.encode(chunkDeg, startDeg, servos, ids);
      codec.decode(ids, written, startDeg, servos, outDeg);
      tokens += written;
      chunks++;
      for (let s = 0; s < servos; s++) {
        const trueStep = chunkDeg[s]! - motion[at - servos + s]!;
        splices += Math.abs(outDeg[s]! - startDeg[s]! - trueStep) / servos;
      }
      for (const [i, deg] of outDeg.entries()) {
        const errorDeg = Math.abs(deg - chunkDeg[i]!);
        squares += errorDeg ** 2;
        maxDeg = Math.max(maxDeg, errorDeg);
        count++;
      }
      startDeg.set(outDeg.subarray((frames - 1) * servos));
    }
  }
  const seconds = (chunks * frames) / 50;
  return {
    tokensPerS: tokens / seconds,
    rmseDeg: Math.sqrt(squares / count),
    maxDeg,
    spliceDeg: splices / chunks,
  };
};

const dct = (frames: number, coefficients: number, curve?: ChunkCurve): MotionCodec =>
  new DctChunkCodec({ frames, coefficients, levels: 255, ...(curve && { curve }) });
const bins = (frames: number): MotionCodec =>
  new BinsChunkCodec({ frames, levels: 256, rangeDeg: [-180, 180] });

/** FAST, its merges learned on other motions of the same kind. */
const fast = (frames: number, path: Path, servos: number): FastChunkCodec => {
  const chunks = motionsOf(path, servos, 99).flatMap((motion) =>
    Array.from({ length: Math.floor(motion.length / servos / frames) - 1 }, (_, c) => {
      const at = c * frames * servos;
      const startDeg = motion.slice(at, at + servos);
      return { startDeg, chunkDeg: motion.slice(at + servos, at + (frames + 1) * servos) };
    }),
  );
  return FastChunkCodec.train(chunks, { frames, unitDeg: 90, vocabSize: 1024 });
};

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const row = (...cells: (string | number)[]): string =>
  cells.map((c) => (typeof c === "number" ? c.toFixed(2) : c).padStart(13)).join("");

describe.each([
  ["minimum jerk", minimumJerk],
  ["sinusoids", sinusoid],
] as const)("%s", (name, path) => {
  test.each([6, 8])("tokens and errors of %i servos", (servos) => {
    const motions = motionsOf(path, servos, 1);
    const binsQuality = qualityOf(bins(25), motions, servos);
    console.log(`\n${name}, ${servos} servos, errors in degrees`);
    console.log(row("codec", "chunk ms", "tokens/s", "bins/this", "RMSE", "max", "splice"));
    const show = (label: string, codec: MotionCodec): Quality => {
      const q = qualityOf(codec, motions, servos);
      const ratio = binsQuality.tokensPerS / q.tokensPerS;
      const chunkMs = String(codec.frames * 20);
      console.log(row(label, chunkMs, q.tokensPerS, ratio, q.rmseDeg, q.maxDeg, q.spliceDeg));
      return q;
    };
    show("bins 256", bins(25));
    show("fast", fast(25, path, servos));
    const shipped = show("dct 4", dct(25, 4));
    for (const [frames, k] of [
      [25, 3],
      [25, 2],
      [30, 3],
      [40, 4],
      [50, 5],
      [50, 8],
    ] as const)
      show(`dct ${k}`, dct(frames, k));
    const plain: ChunkCurve = (k, t, frames) =>
      Math.cos((Math.PI * k * (t * frames - 0.5)) / frames);
    const loser = show("plain dct 4", dct(25, 4, plain));
    expect(shipped.rmseDeg).toBeLessThan(1);
    expect(shipped.rmseDeg).toBeLessThan(loser.rmseDeg);
  });
});

test("throughput, million tokens a second of processor time", () => {
  const servos = 8;
  const motions = motionsOf(minimumJerk, servos, 1);
  const chunks = motions.map((m) => m.slice(servos, (25 + 1) * servos));
  const startDeg = motions[0]!.slice(0, servos);
  const codecs = { dct: dct(25, 4), bins: bins(25), fast: fast(25, minimumJerk, servos) };
  const figures = Object.entries(codecs).map(([name, codec]) => {
    const written = chunks.map(() => new Int32Array(codec.maxTokens(servos)));
    const counts = chunks.map((chunk, c) => codec.encode(chunk, startDeg, servos, written[c]!));
    const outDeg = new Float64Array(25 * servos);
    const repeats = name === "fast" ? 40 : 1000;
    const timed = (task: (c: number) => void): number => {
      const fromUs = process.cpuUsage().user; // not the wall: neighbours share these cores
      for (let r = 0; r < repeats; r++) for (let c = 0; c < chunks.length; c++) task(c);
      const tokens = counts.reduce((sum, n) => sum + n, 0) * repeats;
      return tokens / (process.cpuUsage().user - fromUs);
    };
    return {
      name,
      encode: () => timed((c) => codec.encode(chunks[c]!, startDeg, servos, written[c]!)),
      decode: () => timed((c) => codec.decode(written[c]!, counts[c]!, startDeg, servos, outDeg)),
      encoded: [] as number[],
      decoded: [] as number[],
    };
  });
  for (let round = 0; round < ROUNDS; round++) {
    for (const figure of figures) {
      figure.encoded.push(figure.encode());
      figure.decoded.push(figure.decode());
    }
  }
  console.log(row("\ncodec", "encode", "decode"));
  for (const { name, encoded, decoded } of figures)
    console.log(row(name, median(encoded), median(decoded)));
  expect(median(figures[0]!.decoded)).toBeGreaterThan(0);
});
