// How a training went, as one HTML page without anything to load: the curves of its looks.
import { htmlPage, paragraph } from "../evaluation/html-page.ts";
import { lineChart } from "../evaluation/svg-charts.ts";
import type { FitResult } from "../training/fit.ts";

export const trainingReport = (
  name: string,
  { curve, steps, seconds, loss }: FitResult,
): string => {
  const at = curve.map(({ step }) => step);
  const losses = lineChart("Loss", "step", at, [
    { name: "learned from", colour: "#2a78d6", values: curve.map(({ train }) => train) },
    { name: "held out", colour: "#d9622b", values: curve.map(({ heldOut }) => heldOut) },
  ]);
  const right = lineChart("Held-out answers foretold, %", "step", at, [
    { name: "right", colour: "#2a9d5c", values: curve.map(({ accuracy }) => 100 * accuracy) },
  ]);
  const kept = `${steps} steps in ${Math.round(seconds)} s; the parameters kept are those of the best look, held-out loss ${loss.heldOut.toFixed(4)}.`;
  return htmlPage(`training of ${name}`, [paragraph(kept), losses, right].join("\n"));
};
