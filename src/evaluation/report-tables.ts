// The figures of an evaluation as tables of text, the same for a terminal and for a page.
import type { Comparison } from "./comparison.ts";
import type { Evaluation } from "./evaluation.ts";
import { type Confusion, NOTHING } from "./obedience.ts";
import type { CostInterval, Interval, Share } from "./statistics.ts";

/** Rows of cells, the first one the header. */
export type TextTable = readonly (readonly string[])[];

const percent = (share: number): string => (100 * share).toFixed(1);
const range = ([low, high]: Interval, of: (bound: number) => string): string =>
  `${of(low)} to ${of(high)}`;
const figure = (value: number | null | undefined, digits = 0): string =>
  value === null || value === undefined ? "-" : value === Infinity ? "∞" : value.toFixed(digits);

/** An efficiency, successes a token, as people can read it. */
export const perThousand = (efficiency: number | null): string =>
  figure(efficiency === null ? null : 1000 * efficiency, 1);

/** The bounds of a cost; the upper one is open where some samples had no success. */
export const costRange = (interval: CostInterval | null): string =>
  interval === null ? "-" : `${figure(interval[0])} to ${figure(interval[1] ?? Infinity)}`;

/** What succeeded, how well it was done, and what a success cost. */
export const resultTables = ({ tasks }: Evaluation): TextTable[] => {
  const rows = Object.entries(tasks);
  return [
    [
      ["task", "episodes", "succeeded", "%", "95 % interval", "pace %", "uninvited", "malformed"],
      ...rows.map(([task, s]) => [
        task,
        String(s.episodes),
        `${s.successes} of ${s.attempts}`,
        percent(s.success),
        range(s.wilson95, percent),
        s.paceAccuracy === undefined ? "-" : percent(s.paceAccuracy),
        String(s.uninvited),
        String(s.malformed),
      ]),
    ],
    [
      [
        "task",
        "reaction p50 ms",
        "p99 ms",
        "in the middle % of time",
        "tracking error deg",
        "jerk deg/s³",
      ],
      ...rows.map(([task, s]) => [
        task,
        figure(s.reactionMs?.p50),
        figure(s.reactionMs?.p99),
        s.centredShare === undefined ? "-" : percent(s.centredShare),
        figure(s.trackingErrorDeg, 2),
        figure(s.jerkDegPerS3),
      ]),
    ],
    [
      [
        "each success",
        "tokens",
        "95 % interval",
        "cpu ms",
        "servo J",
        "cpu J (estimate)",
        "successes a 1000 command tokens",
        "a 1000 said",
      ],
      ...rows.map(([task, s]) => [
        task,
        figure(s.tokensPerSuccess),
        costRange(s.tokensPerSuccessInterval),
        figure(s.msPerSuccess, 2),
        figure(s.joulesPerSuccess.servo, 3),
        figure(s.joulesPerSuccess.cpu, 3),
        perThousand(s.speakerEfficiency),
        perThousand(s.modelEfficiency),
      ]),
    ],
  ];
};

export const latencyLine = ({ latencyMs, overheadRatio }: Evaluation): string =>
  `policy ms a tick: p50 ${latencyMs.p50}, p95 ${latencyMs.p95}, p99 ${latencyMs.p99}; the runtime takes ${percent(overheadRatio)} % on top`;

export const shareTable = (of: string, shares: Readonly<Record<string, Share>>): TextTable => [
  [of, "succeeded", "%", "95 % interval"],
  ...Object.entries(shares).map(([name, share]) => [
    name,
    `${share.successes} of ${share.attempts}`,
    percent(share.success),
    range(share.wilson95, percent),
  ]),
];

/** One row a thing asked for, one column a thing done, what never came in the last. */
export const confusionTable = (confusion: Confusion): TextTable => {
  const done = Object.values(confusion).flatMap((row) => Object.keys(row));
  const named = new Set([...Object.keys(confusion), ...done].toSorted());
  const missed = named.delete(NOTHING) ? [NOTHING] : [];
  const columns = [...named, ...missed];
  return [
    ["asked \\ done", ...columns],
    ...Object.entries(confusion).map(([asked, row]) => [
      asked,
      ...columns.map((column) => String(row[column] ?? "")),
    ]),
  ];
};

/** Shares are told in points, hundredths. */
const isShare = (metric: string): boolean => metric === "success" || metric === "centredShare";

export const comparisonTable = (comparison: Readonly<Record<string, Comparison>>): TextTable => [
  ["task", "first - second", "mean", "95 % interval", "pairs"],
  ...Object.entries(comparison).flatMap(([task, { differences }]) =>
    Object.entries(differences).map(([metric, d]) => {
      const of = isShare(metric) ? percent : (value: number): string => value.toFixed(3);
      return [
        task,
        isShare(metric) ? `${metric}, points` : metric,
        of(d.mean),
        d.interval === null ? "-" : range(d.interval, of),
        String(d.pairs),
      ];
    }),
  ),
];

/** McNemar's test in words, one line a task. */
export const comparisonLines = (comparison: Readonly<Record<string, Comparison>>): string[] =>
  Object.entries(comparison).map(
    ([task, { pairs, onlyFirst, onlySecond, p }]) =>
      `${task}: of ${pairs} episodes ${onlyFirst} only the first did, ${onlySecond} only the second; p = ${p.toPrecision(2)} (McNemar, exact)`,
  );
