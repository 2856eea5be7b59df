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
  /** How many times oftener than its size says it is read; once where left out. */
  readonly often?: number;
}

export interface Window<S> {
  readonly stream: S;
  /** The place of the stream that it begins at. */
  readonly from: number;
}

export class Windows<S extends { readonly weights: Float32Array }> {
  readonly #streams: readonly (Required<Stretch> & { readonly stream: S })[];
  readonly #length: number;
  readonly #sinks: number;

  /**
   * `unit` is what the places of a stream are called; of a window within a stream the first `sinks` count nothing.
   * @throws SessionError when no stream with anything to learn is longer than a window
   */
  constructor(
    streams: readonly S[],
    stretchOf: (stream: S) => Stretch,
    length: number,
    unit: string,
    sinks = 0,
  ) {
    const all = streams.map((stream) => ({ often: 1, ...stretchOf(stream), stream }));
    const long = all.filter(({ size }) => size > length);
    if (long.length === 0)
      throw new SessionError(
        `the longest of ${streams.length} streams has ${Math.max(0, ...all.map(({ size }) => size))} ${unit}, expected more than ${length}; record longer sessions, or learn with a smaller context`,
      );
    this.#streams = long.filter(({ stream: { weights } }) => weights.some((weight) => weight > 0));
    if (this.#streams.length === 0)
      throw new SessionError(
        `none of ${streams.length} streams has anything to learn: all episodes are to be done again, or no correction is long enough; record more sessions, of which one in ten is held out`,
      );
    this.#sinks = sinks;
    this.#length = length;
  }

  /** Windows without end. */
  *drawn(random: Random): Generator<Window<S>, never> {
    for (;;) yield* this.#pass(random);
  }

  /** Through all streams; those that are read oftener are in it as often, what is left of a number by chance. */
  #pass(random: Random): Window<S>[] {
    const windows: Window<S>[] = [];
    for (const { stream, size, often } of this.#streams)
      for (let passes = often; passes > 0; passes--)
        for (let at = -random.index(this.#length); at < size; at += this.#length) {
          if (passes < 1 && random.uniform() >= passes) continue;
          const window = { stream, from: Math.min(Math.max(0, at), size - this.#length) };
          if (this.#teaches(window)) windows.push(window);
        }
    return random.shuffled(windows);
  }

  #teaches({ stream: { weights }, from }: Window<S>): boolean {
    const first = from === 0 ? 0 : from + this.#sinks;
    return weights.subarray(first, from + this.#length).some((weight) => weight > 0);
  }
}
