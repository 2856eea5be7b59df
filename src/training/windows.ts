// Where the rows of a batch are cut: windows of one length that end at random places of streams, the longer
// ones oftener, and those that say so. One that would begin before its stream begins with it: so the first
// moments of an episode are learned as often as any other, and not only where a window happens to begin there.
import type { Random } from "../core/random.ts";

interface Stretch {
  /** Places of the stream. */
  readonly size: number;
  /** How many times oftener than its size says it is drawn; once where left out. */
  readonly often?: number;
}

export class Windows<S> {
  readonly #streams: readonly (Required<Stretch> & { readonly stream: S })[];
  readonly #length: number;
  readonly #ends: readonly number[]; // of the places of each stream, counted through

  /** @throws RangeError when no stream is longer than a window; `unit` is what its places are called */
  constructor(
    streams: readonly S[],
    stretchOf: (stream: S) => Stretch,
    length: number,
    unit: string,
  ) {
    const all = streams.map((stream) => ({ often: 1, ...stretchOf(stream), stream }));
    this.#streams = all.filter(({ size }) => size > length);
    if (this.#streams.length === 0)
      throw new RangeError(
        `the longest of ${streams.length} streams has ${Math.max(0, ...all.map(({ size }) => size))} ${unit}, expected more than ${length}`,
      );
    let windows = 0;
    this.#length = length;
    this.#ends = this.#streams.map(({ size, often }) => (windows += often * size));
  }

  draw(random: Random): { readonly stream: S; readonly from: number } {
    const drawn = random.uniform(0, this.#ends.at(-1)!);
    const index = this.#ends.findIndex((end) => drawn < end);
    const { stream, often } = this.#streams[index]!;
    const last = Math.floor((drawn - (this.#ends[index - 1] ?? 0)) / often);
    return { stream, from: Math.max(0, last + 1 - this.#length) };
  }
}
