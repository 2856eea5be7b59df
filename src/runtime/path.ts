// Paths: where a few servos go over time, from the pose they have. Keyframes are joined by
// minimum-jerk segments (Flash and Hogan, 1985), stretched where a servo could not keep up, so that
// a planned act gives the safety kernel nothing to limit.
import { NS_PER_MS } from "../core/clock.ts";
import { type Act, type RobotDescription, SERVO_PERIOD_NS, servoIndex } from "../core/robot.ts";

export interface Path {
  /** Servo indices, in the order of `slot`. */
  readonly servos: Int32Array;
  readonly durationNs: number;
  /** Degrees of one of the path's servos, `sinceNs` after its start; the last pose for ever after. */
  at(sinceNs: number, slot: number): number;
}

/** Share of the way at share `t` of the time, with no speed and no acceleration at either end. */
const minimumJerk = (t: number): number => t * t * t * (10 + t * (6 * t - 15));
const PEAK_SPEED = 1.875; // of minimumJerk's first derivative
const PEAK_ACCELERATION = 5.7735; // of its second

/** A path through poses at set times; [knots, servos] degrees, the first knot is the start. */
class KeyframePath implements Path {
  readonly servos: Int32Array;
  readonly durationNs: number;
  readonly #timesNs: Float64Array;
  readonly #poses: Float64Array;

  constructor(servos: Int32Array, timesNs: Float64Array, poses: Float64Array) {
    this.servos = servos;
    this.#timesNs = timesNs;
    this.#poses = poses;
    this.durationNs = timesNs.at(-1)!;
  }

  at(sinceNs: number, slot: number): number {
    const [times, poses, width] = [this.#timesNs, this.#poses, this.servos.length];
    let knot = 1;
    while (knot < times.length - 1 && sinceNs > times[knot]!) knot++;
    const [fromNs, toNs] = [times[knot - 1]!, times[knot]!];
    const share =
      toNs > fromNs ? Math.min(1, Math.max(0, (sinceNs - fromNs) / (toNs - fromNs))) : 1;
    const from = poses[(knot - 1) * width + slot]!;
    return from + (poses[knot * width + slot]! - from) * minimumJerk(share);
  }
}

/** A decoded action chunk: a pose a servo frame, joined by straight lines. */
export class ChunkPath implements Path {
  readonly servos: Int32Array;
  readonly durationNs: number;
  readonly #startDeg: Float64Array;
  readonly #poses: Float64Array;

  /** `poses` [frames, servos] degrees; frame i is due (i + 1) servo frames after the start. */
  constructor(servos: Int32Array, startDeg: Float64Array, poses: Float64Array) {
    this.servos = servos;
    this.#startDeg = startDeg;
    this.#poses = poses;
    this.durationNs = (poses.length / servos.length) * SERVO_PERIOD_NS;
  }

  at(sinceNs: number, slot: number): number {
    const width = this.servos.length;
    const last = this.#poses.length / width - 1;
    const position = Math.min(last, Math.max(-1, sinceNs / SERVO_PERIOD_NS - 1));
    const frame = Math.floor(position);
    const from = frame < 0 ? this.#startDeg[slot]! : this.#poses[frame * width + slot]!;
    const to = this.#poses[Math.min(last, frame + 1) * width + slot]!;
    return from + (to - from) * (position - frame);
  }
}

interface Keyframe {
  readonly atMs: number;
  readonly poseDeg: Readonly<Record<string, number>>;
}

const keyframesOf = (robot: RobotDescription, act: Act): readonly Keyframe[] => {
  if ("keyframes" in act) return act.keyframes;
  if ("hold" in act) return [{ atMs: act.durationMs, poseDeg: {} }];
  return [
    {
      atMs: act.durationMs,
      poseDeg: Object.fromEntries(robot.servos.map((s) => [s.name, s.restDeg])),
    },
  ];
};

/** The servos an act owns: those its keyframes name; holding and resting take all. */
const servosOf = (robot: RobotDescription, act: Act): Int32Array => {
  if (!("keyframes" in act)) return Int32Array.from(robot.servos.keys());
  const named = new Set(act.keyframes.flatMap((k) => Object.keys(k.poseDeg)));
  const index = servoIndex(robot);
  return Int32Array.from([...named].map((name) => index.get(name)!)).sort();
};

/**
 * Plans an act from the present pose, its times scaled by the pace. A keyframe that leaves a servo
 * out keeps it where the one before had it.
 */
export const planAct = (
  robot: RobotDescription,
  act: Act,
  timeScale: number,
  presentDeg: Float64Array,
): Path => {
  const servos = servosOf(robot, act);
  const keyframes = keyframesOf(robot, act);
  const width = servos.length;
  const timesNs = new Float64Array(keyframes.length + 1);
  const poses = new Float64Array((keyframes.length + 1) * width);
  for (let slot = 0; slot < width; slot++) poses[slot] = presentDeg[servos[slot]!]!;
  keyframes.forEach((keyframe, k) => {
    const previousMs = k === 0 ? 0 : keyframes[k - 1]!.atMs;
    let seconds = ((keyframe.atMs - previousMs) * timeScale) / 1000;
    for (let slot = 0; slot < width; slot++) {
      const servo = robot.servos[servos[slot]!]!;
      const from = poses[k * width + slot]!;
      const to = keyframe.poseDeg[servo.name] ?? from;
      poses[(k + 1) * width + slot] = to;
      const way = Math.abs(to - from);
      seconds = Math.max(
        seconds,
        (PEAK_SPEED * way) / servo.maxSpeedDegPerS,
        Math.sqrt((PEAK_ACCELERATION * way) / servo.maxAccelerationDegPerS2),
      );
    }
    timesNs[k + 1] = timesNs[k]! + Math.round(seconds * 1000) * NS_PER_MS;
  });
  return new KeyframePath(servos, timesNs, poses);
};
