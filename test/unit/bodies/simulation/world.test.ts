import { expect, test } from "vitest";
import { NS_PER_MS } from "../../../../src/core/clock.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import type { Robot } from "../../../../src/core/robot.ts";
import { duo, fingerprints, makeWorld, pose, readings, run, samplesOf } from "./worlds.ts";

const gapM = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(...a.map((value, axis) => value - b[axis]!));

test.each(["duo", "arm"])("%s stands still in its rest pose", async (name) => {
  const robot = loadRobot(name);
  const world = await makeWorld({ robot });
  const tip = name === "duo" ? "left_arm_tip" : "arm_tip";
  const start = world.position(tip);
  world.command(pose(robot), true);
  run(world, 1000);
  const settled = world.position(tip);
  run(world, 1000);
  expect(gapM(start, settled)).toBeLessThan(0.005); // the dead band of three joints
  expect(gapM(settled, world.position(tip))).toBeLessThan(0.0005);
});

test("a commanded pose is taken up within the speed of an SG90", async () => {
  const world = await makeWorld();
  world.command(pose(duo), true);
  run(world, 200);
  world.command(pose(duo, { left_shoulder: 60 }), true);
  const shoulderDeg = (): number => {
    const [x, , z] = world.position("left_forearm");
    return (Math.atan2(x, 0.13 - z) * 180) / Math.PI;
  };
  run(world, 80); // at 600 degrees a second, 48 degrees at the very best
  expect(shoulderDeg()).toBeLessThan(48);
  run(world, 220);
  expect(Math.abs(shoulderDeg() - 60)).toBeLessThan(2);
});

test("limp servos give way and do no work", async () => {
  const world = await makeWorld();
  const start = world.position("left_arm_tip");
  run(world, 1500);
  expect(start[2] - world.position("left_arm_tip")[2]).toBeGreaterThan(0.003);
  expect(world.joules).toBe(0);
});

test("losing power in the air lets the arm fall, and stops the meter", async () => {
  const world = await makeWorld();
  world.command(pose(duo, { left_shoulder: 90, left_elbow: 0 }), true);
  run(world, 800);
  const raised = world.position("left_arm_tip")[2];
  world.command(pose(duo, { left_shoulder: 90, left_elbow: 0 }), false);
  run(world, 4); // until the last pulses have ended
  const spent = world.joules;
  expect(spent).toBeGreaterThan(0.01);
  run(world, 796);
  expect(world.position("left_arm_tip")[2]).toBeLessThan(raised - 0.05);
  expect(world.joules).toBe(spent);
});

test("samples come exactly at their rates, and states every 50 ms", async () => {
  const world = await makeWorld();
  const events = run(world, 1000);
  for (const sensor of duo.sensors) {
    const expected =
      sensor.kind === "microphone"
        ? []
        : Array.from({ length: sensor.rateHz + 1 }, (_, k) =>
            Math.round((k * 1e9) / sensor.rateHz),
          );
    expect(samplesOf(events, sensor.name).map(({ timeNs }) => timeNs)).toEqual(expected);
  }
  const states = events.filter((event) => !("kind" in event)).map(({ timeNs }) => timeNs);
  expect(states).toEqual(Array.from({ length: 21 }, (_, k) => k * 50 * NS_PER_MS));
});

test("a rate that no step divides keeps its exact stamps", async () => {
  const sensors = duo.sensors.map((s) => (s.kind === "touch" ? { ...s, rateHz: 30 } : s));
  const world = await makeWorld({ robot: { ...duo, sensors } });
  const stamps = samplesOf(run(world, 100), "touch_left").map(({ timeNs }) => timeNs);
  expect(stamps).toEqual([0, 33_333_333, 66_666_667, 100_000_000]);
});

test("a sample of a stamp does not know the command of that stamp", async () => {
  const world = await makeWorld();
  run(world, 100);
  world.command(pose(duo, { pan: 42 }), true);
  expect(readings(run(world, 100), "joints")).toEqual([42]);
  const again = await makeWorld();
  const before = run(again, 100);
  expect(readings(before, "joints")).toEqual([0, 0]);
});

test("a hand that presses on the desk feels it, a hand in the air does not", async () => {
  const world = await makeWorld();
  world.command(pose(duo, { left_elbow: 60 }), true);
  const events = run(world, 800);
  expect(readings(events, "touch_left").at(-1)).toBeGreaterThan(0.1);
  expect(readings(events, "touch_right").at(-1)).toBeLessThan(0.05);
});

test("the distance sensor measures what stands before the head, and its longest range otherwise", async () => {
  const world = await makeWorld();
  world.command(pose(duo, { tilt: 0 }), true);
  expect(readings(run(world, 500), "distance").at(-1)).toBeGreaterThan(1.98);
  world.move({
    object: "heat_source",
    toM: [0.4, 0, 0.17],
    durationMs: 0,
    atMs: world.timeNs / 1e6,
  });
  const near = readings(run(world, 500), "distance").at(-1)!;
  expect(Math.abs(near - (0.4 - 0.018 - 0.035))).toBeLessThan(0.02);
});

test("the same seed makes the same world, another one other noise", async () => {
  const told = async (seed: number): Promise<string[]> => {
    const world = await makeWorld({ seed });
    world.command(pose(duo, { left_shoulder: 80, pan: 20 }), true);
    return fingerprints(run(world, 1000));
  };
  const [first, second, other] = [await told(1), await told(1), await told(2)];
  expect(second).toEqual(first);
  const state = / state /;
  expect(other.filter((line) => state.test(line))).toEqual(first.filter((l) => state.test(l)));
  expect(other).not.toEqual(first);
});

test("a world is not disturbed by others in its thread, nor by a heap that grows", async () => {
  const lone = await makeWorld();
  lone.command(pose(duo, { left_shoulder: 80 }), true);
  const expected = fingerprints(run(lone, 600));
  const world = await makeWorld();
  world.command(pose(duo, { left_shoulder: 80 }), true);
  const first = fingerprints(run(world, 300));
  for (let count = 0; count < 12; count++) {
    const other = await makeWorld({ robot: roomy });
    other.command(pose(duo, { right_shoulder: 30 }), true);
    run(other, 20);
  }
  expect([...first, ...fingerprints(run(world, 300))]).toEqual(expected);
});

/** A robot whose state takes 8 MB, so that a few of them outgrow any heap that is there. */
const roomy: Robot = {
  ...duo,
  sceneSource: duo.sceneSource.replace('memory="1M"', 'memory="8M"'),
};

test.each([
  ["too few angles", [1, 2], /8 finite angles, found \[1, 2\]/],
  ["an angle that is no number", [...pose(duo).slice(1), NaN], /NaN/],
])("a frame with %s is refused", async (_, angles, message) => {
  const world = await makeWorld();
  expect(() => world.command(Float64Array.from(angles), true)).toThrow(message);
});
