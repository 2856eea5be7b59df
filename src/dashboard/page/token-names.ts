// What a person reads for a token's id, by the vocabulary that the server sent.
import { namesIn } from "../../tokens/parameters.ts";
import { labelOf } from "../../tokens/token-label.ts";
import type { TokenRange, Vocabulary } from "../../tokens/vocabulary.ts";

export class TokenNames {
  /** Names of the markers: sensors, "self", then limbs. */
  readonly markers: readonly string[];
  readonly #ranges: readonly TokenRange[];

  constructor(vocabulary: Vocabulary) {
    this.#ranges = vocabulary.ranges;
    const marker = vocabulary.ranges.find(({ name }) => name === "marker");
    this.markers = marker ? namesIn(marker, "names") : [];
  }

  /** "special", "marker", "act", "pace", "motion" or a sense's range. */
  rangeOf(id: number): string {
    return this.#find(id)?.name ?? "unknown";
  }

  labelOf(id: number): string {
    const range = this.#find(id);
    return range ? labelOf(range, id - range.start) : `<unknown ${id}>`;
  }

  #find(id: number): TokenRange | undefined {
    return this.#ranges.find(({ start, size }) => id >= start && id < start + size);
  }
}
