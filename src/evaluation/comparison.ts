// Two policies on the same seeds. Pairs are whole episodes: attempts within one share its scene and
// its past, so that counting them apart would promise more certainty than there is.
import { type EpisodeResult, isSuccess } from "./summary.ts";
import { type Interval, mean, mcnemarExact, pairedBootstrap } from "./statistics.ts";

interface Difference {
  readonly pairs: number;
  /** First minus second. */
  readonly mean: number;
  /** Paired bootstrap, 95 %; null where the pairs can't tell. */
  readonly interval: Interval | null;
}

export interface Comparison {
  readonly pairs: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** McNemar, exact, two-sided. */
  readonly p: number;
  readonly differences: Readonly<Record<string, Difference>>;
}

const METRICS: Readonly<Record<string, (result: EpisodeResult) => number | undefined>> = {
  // The share of an episode's attempts: finer than whole episodes, which McNemar counts.
  success: ({ attempts }) =>
    attempts.length === 0 ? undefined : mean(attempts.map(({ success }) => Number(success))),
  reactionMs: ({ attempts }) => {
    const reactions = attempts.flatMap(({ reactionMs }) => reactionMs ?? []);
    return reactions.length === 0 ? undefined : mean(reactions);
  },
  trackingErrorDeg: ({ errorDeg }) => errorDeg,
  centredShare: ({ centred }) => centred && centred.centred / centred.pictures,
  jerkDegPerS3: ({ jerkDegPerS3 }) => jerkDegPerS3,
  tokens: ({ tokensIn, tokensOut }) => tokensIn + tokensOut,
  servoJoules: ({ servoJoules }) => servoJoules,
};

/** Of an episode that broke off only that is compared: it would look smooth and cheap. */
const measured = (
  metric: string,
  of: (result: EpisodeResult) => number | undefined,
  result: EpisodeResult,
) => (metric === "success" || result.crash === undefined ? of(result) : undefined);

/** Both lists hold the same seeds in the same order; a metric is compared where both have it. */
export const compare = (
  first: readonly EpisodeResult[],
  second: readonly EpisodeResult[],
  seed: number,
): Comparison => {
  const pairs = first.map((a, index) => {
    const b = second[index];
    if (b?.seed !== a.seed || first.length !== second.length)
      throw new RangeError(`episode ${index} has seed ${a.seed} here and ${b?.seed} there`);
    return [a, b] as const;
  });
  const wonOnly = (mine: 0 | 1): number =>
    pairs.filter((pair) => isSuccess(pair[mine]) && !isSuccess(pair[1 - mine]!)).length;
  const [onlyFirst, onlySecond] = [wonOnly(0), wonOnly(1)];
  const differences: Record<string, Difference> = {};
  for (const [metric, of] of Object.entries(METRICS)) {
    const found = pairs.flatMap(([a, b]) => {
      const [x, y] = [measured(metric, of, a), measured(metric, of, b)];
      return x === undefined || y === undefined ? [] : x - y;
    });
    if (found.length > 0)
      differences[metric] = { pairs: found.length, ...pairedBootstrap(found, seed) };
  }
  return {
    pairs: pairs.length,
    onlyFirst,
    onlySecond,
    p: mcnemarExact(onlyFirst, onlySecond),
    differences,
  };
};
