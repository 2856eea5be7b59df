// What servos would mind in how a robot moved: the limits of robot.yaml, frame by frame.
import type { RobotDescription } from "../src/core/robot.ts";

const FRAME_S = 0.02;
/** Degrees, of subtracting angles. */
const NOISE = 1e-6;

export interface MotionFaults {
  readonly faults: readonly string[];
  readonly fastestDegPerS: number;
}

/** Looks at poses [servos] a frame of 20 ms apart, of which the first stands still. */
export const motionFaults = (
  { servos }: Pick<RobotDescription, "servos">,
  poses: readonly ArrayLike<number>[],
): MotionFaults => {
  const faults: string[] = [];
  let fastestDegPerS = 0;
  for (const [i, servo] of servos.entries()) {
    const [low, high] = servo.angleDeg;
    let [before, speed] = [poses[0]![i]!, 0];
    for (const [frame, pose] of poses.entries()) {
      const now = pose[i]!;
      const speedNow = (now - before) / FRAME_S;
      const change = Math.abs(speedNow - speed);
      const at = `${servo.name} in frame ${frame}`;
      if (!(now >= low && now <= high)) faults.push(`${at}: ${now} deg`);
      if (!(Math.abs(speedNow) <= servo.maxSpeedDegPerS + NOISE))
        faults.push(`${at}: ${speedNow} deg/s`);
      if (!(change <= servo.maxAccelerationDegPerS2 * FRAME_S + NOISE))
        faults.push(`${at}: ${change / FRAME_S} deg/s2`);
      fastestDegPerS = Math.max(fastestDegPerS, Math.abs(speedNow));
      [before, speed] = [now, speedNow];
    }
  }
  return { faults, fastestDegPerS };
};
