// Says when a limit, not the target, decides how a servo moves. A target is limited while the output
// is more than 2 degrees behind it and either runs at the speed limit (speed) or still gathers
// speed at the acceleration limit (acceleration); in soft start any such lag is soft_start. It ends
// when the output is within 2 degrees again, so one leap of a target counts each reason once.
// Braking towards a target is no limitation: every motion ends that way.
import type { RobotDescription } from "../core/robot.ts";
import type { Motion } from "./motion.ts";
import type { SafetyLog } from "./safety-log.ts";

/** Nearer than this to its target the output counts as following it. */
export const LAG_DEG = 2;
const REASONS = ["speed", "acceleration", "soft_start"] as const;

/** Looks at every servo after a step, while commands decide the motion. */
export const watchLimits = (
  robot: RobotDescription,
  motion: Motion,
  inSoftStart: boolean,
  log: SafetyLog,
  timeNs: number,
): void => {
  for (let i = 0; i < robot.servos.length; i++) {
    if (motion.lagDeg(i) <= LAG_DEG) {
      for (const reason of REASONS) log.lower(reason, i);
      continue;
    }
    const atSpeedLimit = motion.atSpeedLimit(i, inSoftStart);
    if (!atSpeedLimit && !motion.atAccelerationLimit(i)) continue;
    const reason = inSoftStart ? "soft_start" : atSpeedLimit ? "speed" : "acceleration";
    if (!log.raise(reason, i)) continue;
    const { name, maxSpeedDegPerS, maxAccelerationDegPerS2 } = robot.servos[i]!;
    const allowed =
      reason === "acceleration"
        ? `${maxAccelerationDegPerS2} deg/s2`
        : `${inSoftStart ? Math.min(maxSpeedDegPerS, robot.softStart.speedDegPerS) : maxSpeedDegPerS} deg/s`;
    log.counts[reason]++;
    log.event(
      timeNs,
      reason,
      name,
      `asked for ${motion.goalDeg[i]!.toFixed(1)} deg, ${motion.lagDeg(i).toFixed(1)} deg ahead of the output; allowed ${allowed}`,
    );
  }
};
