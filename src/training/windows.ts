// Where the rows of a batch are cut: all streams end to end in windows of one length, from another place on in
// each pass, and dealt as cards are: drawn by chance, a third of what was recorded would not have been read when
// as much as there is was read. One that would begin before its stream begins with it, and one that would go
// beyond its end ends with it: so the first and last moments of an episode are learned as often as any other.
// One in which nothing is to be learned, as in most of a corrected session, is left out.
import { SessionError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";

interface Stretch {
  /** Places of the stream. */
  readonly size: number;
  /** Of all windows, how many are its; as many as its size makes where left out. */
  readonly share?: number;
}

export interface Window<S> {
  readonly stream: S;
  /** The place of the stream that it begins at. */
  readonly from: number;
}

export class Windows<S extends { readonly weights: Float32Array }> {
  readonly #streams: readonly {
    readonly stream: S;
    readonly size: number;
    readonly passes: number;
  }[];
  readonly #length: number;
  readonly #sinks: number;

  /**
   * `unit` is what the places of a stream are called; of a window within a stream the first `sinks` count nothing.
   * @throws SessionError when no stream with anything to learn is as long as a window
   */
  constructor(
    streams: readonly S[],
    stretchOf: (stream: S) => Stretch,
    length: number,
    unit: string,
    sinks = 0,
  ) {
    const all = streams.map((stream) => ({ ...stretchOf(stream), stream }));
    const long = all.filter(({ size }) => size >= length);
    if (long.length === 0)
      throw new SessionError(
        `the longest of ${streams.length} streams has ${Math.max(0, ...all.map(({ size }) => size))} ${unit}, expected at least ${length}; record longer sessions, or learn with a smaller context`,
      );
    const taught = long.filter(({ stream: { weights } }) => weights.some((weight) => weight > 0));
    if (taught.length === 0)
      throw new SessionError(
        `none of ${streams.length} streams has anything to learn: all episodes are to be done again, or no correction is long enough; record more sessions, of which one in ten is held out`,
      );
    this.#sinks = sinks;
    this.#length = length;
    const counted = taught.map((stretch) => ({ ...stretch, windows: this.#windowsOf(stretch) }));
    const plain = counted.filter(({ share }) => share === undefined);
    const windows = plain.reduce((sum, stretch) => sum + stretch.windows, 0);
    const left = taught.reduce((rest, { share = 0 }) => rest - share, 1);
    this.#streams = counted.map(({ stream, size, share, windows: own }) => ({
      stream,
      size,
      passes: share === undefined || windows === 0 ? 1 : ((share / left) * windows) / own,
    }));
  }

  /** Windows without end. */
  *drawn(random: Random): Generator<Window<S>, never> {
    for (;;) yield* this.#pass(random);
  }

  /** Through all streams once, and as often as its share asks through one that has one, what is left of a number by chance. */
  #pass(random: Random): Window<S>[] {
    const windows: Window<S>[] = [];
    for (const { stream, size, passes } of this.#streams)
      for (let left = passes; left > 0; left--)
        for (let at = -random.index(this.#length); at < size; at += this.#length) {
          if (left < 1 && random.uniform() >= left) continue;
          const window = this.#window(stream, size, at);
          if (this.#teaches(window)) windows.push(window);
        }
    return random.shuffled(windows);
  }

  /** How many windows of a pass teach, on the average of all places that a pass may begin at. */
  #windowsOf({ stream, size }: { readonly stream: S; readonly size: number }): number {
    const { weights } = stream;
    let teaching = 0;
    let next = 0; // the first place to be learned, of those that count in this window
    for (let at = 1 - this.#length; at < size; at++) {
      const window = this.#window(stream, size, at);
      const first = this.#firstThatCounts(window);
      while (next < size && (next < first || !(weights[next]! > 0))) next++;
      if (next < window.from + this.#length) teaching++;
    }
    return teaching / this.#length;
  }

  #window(stream: S, size: number, at: number): Window<S> {
    return { stream, from: Math.min(Math.max(0, at), size - this.#length) };
  }

  #teaches(window: Window<S>): boolean {
    const { stream, from } = window;
    const counted = stream.weights.subarray(this.#firstThatCounts(window), from + this.#length);
    return counted.some((weight) => weight > 0);
  }

  #firstThatCounts({ from }: Window<S>): number {
    return from === 0 ? 0 : from + this.#sinks;
  }
}
