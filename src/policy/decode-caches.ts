// What a model remembers of streams side by side, each in a lane: the caches of its decode file, fed as
// they are and written between the runs (training/decode-contract.ts says where).
import { Tensor } from "onnxruntime-node";
import type { DecodeContract } from "../core/policy-card.ts";
import { cachesOf } from "./decode-session.ts";

export type Feeds = Readonly<Record<string, Tensor>>;

export const sizeOf = (dims: readonly number[]): number =>
  dims.reduce((size, dim) => size * dim, 1);

export class DecodeCaches {
  readonly #sinks: number;
  readonly #window: number;
  /** Of one cache and lane: heads of keys, places, numbers of a head. */
  readonly #dims: readonly [heads: number, places: number, width: number];
  readonly #caches: readonly { readonly name: string; readonly data: Float32Array }[]; // [lanes, ...dims]

  constructor(contract: DecodeContract, lanes: number) {
    this.#sinks = contract.sinks;
    this.#window = contract.window;
    const caches = cachesOf(contract);
    this.#dims = caches[0]!.dims.slice(1).map(Number) as [number, number, number];
    const size = lanes * sizeOf(this.#dims);
    this.#caches = caches.map(({ name }) => ({ name, data: new Float32Array(size) }));
  }

  /** The caches of the lanes first .. first + count - 1, as they are at each run. */
  feeds(first: number, count: number): Feeds {
    const size = sizeOf(this.#dims);
    const fed = this.#caches.map(({ name, data }) => {
      const part = data.subarray(first * size, (first + count) * size);
      return [name, new Tensor("float32", part, [count, ...this.#dims])] as const;
    });
    return Object.fromEntries(fed);
  }

  /**
   * Writes into a lane what a run of `tokens` places a stream gave for stream `row` of it: entries
   * [streams, caches * heads, tokens, width], of which the first `count` belong to the places from `from` on.
   */
  write(
    lane: number,
    { data, dims }: Pick<Tensor, "data" | "dims">,
    { row, from, count }: { readonly row: number; readonly from: number; readonly count: number },
  ): void {
    const [heads, places, width] = this.#dims;
    const [, every, tokens] = dims as readonly [number, number, number, number];
    const entries = data as Float32Array;
    for (const [c, cache] of this.#caches.entries())
      for (let h = 0; h < heads; h++) {
        const head = (lane * heads + h) * places;
        const made = (row * every + c * heads + h) * tokens;
        for (let t = 0; t < count; t++) {
          const to = (head + this.#slotOf(from + t)) * width;
          const at = (made + t) * width;
          for (let i = 0; i < width; i++) cache.data[to + i] = entries[at + i]!;
        }
      }
  }

  #slotOf(place: number): number {
    const sinks = this.#sinks;
    return place < sinks ? place : sinks + ((place - sinks) % this.#window);
  }
}
