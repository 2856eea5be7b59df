import { expect, test } from "vitest";
import { ServoModel } from "../../../../src/bodies/simulation/servo-model.ts";
import { duo, pose } from "./worlds.ts";

const RAD = Math.PI / 180;
const US_PER_DEG = (2400 - 544) / 180;
const PAN = 0;
const FAR_RAD = 1.4; // a shaft that is nowhere near its target

const PULSED_NS = 4e6; // from a command until its pulses have ended

const commanded = (panDeg: number): ServoModel => {
  const model = new ServoModel(duo);
  model.command(pose(duo, { pan: panDeg }), true, 0);
  model.follow(PULSED_NS);
  return model;
};

test("a pulse comes in steps of half a microsecond", () => {
  const model = commanded(10.01);
  const pulseUs = 1472 + (model.driveRad(PAN, FAR_RAD) / RAD) * US_PER_DEG;
  expect(pulseUs).toBeCloseTo(Math.round((1472 + 10.01 * US_PER_DEG) * 2) / 2, 9);
});

test("a servo learns of a command when its pulses have ended, and of the newest where more came meanwhile", () => {
  const model = commanded(0);
  model.command(pose(duo, { pan: 20 }), true, 20e6);
  model.command(pose(duo, { pan: 40 }), false, 23e6);
  model.follow(20e6 + PULSED_NS - 1);
  expect([model.driveRad(PAN, FAR_RAD), model.powered]).toEqual([0, true]);
  model.follow(20e6 + PULSED_NS);
  expect(model.driveRad(PAN, FAR_RAD)).toBeCloseTo(40 * RAD, 3);
  expect(model.powered).toBe(false);
});

test("a mirrored servo turns to the same angle", () => {
  const model = new ServoModel(duo);
  model.command(pose(duo, { left_elbow: 33, right_elbow: 33 }), true, 0);
  model.follow(PULSED_NS);
  const [left, right] = ["left_elbow", "right_elbow"].map((name) =>
    model.driveRad(
      duo.servos.findIndex((s) => s.name === name),
      FAR_RAD,
    ),
  );
  expect(left! / RAD).toBeCloseTo(33, 1);
  expect(right! / RAD).toBeCloseTo(33, 1);
});

test("within seven microseconds of its target a servo does not stir, beyond it drives", () => {
  const model = commanded(0);
  const inside = (6.9 / US_PER_DEG) * RAD;
  const outside = (7.1 / US_PER_DEG) * RAD;
  expect(model.driveRad(PAN, inside)).toBe(inside);
  expect(model.driveRad(PAN, -outside)).toBe(0);
});

test("before anybody commands, the servos are limp", () => {
  const model = new ServoModel(duo);
  model.follow(PULSED_NS);
  expect(model.powered).toBe(false);
});
