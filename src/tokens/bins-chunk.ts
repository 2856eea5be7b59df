// The OpenVLA style motion codec (Kim et al. 2024): one bin for each servo and frame, absolute
// angles. Total and simple, and the yardstick for the number of tokens.
import { uniformBins, type Bins } from "./bins.ts";

export interface BinsChunkOptions {
  readonly frames: number;
  readonly levels: number;
  /** Angles the bins span, degrees. */
  readonly rangeDeg: readonly [number, number];
}

/** Inside the range an angle decodes to within half a bin: (high - low) / levels / 2 degrees. */
export class BinsChunkCodec {
  readonly name = "bins";
  readonly frames: number;
  readonly levels: number;
  readonly #bins: Bins;

  constructor({ frames, levels, rangeDeg }: BinsChunkOptions) {
    this.frames = frames;
    this.levels = levels;
    this.#bins = uniformBins(rangeDeg[0], rangeDeg[1], levels);
  }

  maxTokens(servos: number): number {
    return this.frames * servos;
  }

  encode(chunkDeg: Float64Array, _startDeg: Float64Array, servos: number, out: Int32Array): number {
    const count = this.maxTokens(servos);
    for (let i = 0; i < count; i++) out[i] = this.#bins.encode(chunkDeg[i]!);
    return count;
  }

  decode(
    ids: Int32Array,
    count: number,
    startDeg: Float64Array,
    servos: number,
    outDeg: Float64Array,
  ): void {
    const known = Math.min(count, ids.length);
    for (let i = 0; i < this.frames * servos; i++) {
      const id = i < known ? ids[i]! : -1;
      const heldDeg = i < servos ? startDeg[i]! : outDeg[i - servos]!;
      outDeg[i] = id >= 0 && id < this.levels ? this.#bins.decode(id) : heldDeg;
    }
  }
}
