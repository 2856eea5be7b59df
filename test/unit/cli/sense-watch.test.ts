import { expect, test } from "vitest";
import { type WatchedRun, watchSenses } from "../../../src/cli/sense-watch.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";

const duo = loadRobot("duo");

/** The senses that would be missed, were there no sample of any. */
const missed = (run: WatchedRun): string[] => {
  const watch = watchSenses(duo, run);
  watch.warnings(0);
  return watch.warnings(5e9).map((words) => words.split(" ")[0]!);
};

test("in a simulation all senses of the robot are watched, but for a microphone that nobody wants", () => {
  const all = duo.sensors.map(({ name }) => name);
  expect(missed({ body: "simulation" })).toEqual(all);
  const others = duo.sensors.filter(({ kind }) => kind !== "microphone");
  expect(missed({ body: "simulation", microphone: "none" })).toEqual(
    others.map(({ name }) => name),
  );
});

test("on a board only what is wired to it, and what the laptop lends it", () => {
  const kinds = (run: WatchedRun): string[] =>
    missed(run).map((name) => duo.sensors.find((sensor) => sensor.name === name)!.kind);
  expect(kinds({ body: "arduino", microphone: "none" })).toEqual(["joints"]);
  expect(kinds({ body: "arduino", microphone: "live", camera: "live" }).toSorted()).toEqual([
    "camera",
    "joints",
    "microphone",
  ]);
});
