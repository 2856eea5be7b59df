// The report of an evaluation as one HTML file: no scripts, no styles, fonts or pictures from elsewhere.
import type { Comparison } from "./comparison.ts";
import { contenders, type Evaluation } from "./evaluation.ts";
import { htmlPage, htmlTable, paragraph } from "./html-page.ts";
import type { Obedience } from "./obedience.ts";
import {
  comparisonLines,
  comparisonTable,
  confusionTable,
  latencyLine,
  resultTables,
  shareTable,
  type TextTable,
} from "./report-tables.ts";
import type { Share } from "./statistics.ts";
import { escapeMarkup, histogram, intervalBars } from "./svg-charts.ts";
import type { TaskSummary } from "./summary.ts";

export interface ReportContent {
  readonly robot: string;
  readonly seed: number;
  /** How many episodes there are where the evaluation was broken off. */
  readonly brokenOff?: string | undefined;
  readonly evaluations: readonly Evaluation[];
  /** Reactions of the first policy by task, milliseconds. */
  readonly reactions: Readonly<Record<string, readonly number[]>>;
  readonly comparison?: Readonly<Record<string, Comparison>> | undefined;
}

/** What was done as it was asked stands on a ground of its own. */
const confusionHtml = ([header = [], ...rows]: TextTable): string =>
  `<table class="confusion"><tr>${header.map((text) => `<th>${escapeMarkup(text)}</th>`).join("")}</tr>${rows
    .map(
      (row) =>
        `<tr>${row.map((text, i) => `<td${i > 0 && header[i] === row[0] ? ' class="right"' : ""}>${escapeMarkup(text)}</td>`).join("")}</tr>`,
    )
    .join("")}</table>`;

const sharesHtml = (of: string, shares: Readonly<Record<string, Share>>): string =>
  `<h3>By ${of}</h3>${intervalBars(shares)}${htmlTable(shareTable(of, shares))}`;

/** Which commands were obeyed, whose, and what was done instead. */
const obedienceHtml = ({ perAct, perSpeaker, confusion }: Partial<Obedience>): string =>
  [
    perAct && sharesHtml("act", perAct),
    perSpeaker && sharesHtml("speaker", perSpeaker),
    confusion && `<h3>Acts, asked and done</h3>${confusionHtml(confusionTable(confusion.acts))}`,
    confusion &&
      Object.keys(confusion.paces).length > 0 &&
      `<h3>Paces of the right acts, asked and done</h3>${confusionHtml(confusionTable(confusion.paces))}`,
  ]
    .filter(Boolean)
    .join("\n");

const failuresHtml = (tasks: Readonly<Record<string, TaskSummary>>): string => {
  const lines = Object.entries(tasks).flatMap(([task, { failures }]) =>
    failures.map(
      ({ seed, atMs, reason }) =>
        `<li>${escapeMarkup(`${task}, seed ${seed}, at ${(atMs / 1000).toFixed(2)} s: ${reason}`)}</li>`,
    ),
  );
  return lines.length === 0
    ? "<p>Nothing failed.</p>"
    : `<details${lines.length > 20 ? "" : " open"}><summary>${lines.length} failed</summary><ul>${lines.join("")}</ul></details>`;
};

const evaluationHtml = (evaluation: Evaluation): string => {
  const { policy, body, tasks } = evaluation;
  const [method] = Object.values(tasks).map(({ joulesPerSuccess }) => joulesPerSuccess.method);
  return [
    `<h2>${escapeMarkup(`${policy}, body ${body}`)}</h2>`,
    intervalBars(tasks),
    ...resultTables(evaluation).map(htmlTable),
    paragraph(`${latencyLine(evaluation)}. ${NOTES} Joules: ${method}.`),
    ...Object.values(tasks).map(obedienceHtml),
    "<h3>Failures</h3>",
    failuresHtml(tasks),
  ].join("\n");
};

const NOTES =
  "A success costs what all attempts cost, failed ones too, by those that succeeded. Jerk is the RMS over servos and time of the third derivative of the applied angles; in the middle means within 10 % of the picture's width, from 1 s on; tracking error is the mean angle between the camera's axis and the ball; the pace is counted over the commands that asked for one and got their act.";

const comparisonHtml = ({ comparison, evaluations }: ReportContent): string =>
  comparison === undefined
    ? ""
    : `<h2>${escapeMarkup(contenders(evaluations).join(" against "))}</h2>
<ul>${comparisonLines(comparison)
        .map((line) => `<li>${escapeMarkup(line)}</li>`)
        .join("")}</ul>
${htmlTable(comparisonTable(comparison))}
${paragraph("Pairs of episodes with the same seed; means of first minus second with the paired bootstrap interval of 95 %; 100 points are all of an episode's attempts, or all of its time.")}`;

export const htmlReport = (content: ReportContent): string => {
  const { robot, seed, brokenOff, evaluations, reactions } = content;
  const policies = new Set(evaluations.map(({ policy }) => policy));
  const title = `${[...policies].join(" and ")} on ${robot}`;
  const histograms = Object.entries(reactions)
    .filter(([, values]) => values.length > 0)
    .map(([task, values]) => `<h3>${escapeMarkup(task)}</h3>${histogram(values, "ms")}`);
  return htmlPage(
    title,
    `${paragraph(`Simulated episodes from seed ${seed} on.${brokenOff === undefined ? "" : ` Broken off: ${brokenOff}.`}`)}
${evaluations.map(evaluationHtml).join("\n")}
${comparisonHtml(content)}
<h2>Reactions of ${escapeMarkup(evaluations[0]?.policy ?? "")}</h2>
${histograms.join("\n") || "<p>None.</p>"}`,
  );
};
