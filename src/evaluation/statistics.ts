// The statistics of an evaluation: a share with its interval, two policies on the same episodes, and
// quantiles. References: Wilson (1927); McNemar (1947) in its exact, binomial form; Efron and
// Tibshirani (1993), chapter 13, the percentile bootstrap; Hyndman and Fan (1996), quantile type 7.
import { Random } from "../core/random.ts";

export type Interval = readonly [low: number, high: number];

const Z_95 = 1.959963984540054;

/** Wilson's score interval of 95 % for the share `successes / count`; all there is when count is 0. */
export const wilson = (successes: number, count: number): Interval => {
  if (count === 0) return [0, 1];
  const share = successes / count;
  const z2 = Z_95 ** 2 / count;
  const centre = share + z2 / 2;
  const half = Z_95 * Math.sqrt((share * (1 - share)) / count + z2 / (4 * count));
  return [
    successes === 0 ? 0 : (centre - half) / (1 + z2), // where rounding would leave 1e-17
    successes === count ? 1 : (centre + half) / (1 + z2),
  ];
};

/** How much of what was tried succeeded, with Wilson's interval. */
export interface Share {
  readonly attempts: number;
  readonly successes: number;
  /** 0..1; 0 where nothing was tried. */
  readonly success: number;
  readonly wilson95: Interval;
}

/**
 * `independent`: of how many different things the attempts are, where some are of the same one and tell the same
 * again; the interval is of no more than those.
 */
export const shareOf = (successes: number, attempts: number, independent = attempts): Share => {
  const success = attempts === 0 ? 0 : successes / attempts;
  const count = Math.min(attempts, independent);
  return { attempts, successes, success, wilson95: wilson(success * count, count) };
};

/** What was tried in one episode. */
interface Cluster {
  readonly attempts: number;
  readonly successes: number;
}

/**
 * Of how many independent attempts those of some episodes are worth: of fewer where an episode's went alike, as its
 * scene was easy or its robot got stuck (the design effect, Kish 1965, by the variance of a ratio of sums). Where
 * all succeeded, or none, nothing tells how alike they are: then no more than there are episodes.
 */
export const effectiveCount = (clusters: readonly Cluster[]): number => {
  const tried = clusters.filter(({ attempts }) => attempts > 0);
  const attempts = tried.reduce((sum, cluster) => sum + cluster.attempts, 0);
  const share = tried.reduce((sum, { successes }) => sum + successes, 0) / attempts;
  const binomial = attempts * share * (1 - share);
  if (!(binomial > 0) || tried.length < 2) return tried.length;
  const squares = tried.reduce((sum, c) => sum + (c.successes - share * c.attempts) ** 2, 0);
  return attempts / Math.max(1, squares / binomial);
};

/**
 * Two-sided p of McNemar's exact test: how likely pairs that differ split this unevenly, or more so,
 * if either side were as likely to win. `onlyFirst` and `onlySecond` count the pairs one side won.
 */
export const mcnemarExact = (onlyFirst: number, onlySecond: number): number => {
  const count = onlyFirst + onlySecond;
  let logTerm = -count * Math.LN2; // of C(count, k) / 2^count, in logarithms: 2^-1075 is 0
  let tail = 0;
  for (let k = 0; k <= Math.min(onlyFirst, onlySecond); k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((count - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
};

/** The quantile `share` (0..1) of numbers in any order, joined by straight lines; NaN of none. */
export const quantile = (values: readonly number[], share: number): number => {
  if (values.length === 0) return NaN;
  const sorted = Float64Array.from(values).sort();
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const low = sorted[below]!;
  return low + (place - below) * ((sorted[below + 1] ?? low) - low);
};

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const RESAMPLES = 2000;

/** Of fewer, resampling can't come to 95 %: two hold what they differ from half of the time. */
const FEWEST = 6;

/**
 * The mean of differences between pairs with its bootstrap interval of 95 %, the same for a seed; null where there
 * are too few, or all are the same and tell nothing of how they scatter.
 */
export const pairedBootstrap = (
  differences: readonly number[],
  seed: number,
): { readonly mean: number; readonly interval: Interval | null } => {
  const isTold = differences.length >= FEWEST && new Set(differences).size > 1;
  if (!isTold) return { mean: mean(differences), interval: null };
  const random = new Random(seed, "bootstrap");
  const { length } = differences;
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += differences[random.index(length)]!;
    return sum / length;
  });
  return {
    mean: mean(differences),
    interval: [quantile(means, 0.025), quantile(means, 0.975)],
  };
};

/** Quantiles of 97.5 % of Student's t, from 1 degree of freedom on. */
const T_975 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/**
 * Student's interval of 95 % for the mean of two to ten values: of trainings, sets or speakers, which scatter
 * more than the episodes and words within them; null for fewer or more.
 */
export const tInterval = (values: readonly number[]): Interval | null => {
  const t = T_975[values.length - 2];
  if (t === undefined) return null;
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  const half = t * Math.sqrt(squares / (values.length - 1) / values.length);
  return [middle - half, middle + half];
};

/** From the lowest to the highest; without a highest where some samples had no success at all. */
export type CostInterval = readonly [low: number, high: number | null];

/**
 * What a success costs, all attempts paid for by those that succeeded, and its bootstrap interval of
 * 95 % over `episodes`, the same for a seed; null where nothing succeeded, and no interval where episodes are too
 * few, or all alike.
 */
export const costPerSuccess = (
  episodes: readonly { readonly cost: number; readonly successes: number }[],
  seed = 1,
): { readonly value: number; readonly interval: CostInterval | null } | null => {
  const perSuccess = (sample: typeof episodes): number => {
    let [cost, successes] = [0, 0];
    for (const episode of sample) {
      cost += episode.cost;
      successes += episode.successes;
    }
    return successes === 0 ? Infinity : cost / successes;
  };
  const value = perSuccess(episodes);
  if (value === Infinity) return null;
  const [first] = episodes;
  const areAlike = episodes.every(
    ({ cost, successes }) => cost === first!.cost && successes === first!.successes,
  );
  if (episodes.length < FEWEST || areAlike) return { value, interval: null };
  const random = new Random(seed, "bootstrap");
  const values = Array.from({ length: RESAMPLES }, () =>
    perSuccess(episodes.map(() => episodes[random.index(episodes.length)]!)),
  ).toSorted((a, b) => a - b);
  const at = (share: number): number => values[Math.floor(share * (RESAMPLES - 1))]!;
  const high = at(0.975);
  return { value, interval: [at(0.025), high === Infinity ? null : high] };
};
