// Streams of chords side by side through one decode file, each in a lane: caches, place and logits of
// its own. Neighbouring lanes share a run. Caches are fed and fetched as the same tensors, so that
// onnxruntime writes in place, and everything that is fed is made once: a run allocates nothing here.
import { type InferenceSession, Tensor } from "onnxruntime-node";
import type { DecodeContract } from "../core/policy-card.ts";
import { REST_NOTE } from "../tokens/chords.ts";
import { isCache } from "./decode-session.ts";

type Feeds = Readonly<Record<string, Tensor>>;

/** Little-endian halves of int64: a note or a place costs no BigInt. */
const writeInt64 = (words: Int32Array, at: number, value: number): void => {
  words[2 * at] = value;
  words[2 * at + 1] = Math.floor(value / 2 ** 32);
};

const sizeOf = (dims: readonly number[]): number => dims.reduce((size, dim) => size * dim, 1);

export class DecodeLanes {
  readonly #session: InferenceSession;
  readonly #contract: DecodeContract;
  readonly #caches: readonly {
    readonly name: string;
    readonly dims: readonly number[]; // of one lane
    readonly data: Float32Array; // [lanes, ...dims]
  }[];
  readonly #ids: Int32Array; // [lanes * block, slots] int64, in halves
  readonly #places: Int32Array; // [lanes * block] int64, in halves
  readonly #rows: Int32Array; // [lanes] int64, in halves
  readonly #logits: Float32Array; // [lanes, answers]
  readonly #read: Float64Array; // [lanes] chords since the stream began
  readonly #states = new Map<string, { readonly feeds: Feeds; readonly fetches: Feeds }>();
  readonly #feeds = new Map<string, Feeds>();

  /** `session` stays whose it was. */
  constructor(session: InferenceSession, contract: DecodeContract, lanes: number) {
    this.#session = session;
    this.#contract = contract;
    this.#caches = contract.inputs
      .filter(({ name }) => isCache(name))
      .map(({ name, dims: [, ...rest] }) => {
        const dims = rest.map(Number);
        return { name, dims, data: new Float32Array(lanes * sizeOf(dims)) };
      });
    this.#ids = new Int32Array(2 * lanes * contract.block * contract.slots);
    this.#places = new Int32Array(2 * lanes * contract.block);
    this.#rows = new Int32Array(2 * lanes);
    this.#logits = new Float32Array(lanes * contract.answers);
    this.#read = new Float64Array(lanes);
  }

  /** Chords that a lane has read since its stream began. */
  places(lane: number): number {
    return this.#read[lane]!;
  }

  /** Begins a new stream in a lane; its caches need no clearing, from place 0 nothing of them is seen. */
  reset(lane: number): void {
    this.#read[lane] = 0;
  }

  /** What should follow the last chord that a lane has read [answers]. */
  logits(lane: number): Float32Array {
    const { answers } = this.#contract;
    return this.#logits.subarray(lane * answers, (lane + 1) * answers);
  }

  /**
   * Reads parts[i], 1 to block chords, in lane `first` + i, all in one run. One run at a time.
   * @throws RangeError for a chord of more notes than the model has slots
   */
  async run(first: number, parts: readonly (readonly Int32Array[])[]): Promise<void> {
    const { slots } = this.#contract;
    let places = 0;
    for (const part of parts) places = Math.max(places, part.length);
    // A shorter part is filled up with rests: the next chords of its stream are written over them.
    this.#ids.fill(REST_NOTE, 0, 2 * parts.length * places * slots);
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!;
      const from = this.#read[first + i]!;
      for (let t = 0; t < places; t++) writeInt64(this.#places, i * places + t, from + t);
      for (let t = 0; t < part.length; t++) this.#write(part[t]!, (i * places + t) * slots);
      writeInt64(this.#rows, i, i * places + part.length - 1);
    }
    const { fetches } = this.#stateOf(first, parts.length);
    await this.#session.run(this.#feedsOf(first, parts.length, places), fetches);
    for (let i = 0; i < parts.length; i++) this.#read[first + i]! += parts[i]!.length;
  }

  #write(chord: Int32Array, at: number): void {
    const { slots } = this.#contract;
    if (chord.length > slots)
      throw new RangeError(`a chord has ${chord.length} notes, expected at most ${slots}`);
    for (let n = 0; n < chord.length; n++) writeInt64(this.#ids, at + n, chord[n]!);
  }

  #stateOf(first: number, count: number): { readonly feeds: Feeds; readonly fetches: Feeds } {
    const key = `${first} ${count}`;
    const made = this.#states.get(key);
    if (made !== undefined) return made;
    const { answers } = this.#contract;
    const caches = this.#caches.map(({ name, dims, data }) => {
      const size = sizeOf(dims);
      const part = data.subarray(first * size, (first + count) * size);
      return [name, new Tensor("float32", part, [count, ...dims])] as const;
    });
    const logits = this.#logits.subarray(first * answers, (first + count) * answers);
    const state = {
      feeds: Object.fromEntries(caches),
      fetches: {
        ...Object.fromEntries(caches.map(([name, tensor]) => [`${name}.next`, tensor])),
        logits: new Tensor("float32", logits, [1, count, answers]),
      },
    };
    this.#states.set(key, state);
    return state;
  }

  #feedsOf(first: number, count: number, length: number): Feeds {
    const key = `${first} ${count} ${length}`;
    const made = this.#feeds.get(key);
    if (made !== undefined) return made;
    const int64 = (words: Int32Array, dims: readonly number[]): Tensor =>
      new Tensor("int64", new BigInt64Array(words.buffer, 0, sizeOf(dims)), dims);
    const places = this.#contract.inputs.find(({ name }) => name === "places")!;
    const feeds = {
      ids: int64(this.#ids, [count, length, this.#contract.slots]),
      places: int64(this.#places, places.dims.length === 1 ? [length] : [count, length]),
      rows: int64(this.#rows, [count]),
      ...this.#stateOf(first, count).feeds,
    };
    this.#feeds.set(key, feeds);
    return feeds;
  }
}
