// The charts of a report, as SVG text: shares with their intervals, a histogram, and lines. They take
// the page's own ink, and its `bar` colour, so that they follow it into the dark.
import { quantile, type Share } from "./statistics.ts";

const FONT = `font-family="system-ui, sans-serif" font-size="13" fill="currentColor"`;
const CHART_PX = 420;
const ROW_PX = 26;
/** The widest that a character of the labels comes to, nearly. */
const CHARACTER_PX = 7.5;

/** Text as it stands in HTML and SVG, attributes included. */
export const escapeMarkup = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

const svg = (width: number, height: number, label: string, inside: string): string =>
  `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeMarkup(label)}">${inside}</svg>`;

export const intervalBars = (shares: Readonly<Record<string, Share>>): string => {
  const names = Object.keys(shares);
  const left = Math.ceil(Math.max(...names.map(({ length }) => length), 8) * CHARACTER_PX) + 10;
  const x = (share: number): string => (left + share * CHART_PX).toFixed(1);
  const rows = Object.entries(shares).map(
    (
      [
        name,
        {
          success,
          wilson95: [low, high],
        },
      ],
      row,
    ) => {
      const middle = row * ROW_PX + ROW_PX / 2;
      return [
        `<text x="0" y="${middle + 4}" ${FONT}>${escapeMarkup(name)}</text>`,
        `<rect x="${x(0)}" y="${middle - 8}" width="${(success * CHART_PX).toFixed(1)}" height="16" class="bar"/>`,
        `<path d="M${x(low)} ${middle}H${x(high)}M${x(low)} ${middle - 5}v10M${x(high)} ${middle - 5}v10" stroke="currentColor" stroke-width="1.5" fill="none"/>`,
        `<text x="${left + CHART_PX + 10}" y="${middle + 4}" ${FONT}>${(100 * success).toFixed(1)} %</text>`,
      ].join("");
    },
  );
  const label = "shares of success with their 95 % intervals";
  return svg(left + CHART_PX + 80, names.length * ROW_PX, label, rows.join(""));
};

const BINS = 24;
const HISTOGRAM_PX = 120;

export const histogram = (values: readonly number[], unit: string): string => {
  const low = quantile(values, 0);
  const span = quantile(values, 1) - low || 1;
  const counts = Array.from({ length: BINS }, () => 0);
  for (const value of values)
    counts[Math.min(BINS - 1, Math.floor(((value - low) / span) * BINS))]!++;
  const most = Math.max(...counts);
  const width = CHART_PX / BINS;
  const bars = counts.map((count, bin) => {
    const height = (count / most) * HISTOGRAM_PX;
    return `<rect x="${(bin * width).toFixed(1)}" y="${(HISTOGRAM_PX - height).toFixed(1)}" width="${(width - 1).toFixed(1)}" height="${height.toFixed(1)}" class="bar"/>`;
  });
  const axis = [0, 0.5, 1].map((share) => {
    const anchor = ["start", "middle", "end"][share * 2]!;
    return `<text x="${share * CHART_PX}" y="${HISTOGRAM_PX + 18}" text-anchor="${anchor}" ${FONT}>${(low + share * span).toFixed(0)} ${unit}</text>`;
  });
  return svg(CHART_PX, HISTOGRAM_PX + 26, `histogram, ${unit}`, bars.join("") + axis.join(""));
};

export interface Line {
  readonly name: string;
  readonly colour: string;
  /** As many as there are places along the axis. */
  readonly values: readonly number[];
}

const LINES_PX = { width: 640, height: 220, left: 52, bottom: 24, margin: 8 };

/** Lines over `places`, which are told in `unit`; the axis goes from 0 to the highest value. */
export const lineChart = (
  title: string,
  unit: string,
  places: readonly number[],
  lines: readonly Line[],
): string => {
  const { width, height, left, bottom, margin } = LINES_PX;
  const highest = Math.max(...lines.flatMap(({ values }) => values), Number.MIN_VALUE);
  const last = places.at(-1) ?? 1;
  const x = (place: number): string =>
    (left + (last === 0 ? 0 : place / last) * (width - left - margin)).toFixed(1);
  const y = (value: number): string =>
    (margin + (1 - value / highest) * (height - margin - bottom)).toFixed(1);
  const grid = [0, 0.5, 1].map((share) => {
    const level = y(share * highest);
    return `<path d="M${left} ${level}H${width}" stroke="currentColor" opacity=".2"/><text x="${left - 6}" y="${level}" text-anchor="end" dy=".35em" ${FONT}>${Number((share * highest).toPrecision(3))}</text>`;
  });
  const paths = lines.map(
    ({ colour, values }) =>
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${values.map((value, i) => `${x(places[i]!)},${y(value)}`).join(" ")}"/>`,
  );
  const end = `<text x="${x(last)}" y="${height - 6}" text-anchor="end" ${FONT}>${unit} ${last}</text>`;
  const legend = lines.map(
    ({ name, colour }) => `<span style="color:${colour}">&#9632;</span> ${escapeMarkup(name)}`,
  );
  const chart = svg(width, height, `${title}, by ${unit}`, [...grid, ...paths, end].join(""));
  return `<h2>${escapeMarkup(title)}</h2><p>${legend.join(" &nbsp; ")}</p>${chart}`;
};
