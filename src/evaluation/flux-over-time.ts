// How the flux of tokens went on, in bins of a session's time; of several sessions, the mean of those that were
// still going on. The bin in which a session ends counts as a whole one.

interface PerSecond {
  readonly perSecond: Readonly<Record<string, readonly number[]>>;
}

export interface FluxOverTime {
  readonly binS: number;
  /** Sessions that lasted into each bin. */
  readonly sessions: readonly number[];
  /** Tokens a second and session, by source. */
  readonly in: Readonly<Record<string, readonly number[]>>;
  readonly out: Readonly<Record<string, readonly number[]>>;
}

const BINS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600];
const MOST_BINS = 60;

export const fluxOverTime = (
  sessions: readonly {
    readonly durationS: number;
    readonly in: PerSecond;
    readonly out: PerSecond;
  }[],
): FluxOverTime => {
  const longestS = Math.max(0, ...sessions.map((s) => s.durationS));
  const binS = BINS_S.find((seconds) => longestS / seconds <= MOST_BINS) ?? longestS / MOST_BINS;
  const bins = Array.from({ length: Math.max(1, Math.ceil(longestS / binS)) }, (_, bin) => bin);
  const going = bins.map((bin) => sessions.filter((s) => s.durationS > bin * binS).length);
  const rates = (side: "in" | "out"): Record<string, number[]> => {
    const sources = new Set(sessions.flatMap((s) => Object.keys(s[side].perSecond)));
    return Object.fromEntries(
      [...sources].map((source) => {
        const counts = bins.map(() => 0);
        for (const session of sessions)
          for (const [second, tokens] of (session[side].perSecond[source] ?? []).entries())
            counts[Math.min(bins.length - 1, Math.floor(second / binS))]! += tokens;
        return [source, counts.map((tokens, bin) => tokens / (binS * Math.max(1, going[bin]!)))];
      }),
    );
  };
  return {
    binS,
    sessions: going,
    in: rates("in"),
    out: rates("out"),
  };
};
