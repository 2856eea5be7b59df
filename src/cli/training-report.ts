// How a training went, as one HTML page without anything to load: the curves of its looks.
import { escapeMarkup } from "../evaluation/svg-charts.ts";
import type { FitResult } from "../training/fit.ts";

const WIDTH = 640;
const HEIGHT = 220;
const LEFT = 52;
const BOTTOM = 24;

interface Line {
  readonly name: string;
  readonly colour: string;
  readonly values: readonly number[];
}

/** Lines over the steps; the axis goes from 0 to the highest value. */
const chart = (title: string, steps: readonly number[], lines: readonly Line[]): string => {
  const highest = Math.max(...lines.flatMap(({ values }) => values), Number.MIN_VALUE);
  const last = steps.at(-1) ?? 1;
  const x = (step: number): string => (LEFT + (step / last) * (WIDTH - LEFT - 8)).toFixed(1);
  const y = (value: number): string =>
    (8 + (1 - value / highest) * (HEIGHT - 8 - BOTTOM)).toFixed(1);
  const grid = [0, 0.5, 1].map(
    (share) =>
      `<path d="M${LEFT} ${y(share * highest)}H${WIDTH}" stroke="currentColor" opacity=".2"/><text x="${LEFT - 6}" y="${y(share * highest)}" text-anchor="end" dy=".35em">${(share * highest).toPrecision(3)}</text>`,
  );
  const paths = lines.map(
    ({ colour, values }) =>
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${values.map((value, i) => `${x(steps[i]!)},${y(value)}`).join(" ")}"/>`,
  );
  const legend = lines.map(
    ({ name, colour }) => `<span style="color:${colour}">&#9632;</span> ${escapeMarkup(name)}`,
  );
  return `<h2>${escapeMarkup(title)}</h2><p>${legend.join(" &nbsp; ")}</p><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escapeMarkup(title)} over the steps" fill="currentColor" font-family="system-ui, sans-serif" font-size="12">${grid.join("")}${paths.join("")}<text x="${x(last)}" y="${HEIGHT - 6}" text-anchor="end">step ${last}</text></svg>`;
};

export const trainingReport = (
  name: string,
  { curve, steps, seconds, loss }: FitResult,
): string => {
  const at = curve.map(({ step }) => step);
  const losses = chart("Loss", at, [
    { name: "learned from", colour: "#2a78d6", values: curve.map(({ train }) => train) },
    { name: "held out", colour: "#d9622b", values: curve.map(({ heldOut }) => heldOut) },
  ]);
  const right = chart("Held-out answers foretold, %", at, [
    { name: "right", colour: "#2a9d5c", values: curve.map(({ accuracy }) => 100 * accuracy) },
  ]);
  const title = escapeMarkup(`training of ${name}`);
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}svg{max-width:100%;height:auto}</style>
<h1>${title}</h1>
<p>${steps} steps in ${Math.round(seconds)} s; the parameters kept are those of the best look, held-out loss ${loss.heldOut.toFixed(4)}.</p>
${losses}
${right}
</html>
`;
};
