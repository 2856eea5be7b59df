// Reads one endless token stream through a decode file: constant time and memory a token.
import type { InferenceSession } from "onnxruntime-node";
import type { DecodeContract } from "../core/policy-card.ts";
import { DecodeLanes } from "./decode-lanes.ts";

/** A stream of tokens that is read as it grows. */
export interface TokenReader {
  /**
   * Reads the next chords of the stream, one at least, and gives the logits [answers] of what should
   * follow the last; the array is written over by the next call. One call at a time.
   */
  read(chords: readonly Int32Array[]): Promise<Float32Array>;
  /** Begins a new stream. */
  reset(): void;
}

export class Decoder implements TokenReader {
  readonly #lanes: DecodeLanes;
  readonly #block: number;
  readonly #logits: Float32Array;

  /** `session` stays whose it was: any number of decoders may share it. */
  constructor(session: InferenceSession, contract: DecodeContract) {
    this.#lanes = new DecodeLanes(session, contract, 1);
    this.#block = contract.block;
    this.#logits = this.#lanes.logits(0);
  }

  /** Chords read since the start of the stream. */
  get places(): number {
    return this.#lanes.places(0);
  }

  async read(chords: readonly Int32Array[]): Promise<Float32Array> {
    if (chords.length === 0) throw new RangeError("a decoder reads at least one chord, found none");
    for (let from = 0; from < chords.length; from += this.#block)
      await this.#lanes.run(0, [chords.slice(from, from + this.#block)]);
    return this.#logits;
  }

  reset(): void {
    this.#lanes.reset(0);
  }
}
