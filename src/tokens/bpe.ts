// Byte-pair encoding over small integers (Gage 1994; Sennrich et al. 2016): the most frequent pair
// of neighbours becomes a symbol of its own, again and again.

/** Merge i makes symbol alphabet + i of its pair. */
export type Merges = readonly (readonly [left: number, right: number])[];

/** Merges that bring `alphabet` base symbols up to `vocabSize`, fewer when no pair occurs twice. */
export const trainBpe = (
  sequences: readonly ArrayLike<number>[],
  alphabet: number,
  vocabSize: number,
): Merges => {
  const rows = sequences.map((s) => Int32Array.from(s));
  const lengths = rows.map((row) => row.length);
  const counts = new Int32Array(vocabSize * vocabSize); // [left, right]
  const merges: [number, number][] = [];
  while (alphabet + merges.length < vocabSize) {
    let best = 0;
    counts.fill(0);
    for (const [r, row] of rows.entries()) {
      for (let i = 1; i < lengths[r]!; i++) {
        const pair = row[i - 1]! * vocabSize + row[i]!;
        counts[pair] = counts[pair]! + 1;
        if (counts[pair] > counts[best]!) best = pair;
      }
    }
    if (counts[best]! < 2) break;
    const [left, right] = [Math.floor(best / vocabSize), best % vocabSize];
    const symbol = alphabet + merges.length;
    merges.push([left, right]);
    for (const [r, row] of rows.entries())
      lengths[r] = replacePair(row, lengths[r]!, left, right, symbol);
  }
  return merges;
};

/** Puts `symbol` for each left-right pair in place, and returns the new length. */
const replacePair = (
  row: Int32Array,
  length: number,
  left: number,
  right: number,
  symbol: number,
): number => {
  let end = 0;
  for (let i = 0; i < length; i++) {
    const merged = row[i] === left && i + 1 < length && row[i + 1] === right;
    row[end++] = merged ? symbol : row[i]!;
    if (merged) i++;
  }
  return end;
};

/** Applies trained merges and takes them apart again. */
export class BytePairs {
  /** Number of symbols, base and merged. */
  readonly size: number;
  readonly #alphabet: number;
  readonly #merges: Merges;
  readonly #ranks: Int32Array; // [left, right] merge number, or -1
  readonly #expanded: readonly Int32Array[]; // [symbol] base symbols

  constructor(alphabet: number, merges: Merges) {
    this.size = alphabet + merges.length;
    this.#alphabet = alphabet;
    this.#merges = merges;
    this.#ranks = new Int32Array(this.size * this.size).fill(-1);
    const expanded = Array.from({ length: alphabet }, (_, symbol) => Int32Array.of(symbol));
    for (const [i, [left, right]] of merges.entries()) {
      this.#ranks[left * this.size + right] = i;
      expanded.push(Int32Array.of(...expanded[left]!, ...expanded[right]!));
    }
    this.#expanded = expanded;
  }

  /** Merges row[0 .. length) in place, earliest trained first, and returns the new length. */
  merge(row: Int32Array, length: number): number {
    for (;;) {
      let first = this.#merges.length;
      for (let i = 1; i < length; i++) {
        const rank = this.#ranks[row[i - 1]! * this.size + row[i]!]!;
        if (rank >= 0 && rank < first) first = rank;
      }
      const pair = this.#merges[first];
      if (!pair) return length;
      length = replacePair(row, length, pair[0], pair[1], this.#alphabet + first);
    }
  }

  /** Base symbols of a symbol; undefined for one that does not exist. */
  expansion(symbol: number): Int32Array | undefined {
    return this.#expanded[symbol];
  }
}
