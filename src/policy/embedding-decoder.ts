// Reads one endless stream of rows of numbers through a decode file of the embedding model (its contract:
// training/embedding-export.ts), as decoder.ts does for tokens: constant time and memory a row.
import { type InferenceSession, Tensor } from "onnxruntime-node";
import { type DecodeContract, ENTRIES } from "../core/policy-card.ts";
import type { Random } from "../core/random.ts";
import { DecodeCaches, type Feeds } from "./decode-caches.ts";

/** What the model thinks of the moment after a row. */
export interface Thought {
  /** Log-odds that now is the moment to act. */
  readonly gate: number;
  /** Degrees [curves, servos] by which each curve of the motion basis turns each servo. */
  readonly action: Float32Array;
}

export class EmbeddingDecoder {
  readonly #session: InferenceSession;
  readonly #block: number;
  readonly #features: number;
  readonly #caches: DecodeCaches;
  readonly #cacheFeeds: Feeds;
  readonly #noise: Float32Array;
  #gate = 0;
  readonly #action: Float32Array;
  #read = 0;

  /** `session` stays whose it was. */
  constructor(session: InferenceSession, contract: DecodeContract) {
    this.#session = session;
    this.#block = contract.block;
    this.#features = contract.vocabulary;
    const widthOf = (side: "inputs" | "outputs", name: string): number =>
      Number(contract[side].find((tensor) => tensor.name === name)?.dims.at(-1) ?? 0);
    this.#noise = new Float32Array(widthOf("inputs", "noise"));
    this.#action = new Float32Array(widthOf("outputs", "action"));
    this.#caches = new DecodeCaches(contract, 1);
    this.#cacheFeeds = this.#caches.feeds(0, 1);
  }

  /**
   * Reads the next rows [count, features] of the stream, one at least, and says what it thinks after
   * the last; the action is written over by the next call. What the model leaves to chance is drawn
   * from `random`.
   */
  async read(rows: Float32Array, random: Random): Promise<Thought> {
    const count = rows.length / this.#features;
    if (!(Number.isInteger(count) && count >= 1))
      throw new RangeError(`found ${rows.length} numbers, expected rows of ${this.#features}`);
    for (let i = 0; i < this.#noise.length; i++) this.#noise[i] = random.normal();
    for (let from = 0; from < count; from += this.#block)
      await this.#run(rows, from, Math.min(this.#block, count - from));
    return { gate: this.#gate, action: this.#action };
  }

  async #run(rows: Float32Array, from: number, length: number): Promise<void> {
    const part = rows.subarray(from * this.#features, (from + length) * this.#features);
    const places = BigInt64Array.from({ length }, (_, i) => BigInt(this.#read + i));
    const feeds = {
      frames: new Tensor("float32", part, [1, length, this.#features]),
      places: new Tensor("int64", places, [length]),
      rows: new Tensor("int64", BigInt64Array.of(BigInt(length - 1)), [1]),
      ...(this.#noise.length > 0 && {
        noise: new Tensor("float32", this.#noise, [1, this.#noise.length]),
      }),
      ...this.#cacheFeeds,
    };
    const found = await this.#session.run(feeds);
    this.#gate = (found["gate"]!.data as Float32Array)[0]!;
    this.#action.set(found["action"]!.data as Float32Array);
    this.#caches.write(0, found[ENTRIES]!, { row: 0, from: this.#read, count: length });
    this.#read += length;
  }
}
