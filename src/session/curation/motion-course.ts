// How the servos went through an episode: per servo frame how far they turned and how it jerked, from which
// any stretch of it can be measured. Episodes are compared over equally many frames: on whole ones such
// measures tell mostly how long they are.
import { type RobotDescription, SERVO_RATE_HZ } from "../../core/robot.ts";
import type { Stretch } from "../stretch.ts";

/** Degrees a frame, all servos together, below which a robot counts as still. */
const STILL_DEG = 0.1;
/** A pose that lies so near to the end of a servo's range is at its end. */
const AT_END_DEG = 0.05;

const isNear = (deg: number, end: number): boolean => Math.abs(deg - end) <= AT_END_DEG;

/** Where the robot's own acts take its servos, by their names: a hand that shuts goes to its end. */
const posesAsked = ({ acts }: RobotDescription): Readonly<Record<string, number>>[] =>
  Object.values(acts).flatMap((act) =>
    "keyframes" in act ? act.keyframes.map(({ poseDeg }) => poseDeg) : [],
  );

export class MotionCourse {
  readonly #robot: RobotDescription;
  readonly #timesNs: number[] = [];
  readonly #travelDeg: number[] = [];
  /** Sum over servos of the squared third difference, degrees a frame cubed. */
  readonly #jerk2: number[] = [];
  readonly #framesAtEnd: Int32Array; // [servos]
  readonly #endsDeg: readonly (readonly number[])[]; // [servos] that no act asks for
  readonly #recent: Float64Array[] = []; // the last four, oldest first

  constructor(robot: RobotDescription) {
    this.#robot = robot;
    this.#framesAtEnd = new Int32Array(robot.servos.length);
    const asked = posesAsked(robot);
    this.#endsDeg = robot.servos.map(({ name, angleDeg }) =>
      angleDeg.filter((end) => !asked.some((pose) => isNear(pose[name] ?? NaN, end))),
    );
  }

  /** Takes the pose of a servo frame of the grid, [servos] degrees, by its stamp. */
  add(timeNs: number, appliedDeg: Float64Array): void {
    const pose = this.#recent.length === 4 ? this.#recent.shift()! : appliedDeg.slice();
    pose.set(appliedDeg);
    this.#recent.push(pose);
    const before = this.#recent.at(-2) ?? pose;
    let travelDeg = 0;
    for (let servo = 0; servo < pose.length; servo++)
      travelDeg += Math.abs(pose[servo]! - before[servo]!);
    this.#timesNs.push(timeNs);
    this.#travelDeg.push(travelDeg);
    this.#jerk2.push(this.#jerk());
    for (const [servo, { restDeg }] of this.#robot.servos.entries()) {
      const isAtEnd = this.#endsDeg[servo]!.some((end) => isNear(pose[servo]!, end));
      if (isAtEnd && !isNear(pose[servo]!, restDeg)) this.#framesAtEnd[servo]!++;
    }
  }

  #jerk(): number {
    const [a, b, c, d] = this.#recent;
    if (!a || !b || !c || !d) return 0;
    let sum = 0;
    for (let servo = 0; servo < d.length; servo++)
      sum += (d[servo]! - 3 * c[servo]! + 3 * b[servo]! - a[servo]!) ** 2;
    return sum;
  }

  get frames(): number {
    return this.#timesNs.length;
  }

  /** Share of the frames in which nothing moved, 0..1. */
  get stillShare(): number {
    const still = this.#travelDeg.filter((deg) => deg < STILL_DEG).length;
    return this.frames === 0 ? 1 : still / this.frames;
  }

  /** Of each servo that was at an end of its range, though that is not its rest, nor where an act goes: the share of the frames. */
  atEnd(): { readonly servo: string; readonly share: number }[] {
    return this.#robot.servos.flatMap(({ name: servo }, index) => {
      const count = this.#framesAtEnd[index]!;
      return count === 0 ? [] : [{ servo, share: count / this.frames }];
    });
  }

  /** The stamp of the last frame that moved, if any did from `fromNs` on. */
  lastMoveNs(fromNs: number): number | undefined {
    const at = this.#travelDeg.findLastIndex((deg) => deg >= STILL_DEG);
    const timeNs = this.#timesNs[at];
    return timeNs !== undefined && timeNs >= fromNs ? timeNs : undefined;
  }

  /** Frames of a stretch. */
  framesIn({ startNs, endNs }: Stretch): number {
    return this.#timesNs.filter((timeNs) => timeNs >= startNs && timeNs <= endNs).length;
  }

  /**
   * The first `frames` of a stretch, or as many as there are: how far all servos turned together, and the
   * RMS over servos and frames of the third derivative of their angles.
   */
  measure(
    { startNs }: Stretch,
    frames: number,
  ): { readonly pathDeg: number; readonly jerkDegPerS3: number } {
    const from = this.#timesNs.findIndex((timeNs) => timeNs >= startNs);
    const to = Math.min(this.frames, from + frames);
    let [pathDeg, jerk2] = [0, 0];
    for (let i = Math.max(0, from); i < to; i++) {
      pathDeg += this.#travelDeg[i]!;
      jerk2 += this.#jerk2[i]!;
    }
    const count = Math.max(1, to - from) * this.#robot.servos.length;
    return { pathDeg, jerkDegPerS3: Math.sqrt(jerk2 / count) * SERVO_RATE_HZ ** 3 };
  }
}
