// Tokens of one source by their stamps: how many there were in a time, without keeping each of them.

export class TokenSeries {
  readonly #timesNs: number[] = [];
  readonly #sums: number[] = []; // tokens up to each stamp, its own included

  get tokens(): number {
    return this.#sums.at(-1) ?? 0;
  }

  /** A stamp before the last one counts as the last one: sources keep their order. */
  add(timeNs: number, tokens: number): void {
    this.#timesNs.push(Math.max(timeNs, this.#timesNs.at(-1) ?? -Infinity));
    this.#sums.push(this.tokens + tokens);
  }

  /** Tokens stamped from `startNs` on, before `endNs`. */
  between(startNs: number, endNs: number): number {
    return this.#before(endNs) - this.#before(startNs);
  }

  #before(timeNs: number): number {
    let [low, high] = [0, this.#timesNs.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#timesNs[middle]! < timeNs) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : this.#sums[low - 1]!;
  }
}
