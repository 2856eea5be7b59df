// The report of an evaluation as one HTML file: no scripts, no styles, fonts or pictures from elsewhere.
import type { Comparison } from "./comparison.ts";
import { escapeMarkup, histogram, intervalBars } from "./svg-charts.ts";
import type { TaskSummary } from "./summary.ts";

export interface ReportContent {
  readonly robot: string;
  readonly seed: number;
  readonly evaluations: readonly {
    readonly policy: string;
    readonly tasks: Readonly<Record<string, TaskSummary>>;
  }[];
  /** Reactions of the first policy by task, milliseconds. */
  readonly reactions: Readonly<Record<string, readonly number[]>>;
  readonly comparison?: Readonly<Record<string, Comparison>> | undefined;
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid #dde2ea; }
th:first-child, td:first-child { text-align: left; }
svg { display: block; max-width: 100%; }
.note { color: #5a6678; }`;

const htmlTable = (rows: readonly (readonly string[])[]): string =>
  `<table>${rows
    .map((row, index) => {
      const cell = index === 0 ? "th" : "td";
      return `<tr>${row.map((text) => `<${cell}>${escapeMarkup(text)}</${cell}>`).join("")}</tr>`;
    })
    .join("")}</table>`;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const figure = (value: number | null | undefined, digits = 0): string =>
  value === null || value === undefined ? "-" : value.toFixed(digits);

const summaryTable = (tasks: ReportContent["evaluations"][number]["tasks"]): string =>
  htmlTable([
    [
      "task",
      "episodes",
      "succeeded",
      "rate",
      "95 % interval",
      "uninvited",
      "reaction p50",
      "p95 ms",
      "error deg",
      "jerk deg/s³",
      "malformed",
      "tokens / success",
      "ms / success",
      "J / success",
    ],
    ...Object.entries(tasks).map(([task, s]) => [
      task,
      String(s.episodes),
      `${s.successes} of ${s.attempts}`,
      percent(s.rate),
      `${percent(s.interval[0])} to ${percent(s.interval[1])}`,
      String(s.uninvited),
      figure(s.reactionMs?.p50),
      figure(s.reactionMs?.p95),
      figure(s.errorDeg, 2),
      figure(s.jerkDegPerS3),
      String(s.malformed),
      figure(s.perSuccess?.tokens),
      figure(s.machine.perSuccess?.ms, 2),
      figure(s.machine.perSuccess?.joules, 3),
    ]),
  ]);

const failuresList = (tasks: ReportContent["evaluations"][number]["tasks"]): string => {
  const lines = Object.entries(tasks).flatMap(([task, { failures }]) =>
    failures.map(
      ({ seed, atMs, reason }) =>
        `<li>${escapeMarkup(`${task}, seed ${seed}, at ${(atMs / 1000).toFixed(2)} s: ${reason}`)}</li>`,
    ),
  );
  return lines.length === 0 ? "<p>Nothing failed.</p>" : `<ul>${lines.join("")}</ul>`;
};

const comparisonSection = (content: ReportContent): string => {
  const { comparison, evaluations } = content;
  if (!comparison) return "";
  const names = evaluations.map(({ policy }) => policy).join(" against ");
  const rows = Object.entries(comparison).flatMap(([task, c]) => [
    [
      task,
      "success",
      `${c.onlyFirst} only first, ${c.onlySecond} only second`,
      `p = ${c.p.toPrecision(2)}`,
    ],
    ...Object.entries(c.differences).map(([metric, d]) => [
      task,
      metric,
      d.mean.toFixed(2),
      `${d.interval[0].toFixed(2)} to ${d.interval[1].toFixed(2)}`,
    ]),
  ]);
  return `<h2>${escapeMarkup(names)}</h2><p class="note">Pairs of episodes with the same seed. Success: McNemar's exact test. The rest: mean of first minus second, paired bootstrap interval of 95 %.</p>${htmlTable([["task", "metric", "difference", "interval or p"], ...rows])}`;
};

export const htmlReport = (content: ReportContent): string => {
  const { robot, seed, evaluations, reactions } = content;
  const title = `${evaluations.map(({ policy }) => policy).join(" and ")} on ${robot}`;
  const watts = Object.values(evaluations[0]?.tasks ?? {})[0]?.machine.wattsPerCore;
  const bars = evaluations.flatMap(({ policy, tasks }) =>
    Object.entries(tasks).map(([task, { rate, interval }]) => ({
      label: evaluations.length > 1 ? `${task}, ${policy}` : task,
      rate,
      interval,
    })),
  );
  const histograms = Object.entries(reactions)
    .filter(([, values]) => values.length > 0)
    .map(([task, values]) => `<h3>${escapeMarkup(task)}</h3>${histogram(values, "ms")}`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeMarkup(title)}</title><style>${STYLE}</style></head>
<body>
<h1>${escapeMarkup(title)}</h1>
<p class="note">Simulated episodes from seed ${seed} on. Costs per success include those of the failures. Joules are the servos' mechanical work and, as an estimate, the processor's busy time at ${watts} W a core.</p>
<h2>Success</h2>
${intervalBars(bars)}
${evaluations.map(({ policy, tasks }) => `<h3>${escapeMarkup(policy)}</h3>${summaryTable(tasks)}`).join("\n")}
${comparisonSection(content)}
<h2>Reactions of ${escapeMarkup(evaluations[0]?.policy ?? "")}</h2>
${histograms.join("\n") || "<p>None.</p>"}
<h2>Failures</h2>
${evaluations.map(({ policy, tasks }) => `<h3>${escapeMarkup(policy)}</h3>${failuresList(tasks)}`).join("\n")}
</body></html>
`;
};
