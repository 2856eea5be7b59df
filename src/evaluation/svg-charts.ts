// The two charts of a report, as SVG text: shares with their intervals, and a histogram.
import { quantile, type Interval } from "./statistics.ts";

const INK = "#1c2430";
const BAR = "#5b8def";
const FONT = `font-family="system-ui, sans-serif" font-size="13" fill="${INK}"`;
const LABELS_PX = 230;
const CHART_PX = 420;
const ROW_PX = 26;

/** Text as it stands in HTML and SVG, attributes included. */
export const escapeMarkup = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

const svg = (width: number, height: number, inside: string): string =>
  `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">${inside}</svg>`;

export const intervalBars = (
  bars: readonly { readonly label: string; readonly rate: number; readonly interval: Interval }[],
): string => {
  const x = (share: number): string => (LABELS_PX + share * CHART_PX).toFixed(1);
  const rows = bars.map(({ label, rate, interval: [low, high] }, row) => {
    const middle = row * ROW_PX + ROW_PX / 2;
    return [
      `<text x="0" y="${middle + 4}" ${FONT}>${escapeMarkup(label)}</text>`,
      `<rect x="${x(0)}" y="${middle - 8}" width="${(rate * CHART_PX).toFixed(1)}" height="16" fill="${BAR}"/>`,
      `<path d="M${x(low)} ${middle}H${x(high)}M${x(low)} ${middle - 5}v10M${x(high)} ${middle - 5}v10" stroke="${INK}" stroke-width="1.5" fill="none"/>`,
      `<text x="${LABELS_PX + CHART_PX + 10}" y="${middle + 4}" ${FONT}>${(100 * rate).toFixed(1)} %</text>`,
    ].join("");
  });
  return svg(LABELS_PX + CHART_PX + 80, bars.length * ROW_PX, rows.join(""));
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
    return `<rect x="${(bin * width).toFixed(1)}" y="${(HISTOGRAM_PX - height).toFixed(1)}" width="${(width - 1).toFixed(1)}" height="${height.toFixed(1)}" fill="${BAR}"/>`;
  });
  const axis = [0, 0.5, 1].map((share) => {
    const anchor = ["start", "middle", "end"][share * 2]!;
    return `<text x="${share * CHART_PX}" y="${HISTOGRAM_PX + 18}" text-anchor="${anchor}" ${FONT}>${(low + share * span).toFixed(0)} ${unit}</text>`;
  });
  return svg(CHART_PX, HISTOGRAM_PX + 26, bars.join("") + axis.join(""));
};
