// Reads one endless stream of rows of numbers through a decode file of the embedding model (its contract:
// training/embedding-export.ts), as decoder.ts does for tokens: constant time and memory a row.
import { type InferenceSession, Tensor } from "onnxruntime-node";
import type { DecodeContract } from "../core/policy-card.ts";
import type { Random } from "../core/random.ts";
import { isCache } from "./decode-session.ts";

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
  readonly #caches: Readonly<Record<string, Tensor>>;
  readonly #fetches: Readonly<Record<string, Tensor>>;
  readonly #noise: Float32Array;
  readonly #gate = new Float32Array(1);
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
    const caches = contract.inputs.filter(({ name }) => isCache(name));
    this.#caches = Object.fromEntries(
      caches.map(({ name, dims }) => {
        const sizes = dims.map(Number);
        const data = new Float32Array(sizes.reduce((a, b) => a * b, 1));
        return [name, new Tensor("float32", data, sizes)] as const;
      }),
    );
    this.#fetches = {
      ...Object.fromEntries(
        Object.entries(this.#caches).map(([name, tensor]) => [`${name}.next`, tensor]),
      ),
      gate: new Tensor("float32", this.#gate, [1, 1]),
      action: new Tensor("float32", this.#action, [1, this.#action.length]),
    };
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
    return { gate: this.#gate[0]!, action: this.#action };
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
      ...this.#caches,
    };
    await this.#session.run(feeds, this.#fetches);
    this.#read += length;
  }
}
