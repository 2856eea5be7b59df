// What a person sees while calibrating: a row a servo with what was found, what is asked of them now, and the keys.
import { referenceDeg } from "../../core/calibration.ts";
import type { Servo } from "../../core/robot.ts";
import { table } from "../output.ts";
import type { Phase, Sweep } from "./sweep.ts";

const us = (value: number | undefined): string =>
  value === undefined || !Number.isFinite(value) ? "" : value.toFixed(0);

const STATES: Readonly<Record<Phase, string>> = {
  ends: "sweep",
  centre: "centre",
  direction: "direction",
  done: "done",
  skipped: "skipped",
};

const ASKED: Readonly<Record<Phase, (servo: Servo) => string>> = {
  ends: ({ name }) =>
    `${name}: sweep it as far as it turns, both ways, and no further. Gone too far (it hums, or stands still)?\n` +
    "Go back until it moves, and press e: the end is here. Enter when both ends were seen.",
  centre: (servo) =>
    `${servo.name}: bring it to ${referenceDeg(servo)} degrees, as robot.yaml and the simulation mean them, and press Enter.`,
  direction: ({ name }) => `${name}: it turns a little now. Does its angle grow? y or n`,
  done: () => "",
  skipped: () => "",
};

const KEYS =
  "left, right: move · comma, point: a little · s: leave this servo as it is\n" +
  "space: no pulses (c clears) · Ctrl-C: limp and out, and nothing is written";

export interface Line {
  readonly servo: Servo;
  readonly sweep: Sweep | undefined;
}

/** The last line whose servo has a sweep is the one at hand. */
export const sheet = (lines: readonly Line[], mode: string): string => {
  const current = lines.findLast(({ sweep }) => sweep !== undefined);
  const rows = lines.map(({ servo, sweep }) => [
    `${sweep === current?.sweep && sweep !== undefined ? ">" : " "} ${servo.name}`,
    servo.pin,
    us(sweep?.minUs),
    us(sweep === current?.sweep ? sweep?.nowUs : undefined),
    us(sweep?.maxUs),
    us(sweep?.centreUs),
    sweep?.direction === undefined ? "" : sweep.direction === 1 ? "with it" : "against it",
    sweep === undefined ? "" : STATES[sweep.phase],
  ]);
  const head = ["  servo", "pin", "min us", "now", "max", "centre", "angle", "step"];
  const asked = current?.sweep ? ASKED[current.sweep.phase](current.servo) : "";
  const refusal = current?.sweep?.refusal ?? "";
  return [table([head, ...rows]), `board: ${mode}`, asked, refusal, KEYS]
    .filter((part) => part !== "")
    .join("\n\n");
};
