// Streams that share runs: what several policies in a thread ask for is read together as soon as
// nothing else is left to do, which in lockstep is when all of them wait. Each weight then travels
// from memory once for all. Lanes that want nothing cost nothing: neighbours that want make a run.
import type { InferenceSession } from "onnxruntime-node";
import type { DecodeContract } from "../core/policy-card.ts";
import { DecodeLanes } from "./decode-lanes.ts";
import type { TokenReader } from "./decoder.ts";

interface Wish {
  readonly chords: readonly Int32Array[];
  read: number;
  readonly resolve: (logits: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

export class BatchDecoder {
  readonly readers: readonly TokenReader[];
  readonly #lanes: DecodeLanes;
  readonly #block: number;
  readonly #wishes: (Wish | undefined)[];
  #awake = false;

  constructor(session: InferenceSession, contract: DecodeContract, streams: number) {
    this.#lanes = new DecodeLanes(session, contract, streams);
    this.#block = contract.block;
    this.#wishes = Array.from({ length: streams }, () => undefined);
    this.readers = this.#wishes.map((_, lane) => ({
      read: (chords: readonly Int32Array[]) => this.#ask(lane, chords),
      reset: () => this.#lanes.reset(lane),
    }));
  }

  #ask(lane: number, chords: readonly Int32Array[]): Promise<Float32Array> {
    if (chords.length === 0) throw new RangeError("a decoder reads at least one chord, found none");
    return new Promise((resolve, reject) => {
      this.#wishes[lane] = { chords, read: 0, resolve, reject };
      this.#wake();
    });
  }

  /** Runs share what they are fed from: one turn after the other. */
  #wake(): void {
    if (this.#awake) return;
    this.#awake = true;
    setImmediate(async () => {
      for (let lane = 0; lane < this.#wishes.length; lane++) {
        const first = lane;
        while (this.#wishes[lane] !== undefined) lane++;
        if (lane > first) await this.#run(first, lane);
      }
      this.#awake = false;
      if (this.#wishes.some((wish) => wish !== undefined)) this.#wake();
    });
  }

  async #run(first: number, end: number): Promise<void> {
    const wishes = this.#wishes.slice(first, end) as Wish[];
    const parts = wishes.map(({ chords, read }) => chords.slice(read, read + this.#block));
    const take = (lane: number): void => void (this.#wishes[lane] = undefined);
    try {
      await this.#lanes.run(first, parts);
    } catch (error) {
      wishes.forEach(({ reject }, i) => {
        take(first + i);
        reject(error);
      });
      return;
    }
    wishes.forEach((wish, i) => {
      wish.read += parts[i]!.length;
      if (wish.read < wish.chords.length) return;
      take(first + i);
      wish.resolve(this.#lanes.logits(first + i));
    });
  }
}
