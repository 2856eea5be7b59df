// A robot of one servo, as it is put on the bench: nothing is known of its ends, so that any pulse is allowed which
// does a hobby servo no harm; but it is slow. Its angles are the pulse's own, 0 at 1500 us.
import { usPerDeg } from "../../core/calibration.ts";
import { pulseOf, type Robot, type Servo } from "../../core/robot.ts";

const CENTRE_US = 1500;
const SWEEP_US: [number, number] = [500, 2500];
const SPEED_DEG_PER_S = 40;
const ACCELERATION_DEG_PER_S2 = 400;

export const degOfPulse = (servo: Servo, pulseUs: number): number =>
  (pulseUs - CENTRE_US) / usPerDeg(servo);
export const pulseOfDeg = (servo: Servo, deg: number): number => CENTRE_US + deg * usPerDeg(servo);

/** It begins, and ends, where the robot's rest pose is thought to be. */
export const benchRobot = (robot: Robot, servo: Servo): Robot => {
  const [lowDeg, highDeg] = SWEEP_US.map((us) => degOfPulse(servo, us)) as [number, number];
  const { limitUs: _found, ...rest } = servo;
  return {
    ...robot,
    servos: [
      {
        ...rest,
        pulseUs: SWEEP_US,
        angleDeg: [lowDeg, highDeg],
        restDeg: degOfPulse(servo, pulseOf(servo, servo.restDeg)),
        trimDeg: 0,
        direction: 1,
        maxSpeedDegPerS: SPEED_DEG_PER_S,
        maxAccelerationDegPerS2: ACCELERATION_DEG_PER_S2,
      },
    ],
    limbs: { servo: [servo.name] },
    sensors: [
      {
        name: "joints",
        kind: "joints",
        rateHz: 50,
        codec: { type: "uniform", levels: 256, heartbeatMs: 1000 },
      },
    ],
    acts: {},
    softStart: { ...robot.softStart, speedDegPerS: SPEED_DEG_PER_S / 2 },
  };
};
