// What was found out about the servos of one robot that was built, beside its robot.yaml in calibration.json: a
// map from the servo's name to what LeRobot writes for a motor. Its unit is here the microsecond of pulse width:
//   id             pin of the servo
//   drive_mode     0: a longer pulse is a larger angle, 1: a smaller one
//   homing_offset  by how much longer than robot.yaml has it the pulse of every angle is
//   range_min/max  the shortest and the longest pulse that it may get: its mechanical ends
// Bodies on a wire use it. It is put into the text of robot.yaml, so that a session keeps it, too.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { BodyError, RobotFileError } from "./errors.ts";
import { packageRoot, parseRobot } from "./robot-file.ts";
import { pulseOf, type Robot, type Servo } from "./robot.ts";

const servoSchema = z.strictObject({
  id: z.int(),
  drive_mode: z.union([z.literal(0), z.literal(1)]),
  homing_offset: z.number(),
  range_min: z.number(),
  range_max: z.number(),
});
const schema = z.record(z.string(), servoSchema);

export type ServoCalibration = z.infer<typeof servoSchema>;
export type Calibration = Readonly<Record<string, ServoCalibration>>;

/** What a person saw of one servo. */
export interface Finding {
  /** Pulses at its two mechanical ends, microseconds. */
  readonly rangeUs: readonly [number, number];
  /** The pulse at which it stands at its reference angle. */
  readonly centreUs: number;
  readonly direction: 1 | -1;
}

const FILE = "calibration.json";

/** Where the calibration of a robot is kept; one that came out of a session is taken for the one of its name. */
export const calibrationFile = ({ file, name }: Robot): string =>
  join(
    existsSync(file) ? dirname(resolve(file)) : join(packageRoot, "models", "robots", name),
    FILE,
  );

/** The angle at which a joint is easily set by eye: zero, or where that is one of its ends, its rest. */
export const referenceDeg = ({ angleDeg, restDeg }: Servo): number =>
  angleDeg[0] < 0 && angleDeg[1] > 0 ? 0 : restDeg;

/** Microseconds of pulse width a degree. */
export const usPerDeg = ({ pulseUs, angleDeg }: Servo): number =>
  (pulseUs[1] - pulseUs[0]) / (angleDeg[1] - angleDeg[0]);

export const calibrationOf = (
  servo: Servo,
  { rangeUs, centreUs, direction }: Finding,
): ServoCalibration => {
  const { limitUs: _found, ...drawn } = servo;
  const drawnUs = pulseOf({ ...drawn, direction, trimDeg: 0 }, referenceDeg(servo));
  const round = (us: number): number => Math.round(us * 10) / 10;
  return {
    id: servo.pin,
    drive_mode: direction === 1 ? 0 : 1,
    homing_offset: round(centreUs - drawnUs),
    range_min: round(rangeUs[0]),
    range_max: round(rangeUs[1]),
  };
};

const refusalOf = ({ name }: Robot, file: string, words: string): BodyError =>
  new BodyError(`${file}: ${words}; make it anew: efference calibrate --robot ${name}`);

/** What the file holds, of whatever servos. @throws BodyError for a file that is none */
const readEntries = (robot: Robot, file: string): Calibration => {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw refusalOf(robot, file, `no JSON (${(error as Error).message})`);
  }
  const { data, error } = schema.safeParse(json);
  if (data === undefined) {
    const [issue] = error.issues;
    throw refusalOf(robot, file, `${issue!.path.join(".")}: ${issue!.message}`);
  }
  return data;
};

/** Why an entry is not of this robot; undefined where it is. */
const misfitOf = (robot: Robot, name: string, { id }: ServoCalibration): string | undefined => {
  const servo = robot.servos.find((one) => one.name === name);
  if (servo === undefined) return `${robot.name} has no servo "${name}"`;
  return servo.pin === id ? undefined : `${name} was on pin ${id}, and is on ${servo.pin} now`;
};

/** @throws BodyError for a file that is none, or that another robot's servos are in */
export const readCalibration = (robot: Robot): Calibration | undefined => {
  const file = calibrationFile(robot);
  if (!existsSync(file)) return undefined;
  const entries = readEntries(robot, file);
  for (const [name, entry] of Object.entries(entries)) {
    const misfit = misfitOf(robot, name, entry);
    if (misfit !== undefined) throw refusalOf(robot, file, misfit);
  }
  return entries;
};

/** What of the file goes with the robot as it is now; `onMisfit` is told of the rest, and of a file that is none. */
export const fittingCalibration = (robot: Robot, onMisfit: (why: string) => void): Calibration => {
  const file = calibrationFile(robot);
  if (!existsSync(file)) return {};
  const fits = ([name, entry]: [string, ServoCalibration]): boolean => {
    try {
      const misfit = misfitOf(robot, name, entry);
      if (misfit === undefined) calibrated(robot, { [name]: entry });
      else onMisfit(misfit);
      return misfit === undefined;
    } catch (error) {
      if (!(error instanceof RobotFileError)) throw error;
      onMisfit(error.message);
      return false;
    }
  };
  try {
    return Object.fromEntries(Object.entries(readEntries(robot, file)).filter(fits));
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    onMisfit(error.message);
    return {};
  }
};

const writing = (file: string, write: (temporary: string) => void): void => {
  try {
    write(`${file}.new`);
  } catch (error) {
    throw new BodyError(
      `can't write ${file}: ${(error as Error).message}; copy the robot's folder to a place of yours, ` +
        "and name that with --robot",
      { cause: error },
    );
  }
};

/** Before somebody stands at a robot for a quarter of an hour. @throws BodyError where nothing can be written */
export const checkWritable = (robot: Robot): void =>
  writing(calibrationFile(robot), (temporary) => {
    writeFileSync(temporary, "");
    rmSync(temporary);
  });

/** Writes it whole or not at all. @throws BodyError as checkWritable */
export const writeCalibration = (robot: Robot, calibration: Calibration): void => {
  const file = calibrationFile(robot);
  writing(file, (temporary) => {
    writeFileSync(temporary, `${JSON.stringify(calibration, null, 2)}\n`);
    renameSync(temporary, file);
  });
};

/**
 * The robot with what was found out about its servos in place of what robot.yaml says of their trim, direction
 * and limits. Its vocabulary is the same.
 * @throws RobotFileError where it does not fit: a rest pose that can't be reached, a trim that is too large
 */
export const calibrated = (robot: Robot, calibration: Calibration): Robot => {
  const document = parseDocument(robot.source);
  for (const [index, servo] of robot.servos.entries()) {
    const found = calibration[servo.name];
    if (found === undefined) continue;
    const direction = found.drive_mode === 0 ? 1 : -1;
    const values = {
      trimDeg: Math.round(((direction * found.homing_offset) / usPerDeg(servo)) * 100) / 100,
      direction,
      limitUs: [found.range_min, found.range_max],
    };
    for (const [key, value] of Object.entries(values))
      document.setIn(["servos", index, key], document.createNode(value, { flow: true }));
  }
  const { file, sceneSource } = robot;
  return parseRobot({ text: document.toString({ lineWidth: 0 }), file, sceneSource });
};
