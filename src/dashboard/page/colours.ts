// A hue for each kind of sense, the same in the river, the flux meter and the tables.
import type { SensorKind } from "../../core/robot.ts";

const HUES: Readonly<Record<SensorKind, number>> = {
  microphone: 205,
  camera: 275,
  heat: 14,
  distance: 180,
  touch: 48,
  joints: 130,
};

export const OUT_HUE = 330;
export const SELF_HUE = 330;

export const hueOf = (kind: SensorKind | undefined): number =>
  kind === undefined ? OUT_HUE : HUES[kind];

/** A token's own shade of its sense's hue, so that a change of ids is seen. */
export const shadeOf = (hue: number, id: number): string =>
  `hsl(${hue} ${55 + ((id * 7) % 4) * 12}% ${42 + ((id * 13) % 6) * 6}%)`;
