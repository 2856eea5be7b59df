// FAST (Pertsch et al. 2025, arXiv 2501.09747): orthonormal DCT-II over time, rounded, frequency-major,
// then BPE. A contender: its count of ids varies, and one wrong id shifts all that follow. The
// original gives up on a wrong length; here missing coefficients are 0 (hold), further ones dropped.
import { BytePairs, type Merges, trainBpe } from "./bpe.ts";

const LARGEST = 127; // coefficients are cut to -127..127
const ALPHABET = 2 * LARGEST + 1;
/** The paper's rounding: 10 steps over half the normalised range. */
const STEPS = 10;

export interface FastChunkOptions {
  readonly frames: number;
  /** Degrees of turn that count as 1; the paper takes the 1 % and 99 % quantiles of the data. */
  readonly unitDeg: number;
  readonly merges: Merges;
}

/** Orthonormal coefficients within half a step: RMSE over a chunk <= unitDeg / STEPS / 2. */
export class FastChunkCodec {
  readonly name = "fast";
  readonly frames: number;
  readonly levels: number;
  readonly #pairs: BytePairs;
  readonly #table: Float64Array; // [coefficients, frames], over the step
  readonly #stepDeg2: number; // turns the table, which is over the step, into its inverse
  #scratch = new Int32Array(0);

  constructor({ frames, unitDeg, merges }: FastChunkOptions) {
    this.frames = frames;
    this.#pairs = new BytePairs(ALPHABET, merges);
    this.levels = this.#pairs.size;
    this.#table = dctTable(frames, STEPS / unitDeg);
    this.#stepDeg2 = (unitDeg / STEPS) ** 2;
  }

  /** Trains the merges on chunks [frames, servos] that are turns from their start pose. */
  static train(
    chunks: readonly { readonly chunkDeg: Float64Array; readonly startDeg: Float64Array }[],
    { frames, unitDeg, vocabSize }: { frames: number; unitDeg: number; vocabSize: number },
  ): FastChunkCodec {
    const plain = new FastChunkCodec({ frames, unitDeg, merges: [] });
    const sequences = chunks.map(({ chunkDeg, startDeg }) => {
      const out = new Int32Array(chunkDeg.length);
      plain.encode(chunkDeg, startDeg, startDeg.length, out);
      return out;
    });
    return new FastChunkCodec({
      frames,
      unitDeg,
      merges: trainBpe(sequences, ALPHABET, vocabSize),
    });
  }

  maxTokens(servos: number): number {
    return this.frames * servos;
  }

  encode(chunkDeg: Float64Array, startDeg: Float64Array, servos: number, out: Int32Array): number {
    const { frames } = this;
    for (let k = 0; k < frames; k++) {
      for (let servo = 0; servo < servos; servo++) {
        let sum = 0;
        for (let f = 0, at = servo; f < frames; f++, at += servos)
          sum += this.#table[k * frames + f]! * (chunkDeg[at]! - startDeg[servo]!);
        const cut = Math.max(-LARGEST, Math.min(LARGEST, Math.round(sum)));
        out[k * servos + servo] = (cut || 0) + LARGEST;
      }
    }
    return this.#pairs.merge(out, frames * servos);
  }

  decode(
    ids: Int32Array,
    count: number,
    startDeg: Float64Array,
    servos: number,
    outDeg: Float64Array,
  ): void {
    const { frames } = this;
    const symbols = this.#expand(ids, Math.min(count, ids.length), frames * servos);
    for (let f = 0; f < frames; f++)
      for (let servo = 0; servo < servos; servo++) outDeg[f * servos + servo] = startDeg[servo]!;
    for (let i = 0; i < symbols.length && i < frames * servos; i++) {
      const coefficient = symbols[i]! - LARGEST;
      if (coefficient === 0) continue;
      const amplitude = coefficient * this.#stepDeg2;
      const k = Math.floor(i / servos);
      for (let f = 0, at = i % servos; f < frames; f++, at += servos)
        outDeg[at] = outDeg[at]! + amplitude * this.#table[k * frames + f]!;
    }
  }

  /** The base symbols of the ids, filled up with 0 coefficients to `length`. */
  #expand(ids: Int32Array, count: number, length: number): Int32Array {
    if (this.#scratch.length !== length) this.#scratch = new Int32Array(length);
    this.#scratch.fill(LARGEST);
    for (let i = 0, end = 0; i < count && end < length; i++) {
      const symbols = this.#pairs.expansion(ids[i]!);
      for (let s = 0; symbols && s < symbols.length && end < length; s++)
        this.#scratch[end++] = symbols[s]!;
    }
    return this.#scratch;
  }
}

/** Orthonormal DCT-II times a factor, [coefficients, frames]. */
const dctTable = (frames: number, factor: number): Float64Array =>
  Float64Array.from({ length: frames * frames }, (_, i) => {
    const [k, f] = [Math.floor(i / frames), i % frames];
    const norm = Math.sqrt((k === 0 ? 1 : 2) / frames) * factor;
    return norm * Math.cos((Math.PI * k * (f + 0.5)) / frames);
  });
