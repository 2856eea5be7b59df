// Motions to measure codecs of motion on, and how well one keeps them. Minimum-jerk paths through random
// via points (Flash and Hogan 1985) are what reaching looks like; sinusoids are what waving looks like.
import { Random } from "../../core/random.ts";
import { SERVO_RATE_HZ } from "../../core/robot.ts";
import { FastChunkCodec } from "../../tokens/fast-chunk.ts";
import type { MotionCodec } from "../../tokens/motion-codec.ts";

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
    const legFrames = Math.round(shortestS * random.uniform(1, 2) * SERVO_RATE_HZ);
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
    (_, f) => deg * Math.sin(phase + (2 * Math.PI * hz * f) / SERVO_RATE_HZ),
  );
};

export const PATHS: Readonly<Record<string, Path>> = {
  "minimum jerk": minimumJerk,
  sinusoids: sinusoid,
};

/** Motions, each [frames + 1, servos] degrees: the start pose comes first. */
export const motionsOf = (path: Path, servos: number, seed: number): Float64Array[] => {
  const random = new Random(seed);
  const frames = SECONDS * SERVO_RATE_HZ + 1;
  return Array.from({ length: MOTIONS }, () => {
    const paths = Array.from({ length: servos }, () => path(random, frames));
    return Float64Array.from(
      { length: frames * servos },
      (_, i) => paths[i % servos]![Math.floor(i / servos)]!,
    );
  });
};

export interface Quality {
  readonly chunks: number;
  /** Tokens of one second of motion. */
  readonly tokensPerS: number;
  readonly rmseDeg: number;
  readonly maxDeg: number;
  /** Mean error of the first step of a chunk: the jolt at a splice. */
  readonly spliceDeg: number;
}

/** Closed loop: each chunk starts from where the last one, decoded, ended. */
export const qualityOf = (
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
  return {
    chunks,
    tokensPerS: (tokens * SERVO_RATE_HZ) / (chunks * frames),
    rmseDeg: Math.sqrt(squares / count),
    maxDeg,
    spliceDeg: splices / chunks,
  };
};

/** No seed that is asked for: of those the motions are measured. */
const MERGES_SEED = -1;

/** FAST, its merges learned on other motions of the same kind. */
export const fastCodec = (frames: number, path: Path, servos: number): FastChunkCodec => {
  const chunks = motionsOf(path, servos, MERGES_SEED).flatMap((motion) =>
    Array.from({ length: Math.floor(motion.length / servos / frames) - 1 }, (_, c) => {
      const at = c * frames * servos;
      const startDeg = motion.slice(at, at + servos);
      return { startDeg, chunkDeg: motion.slice(at + servos, at + (frames + 1) * servos) };
    }),
  );
  return FastChunkCodec.train(chunks, { frames, unitDeg: 90, vocabSize: 1024 });
};
