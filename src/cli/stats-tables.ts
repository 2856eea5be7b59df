// The figures of efference stats as rows of text, the same for a terminal and for a page.
import type { FluxOverTime } from "../evaluation/flux-over-time.ts";
import { costRange, perThousand } from "../evaluation/report-tables.ts";
import type { Outcomes, TokenUse } from "../evaluation/token-use.ts";
import type { Flux } from "../session/flux.ts";
import type { Row } from "./output.ts";

export type SessionStats = TokenUse &
  Pick<Flux, "episodes" | "acts" | "frames" | "safety"> & { readonly session: string };

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const figure = (value: number | null, digits: number): string =>
  value === null ? "unknown" : value.toFixed(digits);

const BLOCKS = "▁▂▃▄▅▆▇█";

/** A line of blocks, the highest of them at the highest value; of more values than 60 not all. */
const sparkline = (values: readonly number[]): string => {
  const highest = Math.max(...values, 1e-9);
  return values
    .map((value) => BLOCKS[Math.round((value / highest) * (BLOCKS.length - 1))]!)
    .join("");
};

export const fluxRows = (use: TokenUse, overTime: FluxOverTime): Row[] => {
  const rows = (side: "in" | "out"): Row[] => [
    ...Object.entries(use.flux[side]).map(([source, { tokens, perS }]): Row => [
      `${side}  ${source}`,
      tokens,
      figure(perS, 1).padStart(8),
      sparkline(overTime[side][source] ?? []),
    ]),
    [`${side}  all`, use.tokens[side], figure(rateOf(use, side), 1).padStart(8)],
  ];
  return [
    ["tokens", "count", "   per s", `over time, ${overTime.binS} s a block`],
    ...rows("in"),
    ...rows("out"),
    ["in for each out", "", figure(use.ratio, 1).padStart(8)],
  ];
};

const rateOf = ({ tokens, durationS }: TokenUse, side: "in" | "out"): number | null =>
  durationS > 0 ? tokens[side] / durationS : null;

export const vocabularyLines = ({ vocabulary }: TokenUse): string[] =>
  (["in", "out"] as const).map((side) => {
    const { used, entropy, topToken, topShare } = vocabulary[side];
    const most = used === 0 ? "" : `, most frequent ${topToken} (${percent(topShare)})`;
    return `${side.padEnd(3)} ${used} of ${vocabulary.size} ids used, entropy ${entropy.toFixed(2)} bits${most}`;
  });

/** What outcomes cost, a row a task, and one for all where there are several. */
export const outcomeRows = ({ byTask, ...all }: TokenUse): string[][] => {
  const tasks = Object.entries(byTask);
  return [
    [
      "task",
      "succeeded",
      "95 % interval",
      "tokens a success",
      "95 % interval",
      "ms",
      "servo J",
      "cpu J (estimate)",
      "successes a 1000 command tokens",
      "a 1000 said",
    ],
    ...tasks.map(([task, outcomes]) => outcomeRow(task === "" ? "(no name)" : task, outcomes)),
    ...(tasks.length > 1 ? [outcomeRow("all", all)] : []),
  ];
};

const outcomeRow = (name: string, outcomes: Outcomes): string[] => {
  const { judged, perSuccess, speakerEfficiency, modelEfficiency } = outcomes;
  if (judged.attempts === 0) return [name, "nobody said", ...Array<string>(8).fill("-")];
  const { successes, attempts, wilson95 } = judged;
  const cost = (value: number | null, digits: number): string =>
    successes === 0 ? "-" : figure(value, digits);
  const efficiency = (value: number | null): string =>
    value === null ? "unknown" : perThousand(value);
  return [
    name,
    `${successes} of ${attempts}`,
    wilson95.map(percent).join(" to "),
    cost(perSuccess.tokens, 0),
    costRange(perSuccess.tokensInterval),
    cost(perSuccess.ms, 0),
    cost(perSuccess.servoJoules, 2),
    cost(perSuccess.cpuJoules, 2),
    efficiency(speakerEfficiency),
    efficiency(modelEfficiency),
  ];
};

/** A row a session, then how they are spread. */
export const bySession = (
  { distribution }: TokenUse,
  sessions: readonly SessionStats[],
): string[][] => {
  const spread = (place: "min" | "p25" | "median" | "p75" | "max"): string[] => [
    place,
    "",
    ...(["inPerS", "outPerS", "ratio"] as const).map((of) =>
      figure(distribution[of]?.[place] ?? null, 1),
    ),
    "",
  ];
  return [
    ["session", "seconds", "in per s", "out per s", "in for each out", "outcomes"],
    ...sessions.map((session) => [
      session.session,
      session.durationS.toFixed(1),
      figure(rateOf(session, "in"), 1),
      figure(rateOf(session, "out"), 1),
      figure(session.ratio, 1),
      session.episodes.map(({ outcome }) => outcome ?? "?").join(" "),
    ]),
    ...(["min", "p25", "median", "p75", "max"] as const).map(spread),
  ];
};

/** What else happened in a session. */
export const happened = ({ acts, frames, safety }: SessionStats): string[] => {
  const told = Object.entries(acts).map(
    ([act, { started, ended, preempted }]) =>
      `${act} ${started} (${ended} ended, ${preempted} preempted)`,
  );
  const reasons = Object.entries(safety).map(([reason, count]) => `${reason} ${count}`);
  return [
    `acts      ${told.join(", ") || "none"}`,
    `frames    ${frames.applied} applied, ${frames.asked} asked for, ${frames.limited} limited by safety`,
    `safety    ${reasons.join(", ") || "nothing to limit"}`,
  ];
};
