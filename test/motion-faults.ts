// What servos would mind in how a robot moved: the limits of robot.yaml, frame by frame.
import type { RobotDescription } from "../src/core/robot.ts";

/** Degrees a second, of subtracting angles. */
const NOISE = 1e-6;

export interface Frame {
  readonly timeNs: number;
  readonly angleDeg: ArrayLike<number>;
}

export interface MotionFaults {
  readonly faults: readonly string[];
  readonly fastestDegPerS: number;
}

/** Looks at frames in order, whole milliseconds apart. How fast the first one was is not known. */
export const motionFaults = (
  { servos }: Pick<RobotDescription, "servos">,
  frames: readonly Frame[],
): MotionFaults => {
  const faults: string[] = [];
  let fastestDegPerS = 0;
  for (const [i, servo] of servos.entries()) {
    const [low, high] = servo.angleDeg;
    const [first] = frames;
    let last = {
      timeS: first!.timeNs / 1e9,
      deg: first!.angleDeg[i]!,
      tookS: 0,
      speed: Number.NaN,
    };
    for (const { timeNs, angleDeg } of frames.slice(1)) {
      const deg = angleDeg[i]!;
      const timeS = timeNs / 1e9;
      const tookS = timeS - last.timeS;
      const speed = (deg - last.deg) / tookS;
      const at = `${servo.name} at ${timeS} s`;
      if (!(deg >= low && deg <= high)) faults.push(`${at}: ${deg} deg`);
      if (!(Math.abs(speed) <= servo.maxSpeedDegPerS + NOISE)) faults.push(`${at}: ${speed} deg/s`);
      // The mean velocities of two neighbouring stretches lie half of both apart in time.
      const apartS = (tookS + last.tookS) / 2;
      const change = Math.abs(speed - last.speed);
      if (change > servo.maxAccelerationDegPerS2 * apartS + NOISE)
        faults.push(`${at}: ${change / apartS} deg/s2`);
      fastestDegPerS = Math.max(fastestDegPerS, Math.abs(speed));
      last = { timeS, deg, tookS, speed };
    }
  }
  return { faults, fastestDegPerS };
};
