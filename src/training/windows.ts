// Where the rows of a batch are cut: windows of one length that end at random places of streams, the longer
// ones oftener, and those that say so. One that would begin before its stream begins with it: so the first
// moments of an episode are learned as often as any other, and not only where a window happens to begin there.
// One in which nothing is to be learned, as in most of a corrected session, is drawn again.
import { SessionError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";

interface Stretch {
  /** Places of the stream. */
  readonly size: number;
  /** How many times oftener than its size says it is drawn; once where left out. */
  readonly often?: number;
}

export class Windows<S extends { readonly weights: Float32Array }> {
  readonly #streams: readonly (Required<Stretch> & { readonly stream: S })[];
  readonly #length: number;
  readonly #sinks: number;
  readonly #ends: readonly number[]; // of the places of each stream, counted through

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
    let windows = 0;
    this.#length = length;
    this.#ends = this.#streams.map(({ size, often }) => (windows += often * size));
  }

  draw(random: Random): { readonly stream: S; readonly from: number } {
    for (;;) {
      const window = this.#drawAny(random);
      if (this.#teaches(window)) return window;
    }
  }

  #teaches({
    stream,
    from,
  }: {
    readonly stream: { readonly weights: Float32Array };
    readonly from: number;
  }): boolean {
    const first = from === 0 ? 0 : from + this.#sinks;
    return stream.weights.subarray(first, from + this.#length).some((weight) => weight > 0);
  }

  #drawAny(random: Random): { readonly stream: S; readonly from: number } {
    const drawn = random.uniform(0, this.#ends.at(-1)!);
    const index = this.#ends.findIndex((end) => drawn < end);
    const { stream, often } = this.#streams[index]!;
    const last = Math.floor((drawn - (this.#ends[index - 1] ?? 0)) / often);
    return { stream, from: Math.max(0, last + 1 - this.#length) };
  }
}
