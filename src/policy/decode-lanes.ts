// Streams of chords side by side through one decode file, each in a lane: caches, place and logits of
// its own. Neighbouring lanes share a run. Everything that is fed is made once, and what comes out is
// small: onnxruntime-node copies every output into memory of its own.
import { type InferenceSession, Tensor } from "onnxruntime-node";
import { type DecodeContract, ENTRIES } from "../core/policy-card.ts";
import { REST_NOTE } from "../tokens/chords.ts";
import { DecodeCaches, type Feeds, sizeOf } from "./decode-caches.ts";

/** Little-endian halves of int64: a note or a place costs no BigInt. */
const writeInt64 = (words: Int32Array, at: number, value: number): void => {
  words[2 * at] = value;
  words[2 * at + 1] = Math.floor(value / 2 ** 32);
};

export class DecodeLanes {
  readonly #session: InferenceSession;
  readonly #contract: DecodeContract;
  readonly #caches: DecodeCaches;
  readonly #ids: Int32Array; // [lanes * block, slots] int64, in halves
  readonly #places: Int32Array; // [lanes * block] int64, in halves
  readonly #rows: Int32Array; // [lanes] int64, in halves
  readonly #logits: Float32Array; // [lanes, answers]
  readonly #read: Float64Array; // [lanes] chords since the stream began
  readonly #feeds = new Map<string, Feeds>();

  /** `session` stays whose it was. */
  constructor(session: InferenceSession, contract: DecodeContract, lanes: number) {
    this.#session = session;
    this.#contract = contract;
    this.#caches = new DecodeCaches(contract, lanes);
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

  /** What should follow the last chord that a lane has read [answers]; written over by its next run. */
  logits(lane: number): Float32Array {
    const { answers } = this.#contract;
    return this.#logits.subarray(lane * answers, (lane + 1) * answers);
  }

  /**
   * Reads parts[i], 1 to block chords, in lane `first` + i, all in one run. One run at a time.
   * @throws RangeError for a chord of more notes than the model has slots
   */
  async run(first: number, parts: readonly (readonly Int32Array[])[]): Promise<void> {
    const { slots, answers } = this.#contract;
    let places = 0;
    for (const part of parts) places = Math.max(places, part.length);
    // A shorter part is filled up with rests, which are forgotten.
    this.#ids.fill(REST_NOTE, 0, 2 * parts.length * places * slots);
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!;
      const from = this.#read[first + i]!;
      for (let t = 0; t < places; t++) writeInt64(this.#places, i * places + t, from + t);
      for (let t = 0; t < part.length; t++) this.#write(part[t]!, (i * places + t) * slots);
      writeInt64(this.#rows, i, i * places + part.length - 1);
    }
    const found = await this.#session.run(this.#feedsOf(first, parts.length, places));
    this.#logits.set(found["logits"]!.data as Float32Array, first * answers);
    for (let i = 0; i < parts.length; i++) {
      const lane = first + i;
      const count = parts[i]!.length;
      this.#caches.write(lane, found[ENTRIES]!, { row: i, from: this.#read[lane]!, count });
      this.#read[lane]! += count;
    }
  }

  #write(chord: Int32Array, at: number): void {
    const { slots } = this.#contract;
    if (chord.length > slots)
      throw new RangeError(`a chord has ${chord.length} notes, expected at most ${slots}`);
    for (let n = 0; n < chord.length; n++) writeInt64(this.#ids, at + n, chord[n]!);
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
      ...this.#caches.feeds(first, count),
    };
    this.#feeds.set(key, feeds);
    return feeds;
  }
}
