// What every benchmark gives: tables whose columns name their unit, with how each was measured; and the
// median of rounds with its interval.
import type { Robot } from "../../core/robot.ts";
import { type Interval, quantile, tInterval } from "../../evaluation/statistics.ts";
import type { Voices } from "../speech.ts";

/** An interval is one of 95 %; null stands for what there is none of. */
export type Cell = string | number | Interval | null;

export interface BenchTable {
  readonly title: string;
  /** What was run how often, and what the ratios are by. */
  readonly method: string;
  readonly rows: readonly Readonly<Record<string, Cell>>[];
}

export interface BenchContext {
  readonly robot: Robot;
  readonly policy: string;
  readonly jsonPolicy: string | undefined;
  /** What is spoken. */
  readonly voices: () => Voices;
  /** The folder of --audio. */
  readonly recordings: string | undefined;
  readonly full: boolean;
  /** As little as shows that it runs. */
  readonly quick: boolean;
  readonly episodes: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly seed: number;
}

/** So many significant digits as mean something. */
export const rounded = (value: number, digits = 4): number => Number(value.toPrecision(digits));

/** The interval of a mean over trainings, sets or speakers; null where their number has none. */
export const overall = (values: readonly number[]): Interval | null => {
  const found = tInterval(values);
  return found && [rounded(found[0], 3), rounded(found[1], 3)];
};

/**
 * The median and its 95 % interval by order statistics, which asks nothing of the distribution: of
 * ranks r and n + 1 - r, the narrowest that hold it so often; null for fewer than 6 values.
 */
export const median = (
  values: readonly number[],
): { readonly value: number; readonly interval: Interval | null } => {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  let rank = 0;
  let lnTerm = -count * Math.LN2; // of Binomial(count, 1/2), which no double holds for a thousand values
  let outside = Math.exp(lnTerm);
  while (2 * outside < 0.05) {
    rank++;
    lnTerm += Math.log((count - rank + 1) / rank);
    outside += Math.exp(lnTerm);
  }
  const interval: Interval | null =
    rank === 0 ? null : [rounded(sorted[rank - 1]!), rounded(sorted[count - rank]!)];
  return { value: rounded(quantile(values, 0.5)), interval };
};
