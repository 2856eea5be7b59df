// What a calibration makes of a robot, and what is said of one that does not fit.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import {
  calibrated,
  calibrationOf,
  checkWritable,
  readCalibration,
  referenceDeg,
  writeCalibration,
} from "../../../src/core/calibration.ts";
import { packageRoot, loadRobot, parseRobot } from "../../../src/core/robot-file.ts";
import { angleOf, pulseOf, reachOf, type Robot } from "../../../src/core/robot.ts";
import { Controller } from "../../../src/runtime/controller.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";

let robot: Robot;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), "efference-calibration-"));
  cpSync(join(packageRoot, "models", "robots", "duo"), folder, { recursive: true });
  robot = loadRobot(folder);
});
const servo = (name: string, of = robot) => of.servos.find((one) => one.name === name)!;

test("the pulse of the reference angle is the one that was found, whichever way the servo turns", () => {
  for (const direction of [1, -1] as const) {
    const finding = { rangeUs: [700, 2300] as const, centreUs: 1550, direction };
    const found = calibrationOf(servo("pan"), finding);
    const fitted = servo("pan", calibrated(robot, { pan: found }));
    expect(found).toMatchObject({ id: 2, drive_mode: direction === 1 ? 0 : 1, range_min: 700 });
    expect(pulseOf(fitted, referenceDeg(fitted))).toBeCloseTo(1550, 0);
    expect(Math.sign(pulseOf(fitted, 20) - 1550)).toBe(direction);
    expect(angleOf(fitted, pulseOf(fitted, 20))).toBeCloseTo(20, 6);
  }
});

test("a servo is told no angle whose pulse is beyond its ends, and the vocabulary is the same", () => {
  const finding = { rangeUs: [1000, 2000] as const, centreUs: 1472, direction: 1 as const };
  const fitted = calibrated(robot, { pan: calibrationOf(servo("pan"), finding) });
  const pan = servo("pan", fitted);
  const [low, high] = reachOf(pan);
  expect(pulseOf(pan, low)).toBeCloseTo(1000, 1);
  expect(pulseOf(pan, high)).toBeCloseTo(2000, 1);
  expect(pulseOf(pan, 90)).toBe(2000);
  expect(buildVocabulary(fitted).hash).toBe(buildVocabulary(robot).hash);
  const controller = new Controller(fitted, buildVocabulary(fitted));
  controller.order(0, "arm", "");
  let applied = NaN;
  for (let frame = 1; frame < 150; frame++) {
    controller.accept(new Float32Array(fitted.servos.length).fill(0).with(0, 5), frame * 20e6);
    applied = controller.frame(frame * 20e6).applied.angleDeg[0]!;
  }
  expect(applied).toBeCloseTo(high, 9);
});

test("the text of a calibrated robot is its description: a session keeps it whole", () => {
  const finding = { rangeUs: [700, 2300] as const, centreUs: 1500, direction: -1 as const };
  const fitted = calibrated(robot, { tilt: calibrationOf(servo("tilt"), finding) });
  const again = parseRobot({
    text: fitted.source,
    file: "session.mcap#robot.yaml",
    sceneSource: fitted.sceneSource,
  });
  expect(again.servos).toEqual(fitted.servos);
  expect(fitted.source).toContain("# SG90:"); // what people wrote stays
});

test("ends that leave no way to the rest pose, and a horn that is far off, are refused", () => {
  const short = { rangeUs: [1500, 2000] as const, centreUs: 1472, direction: 1 as const };
  const tilt = { tilt: calibrationOf(servo("tilt"), short) }; // rests at -20
  expect(() => calibrated(robot, tilt)).toThrow(
    /outside which lies the pulse of the rest pose of tilt/,
  );
  const off = { rangeUs: [600, 2400] as const, centreUs: 1900, direction: 1 as const };
  expect(() => calibrated(robot, { pan: calibrationOf(servo("pan"), off) })).toThrow(/trimDeg/);
});

test("is written beside robot.yaml, and read for that robot alone", () => {
  expect(readCalibration(robot)).toBeUndefined();
  const finding = { rangeUs: [700, 2300] as const, centreUs: 1500, direction: 1 as const };
  const calibration = { pan: calibrationOf(servo("pan"), finding) };
  writeCalibration(robot, calibration);
  expect(readCalibration(robot)).toEqual(calibration);
  const file = join(robot.file, "..", "calibration.json");
  const refusal = (text: string) => {
    writeFileSync(file, text);
    return () => readCalibration(robot);
  };
  expect(refusal("{")).toThrow(/no JSON .* efference calibrate/);
  expect(refusal(JSON.stringify({ pan: { ...calibration.pan, id: 9 } }))).toThrow(
    /pan was on pin 9, and is on 2 now/,
  );
  expect(refusal(JSON.stringify({ tail: calibration.pan }))).toThrow(/has no servo "tail"/);
  expect(refusal(JSON.stringify({ pan: { id: 2 } }))).toThrow(/pan.drive_mode/);
});

test("where it can't be written is told before anything was found", () => {
  const folder = join(robot.file, "..");
  const before = readdirSync(folder);
  checkWritable(robot);
  expect(readdirSync(folder)).toEqual(before);
  mkdirSync(join(folder, "calibration.json.new"));
  expect(() => checkWritable(robot)).toThrow(/can't write .*calibration\.json: .*a place of yours/);
});
