// The ranking of episodes as one HTML page with nothing to load: how each measure is spread, and every
// episode with its score and its reasons.
import { htmlPage, htmlTable, paragraph } from "../evaluation/html-page.ts";
import { escapeMarkup, histogram } from "../evaluation/svg-charts.ts";
import type { ScoredEpisode } from "../session/curation/score-sessions.ts";

const NOTES =
  "A score is 1 where nothing stands out against the median of the robot and task, and 0 behind a gate. Path and jerk are taken over equally many servo frames from the first thing said on; idle is the share of the whole episode in which no servo moved; surprise is the mean negative log-likelihood of the tokens said, under the policy asked. What stands out is marked with !";

const MEASURES: readonly {
  readonly name: string;
  readonly unit: string;
  readonly of: (episode: ScoredEpisode) => number | undefined;
}[] = [
  { name: "Score", unit: "%", of: ({ score }) => 100 * score },
  { name: "Jerk", unit: "deg/s3", of: ({ jerkDegPerS3 }) => jerkDegPerS3 },
  { name: "Path", unit: "deg", of: ({ pathDeg }) => pathDeg },
  { name: "Idle", unit: "%", of: ({ idleShare }) => 100 * idleShare },
  {
    name: "Surprise",
    unit: "centinats a token",
    of: ({ surpriseNats: nats }) => nats && 100 * nats,
  },
];

const BAR_PX = 90;

const scoreBar = (score: number): string =>
  `<svg viewBox="0 0 ${BAR_PX} 10" width="${BAR_PX}" height="10" role="img" aria-label="score ${score.toFixed(2)}"><rect width="${(score * BAR_PX).toFixed(1)}" height="10" class="bar"/><rect x=".5" y=".5" width="${BAR_PX - 1}" height="9" fill="none" stroke="currentColor" opacity=".3"/></svg>`;

const row = ({ score, session, episode, task, gates, reasons }: ScoredEpisode): string => {
  const told = [...gates.map((gate) => `GATE ${gate}`), ...reasons].map((text) => {
    const stands = text.startsWith("!") || text.startsWith("GATE");
    return stands ? `<b>${escapeMarkup(text)}</b>` : escapeMarkup(text);
  });
  return `<tr><td>${escapeMarkup(`${session}#${episode}`)}</td><td>${escapeMarkup(task)}</td><td>${score.toFixed(2)}</td><td>${scoreBar(score)}</td><td style="text-align:left;white-space:normal">${told.join("; ")}</td></tr>`;
};

/** `episodes` best first. */
export const curationReport = (episodes: readonly ScoredEpisode[]): string => {
  const gated = episodes.filter(({ gates }) => gates.length > 0).length;
  const alike = episodes.filter(({ duplicateOf }) => duplicateOf !== undefined).length;
  const tasks = [...new Set(episodes.map(({ task }) => task))];
  const charts = MEASURES.flatMap(({ name, unit, of }) => {
    const values = episodes.map(of).filter((value) => value !== undefined);
    return values.length === 0 ? [] : `<h3>${name}</h3>${histogram(values, unit)}`;
  });
  return htmlPage(
    `${episodes.length} episodes, scored`,
    `${paragraph(`${gated} behind a gate, ${alike} nearly the same as a better one. ${NOTES}`)}
${htmlTable([
  ["task", "episodes", "behind a gate"],
  ...tasks.map((task) => {
    const own = episodes.filter((one) => one.task === task);
    const shut = own.filter(({ gates }) => gates.length > 0);
    return [task || "-", `${own.length}`, `${shut.length}`];
  }),
])}
<h2>How they are spread</h2>
${charts.join("\n")}
<h2>Best first</h2>
<table><tr><th>episode</th><th>task</th><th>score</th><th></th><th style="text-align:left">why</th></tr>
${episodes.map(row).join("\n")}
</table>`,
  );
};
