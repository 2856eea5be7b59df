// The emulated board in MuJoCo's world, beside the plain simulation.
import { expect, onTestFinished, test } from "vitest";
import { BoardWorld } from "../../../../src/bodies/emulator/board-world.ts";
import { openEmulator } from "../../../../src/bodies/emulator/emulator-body.ts";
import { openSimulation } from "../../../../src/bodies/simulation/simulation-body.ts";
import { Scene } from "../../../../src/bodies/simulation/scene.ts";
import { SimulatedClock } from "../../../../src/core/clock.ts";
import type { WorldState } from "../../../../src/core/ports.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import { restPose } from "../../../../src/core/robot.ts";
import { HEX } from "./board-fixture.ts";

const robot = loadRobot("duo");

/** What a world is like while its robot swings all servos for so long. */
const swing = async (open: typeof openEmulator, seconds: number): Promise<WorldState[]> => {
  const clock = new SimulatedClock();
  const body = await open({ robot, clock, seed: 3 });
  onTestFinished(() => body.close());
  const states: WorldState[] = [];
  body.states.subscribe((state) => states.push(state));
  const rest = restPose(robot);
  for (let frame = 0; frame < 50 * seconds; frame++) {
    clock.advanceTo(frame * 20e6);
    const angleDeg = rest.map(
      (deg, i) => deg + 12 * (1 - Math.cos(frame / 15)) * (i % 2 ? 1 : 0.6),
    );
    const { powered } = await body.send({ timeNs: 0, angleDeg, powered: true });
    expect(powered).toBe(true);
  }
  return states;
};

test("moves the robot as the simulation does, to a degree and a half", async () => {
  const [emulated, simulated] = [await swing(openEmulator, 3), await swing(openSimulation, 3)];
  expect(emulated).toHaveLength(simulated.length);
  const scene = await Scene.load(robot);
  const joints = scene.servos.map(({ qpos }) => qpos);
  scene.mujoco.close();
  let worstDeg = 0;
  let widestDeg = 0;
  const first = simulated[0]!.values;
  for (const [k, { values }] of emulated.entries())
    for (const joint of joints) {
      const degrees = (rad: number): number => (Math.abs(rad) * 180) / Math.PI;
      worstDeg = Math.max(worstDeg, degrees(values[joint]! - simulated[k]!.values[joint]!));
      widestDeg = Math.max(widestDeg, degrees(values[joint]! - first[joint]!));
    }
  expect(widestDeg).toBeGreaterThan(15);
  expect(worstDeg).toBeGreaterThan(0); // they are not the same thing
  expect(worstDeg).toBeLessThan(1.5);
});

test("makes the same world of the same frames, to the last bit", async () => {
  const [one, other] = [await swing(openEmulator, 1), await swing(openEmulator, 1)];
  expect(one.length).toBeGreaterThan(15);
  expect(other).toEqual(one);
});

test("a host that had nothing to say for long is still heard", async () => {
  const clock = new SimulatedClock();
  const body = await openEmulator({ robot, clock, seed: 3 });
  onTestFinished(() => body.close());
  const frame = { timeNs: 0, angleDeg: restPose(robot), powered: true };
  clock.advanceTo(4e9); // from its 3rd second of silence a board is back at the speed it began with
  expect(await body.send(frame)).toMatchObject({ powered: true });
  clock.advanceTo(12e9);
  expect(await body.send(frame)).toMatchObject({ powered: true });
});

test("limp is limp: without power no servo pushes", async () => {
  const clock = new SimulatedClock();
  const body = await openEmulator({ robot, clock, seed: 3 });
  onTestFinished(() => body.close());
  const up = restPose(robot);
  up[2] = 90;
  for (let frame = 0; frame < 100; frame++) {
    clock.advanceTo(frame * 20e6);
    await body.send({ timeNs: 0, angleDeg: up, powered: true });
  }
  const off = await body.send({ timeNs: 0, angleDeg: up, powered: false });
  expect(off.powered).toBe(false);
  const { actuationJoules } = body;
  expect(actuationJoules).toBeGreaterThan(0);
  clock.advanceTo(clock.nowNs() + 100e6); // a servo gives up 50 ms after its last pulse
  const later = body.actuationJoules;
  clock.advanceTo(clock.nowNs() + 1000e6);
  expect(body.actuationJoules - later).toBeLessThan(actuationJoules / 100);
});

test("a host that sends nothing finds its robot limp, by the board's own lease", async () => {
  const clock = new SimulatedClock();
  const body = await openEmulator({ robot, clock, seed: 3 });
  onTestFinished(() => body.close());
  await body.send({ timeNs: 0, angleDeg: restPose(robot), powered: true });
  clock.advanceTo(4e9);
  const joules = body.actuationJoules;
  clock.advanceTo(6e9);
  expect(body.actuationJoules).toBe(joules);
});

test("says what is wrong with a robot or a firmware that does not fit", async () => {
  const [first, ...others] = robot.servos;
  const far = { ...robot, servos: [{ ...first!, pin: 14 }, ...others] };
  await expect(BoardWorld.load({ robot: far, seed: 1, hex: HEX })).rejects.toThrow(
    'servo "pan" is on pin 14; an Uno drives servos on pins 2 to 13',
  );
  const chip = { ...robot, servos: [{ ...first!, controller: "PCA9685" as const }, ...others] };
  await expect(BoardWorld.load({ robot: chip, seed: 1, hex: HEX })).rejects.toThrow(
    'servo "pan" is on a PCA9685, which only --body firmata drives',
  );
  const nothing = ":02000000FFCF30\n:00000001FF\n"; // rjmp to itself
  await expect(BoardWorld.load({ robot, seed: 1, hex: nothing })).rejects.toThrow(
    "nobody answered as Efference's firmware",
  );
});
