import { describe, expect, it } from "vitest";
import type { Sample } from "../../../src/core/ports.ts";
import { SensorWatch } from "../../../src/sensors/sensor-watch.ts";
import { robotWith } from "../tokens/robot-fixture.ts";

const { sensors } = robotWith();
const S = 1e9;

const watched = (names: readonly string[], live: readonly string[] = []) =>
  new SensorWatch({
    sensors: sensors.filter(({ name }) => names.includes(name)),
    live: new Set(live),
  });

/** Samples at a rate for some seconds; what is wrong at their end. */
const after = (
  watch: SensorWatch,
  seconds: number,
  rateHz: number,
  sample: (timeNs: number) => Sample,
): string[] => {
  watch.warnings(0);
  let told: string[] = [];
  for (let i = 1; i <= seconds * rateHz; i++) {
    const timeNs = (i / rateHz) * S;
    watch.take(sample(timeNs));
    if (i % rateHz === 0) told = watch.warnings(timeNs);
  }
  return told;
};

const heat = (timeNs: number): Sample => ({
  kind: "values",
  sensor: "heat_left",
  timeNs,
  values: Float64Array.of(20),
});
const picture =
  (change: number) =>
  (timeNs: number): Sample => ({
    kind: "image",
    sensor: "eye",
    timeNs,
    width: 32,
    height: 24,
    rgb: new Uint8Array(32 * 24 * 3).fill((timeNs / 1e8) * change),
    depthM: new Float32Array(32 * 24),
  });
const sound =
  (level: number) =>
  (timeNs: number): Sample => ({
    kind: "audio",
    sensor: "ear",
    timeNs,
    rateHz: 16_000,
    pcm: new Float32Array(320).fill(level),
  });

describe("a watch over the senses", () => {
  it("has nothing to say of a sensor at its rate", () => {
    expect(after(watched(["heat_left"]), 6, 20, heat)).toEqual([]);
  });

  it("tells which is slower than it should be, and how slow", () => {
    expect(after(watched(["heat_left"]), 6, 5, heat)).toEqual(["heat_left is slow: 5.0 of 20 Hz"]);
  });

  it("tells which says nothing", () => {
    const watch = watched(["heat_left", "heat_right"]);
    expect(after(watch, 6, 20, heat)).toEqual(["heat_right says nothing"]);
  });

  it("tells of a live camera that shows the same picture, and of no other", () => {
    expect(after(watched(["eye"], ["eye"]), 6, 10, picture(0))).toEqual(["eye is frozen"]);
    expect(after(watched(["eye"], ["eye"]), 6, 10, picture(1))).toEqual([]);
    expect(after(watched(["eye"]), 6, 10, picture(0))).toEqual([]);
  });

  it("tells of a live microphone that hears nothing at all", () => {
    expect(after(watched(["ear"], ["ear"]), 6, 50, sound(0))).toEqual(["ear is silent"]);
    expect(after(watched(["ear"], ["ear"]), 6, 50, sound(0.01))).toEqual([]);
  });
});
