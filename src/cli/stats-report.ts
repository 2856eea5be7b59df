// The report of efference stats as one HTML file: the flux over time, what a success cost, session by session.
import type { FluxOverTime } from "../evaluation/flux-over-time.ts";
import { htmlPage, htmlTable, paragraph } from "../evaluation/html-page.ts";
import { histogram, intervalBars, type Line, lineChart } from "../evaluation/svg-charts.ts";
import type { TokenUse } from "../evaluation/token-use.ts";
import {
  bySession,
  fluxRows,
  happened,
  outcomeRows,
  type SessionStats,
  vocabularyLines,
} from "./stats-tables.ts";

interface StatsContent {
  readonly use: TokenUse;
  readonly overTime: FluxOverTime;
  readonly sessions: readonly SessionStats[];
}

const COLOURS = [
  "#2a78d6",
  "#d9622b",
  "#2a9d5c",
  "#8a5bd1",
  "#c13f6d",
  "#b08a1e",
  "#1f9aa8",
  "#7a7a7a",
  "#5b7f1a",
  "#96492b",
  "#3b3f9e",
  "#d67ab1",
];

const linesOf = (bySource: FluxOverTime["in"]): Line[] =>
  Object.entries(bySource).map(([name, values], index) => ({
    name,
    colour: COLOURS[index % COLOURS.length]!,
    values,
  }));

const charts = ({ binS, in: consumed, out: produced, sessions }: FluxOverTime): string => {
  const places = sessions.map((_, bin) => bin * binS);
  return [
    lineChart("Tokens a second, consumed", "second", places, linesOf(consumed)),
    lineChart("Tokens a second, produced", "second", places, linesOf(produced)),
  ].join("\n");
};

const GOODHART =
  "Use is a measure and not a target: a robot that says nothing is the thriftiest of all. Compare tokens only at equal success, on the same tasks and seeds.";

export const statsReport = ({ use, overTime, sessions }: StatsContent): string => {
  const tasks = Object.entries(use.byTask).flatMap(([task, { judged }]) =>
    judged.attempts === 0 ? [] : [[task === "" ? "(no name)" : task, judged] as const],
  );
  const ratios = sessions.flatMap(({ ratio }) => ratio ?? []);
  return htmlPage(
    sessions.length === 1
      ? `Tokens in ${sessions[0]!.session}`
      : `Tokens in ${sessions.length} sessions`,
    [
      paragraph(GOODHART),
      tasks.length > 0 ? `<h2>Outcomes</h2>${intervalBars(Object.fromEntries(tasks))}` : "",
      htmlTable(outcomeRows(use)),
      paragraph(
        `A success pays for every attempt. Unknown: a session does not tell it. Joules: ${use.perSuccess.method}.`,
      ),
      charts(overTime),
      htmlTable(fluxRows(use, overTime).map((row) => row.map(String))),
      ...vocabularyLines(use).map(paragraph),
      ratios.length > 1
        ? `<h2>Tokens in for each out, over sessions</h2>${histogram(ratios, "tokens")}`
        : "",
      "<h2>Sessions</h2>",
      htmlTable(bySession(use, sessions)),
      ...(sessions.length === 1 ? happened(sessions[0]!).map(paragraph) : []),
    ]
      .filter((part) => part !== "")
      .join("\n"),
  );
};
