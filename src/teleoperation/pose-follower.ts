// Says in motion tokens what a person's hand does: a chunk toward where each servo is to go, told anew
// when the hand changed its mind, and half a chunk later while the way is longer. What it plans starts
// from the pose that the kernel last applied, so that no error adds up.
import { NS_PER_S } from "../core/clock.ts";
import { restPose, type RobotDescription, SERVO_RATE_HZ, servoIndex } from "../core/robot.ts";
import { type MotionCodec, motionCodecOf } from "../tokens/motion-codec.ts";
import type { PhraseWriter } from "../tokens/phrases.ts";

interface Limb {
  readonly name: string;
  readonly servos: readonly number[];
  /** When it was last told to move; undefined once it stands. */
  toldNs: number | undefined;
}

/** Nearer than this to where it is to go a servo has arrived. */
const ARRIVED_DEG = 0.6;
/** The quickest way that the lowest curves of a chunk can tell without overshoot. */
const SHORTEST_S = 0.12;

export class PoseFollower {
  /** [servos] degrees, as the kernel last applied them. */
  readonly presentDeg: Float64Array;
  readonly #robot: RobotDescription;
  readonly #codec: MotionCodec;
  readonly #limbs: readonly Limb[];
  readonly #goalDeg: Float64Array; // [servos] NaN where it stands
  readonly #speed: Float64Array; // [servos] deg/s toward the goal
  readonly #toldDeg: Float64Array; // [servos] the goals last told

  constructor(robot: RobotDescription) {
    this.#robot = robot;
    this.#codec = motionCodecOf(robot);
    const index = servoIndex(robot);
    this.#limbs = Object.entries(robot.limbs).map(([name, servos]) => ({
      name,
      servos: servos.map((servo) => index.get(servo)!),
      toldNs: undefined,
    }));
    this.presentDeg = restPose(robot);
    this.#goalDeg = this.presentDeg.slice().fill(NaN);
    this.#toldDeg = this.#goalDeg.slice();
    this.#speed = new Float64Array(this.presentDeg.length);
  }

  /** Sends a servo to an angle; one out of its reach is the nearest inside. */
  aim(servo: number, angleDeg: number, speedDegPerS: number): void {
    const [low, high] = this.#robot.servos[servo]!.angleDeg;
    this.#goalDeg[servo] = Math.min(high, Math.max(low, angleDeg));
    this.#speed[servo] = speedDegPerS;
  }

  /** Turns a servo on from where it is going, and no further ahead of it than `mostDeg`. */
  turn(servo: number, turnDeg: number, speedDegPerS: number, mostDeg: number): void {
    const present = this.presentDeg[servo]!;
    const goal = this.#goalDeg[servo]!;
    const ahead = (Number.isNaN(goal) ? 0 : goal - present) + turnDeg;
    this.aim(servo, present + Math.min(mostDeg, Math.max(-mostDeg, ahead)), speedDegPerS);
  }

  /** Lets a servo go on at a speed, deg/s either way. */
  drive(servo: number, speedDegPerS: number): void {
    const aheadDeg = (speedDegPerS * this.#codec.frames) / SERVO_RATE_HZ;
    this.aim(servo, this.presentDeg[servo]! + aheadDeg, Math.abs(speedDegPerS));
  }

  /** Nothing is wanted of a servo, or of any, any more: what moves by what was said here stops. */
  stop(servo?: number): void {
    if (servo === undefined) this.#goalDeg.fill(NaN);
    else this.#goalDeg[servo] = NaN;
  }

  /** An act moves the servos now: what was said here is over. */
  giveWay(): void {
    this.stop();
    for (const limb of this.#limbs) limb.toldNs = undefined;
  }

  /** How far the servo is from where it is to go, degrees; 0 where it stands. */
  leftDeg(servo: number): number {
    const left = this.#goalDeg[servo]! - this.presentDeg[servo]!;
    return Number.isNaN(left) ? 0 : left;
  }

  /** Writes what is to be said at this step. */
  write(timeNs: number, phrases: PhraseWriter): void {
    for (const limb of this.#limbs) {
      const moves = limb.servos.some((servo) => Math.abs(this.leftDeg(servo)) > ARRIVED_DEG);
      if (moves ? !this.#isDue(limb, timeNs) : limb.toldNs === undefined) continue;
      this.#say(limb, phrases);
      limb.toldNs = moves ? timeNs : undefined;
      for (const servo of limb.servos) this.#toldDeg[servo] = this.#goalDeg[servo]!;
    }
  }

  #isDue({ toldNs, servos }: Limb, timeNs: number): boolean {
    const halfNs = (this.#codec.frames / SERVO_RATE_HZ / 2) * NS_PER_S;
    if (toldNs === undefined || timeNs - toldNs >= halfNs) return true;
    return servos.some((servo) => {
      const [goal, told] = [this.#goalDeg[servo]!, this.#toldDeg[servo]!];
      if (Number.isNaN(goal) !== Number.isNaN(told)) return true;
      return Math.abs(goal - told) > ARRIVED_DEG / 2;
    });
  }

  #say({ name, servos }: Limb, phrases: PhraseWriter): void {
    const { frames } = this.#codec;
    const width = servos.length;
    const chunk = new Float64Array(frames * width);
    for (const [slot, servo] of servos.entries()) {
      const left = this.leftDeg(servo);
      const takesS = Math.max(SHORTEST_S, Math.abs(left) / Math.max(1, this.#speed[servo]!));
      for (let frame = 0; frame < frames; frame++)
        chunk[frame * width + slot] = left * Math.min(1, (frame + 1) / (takesS * SERVO_RATE_HZ));
    }
    const ids = new Int32Array(this.#codec.maxTokens(width));
    const count = this.#codec.encode(chunk, new Float64Array(width), width, ids);
    phrases.motion(name, ids, this.#significant(ids, count));
  }

  /** How many ids are left when those at the end that change nothing are left out. */
  #significant(ids: Int32Array, count: number): number {
    if (this.#codec.name !== "dct") return count;
    const zero = (this.#codec.levels - 1) / 2;
    let last = count;
    while (last > 1 && ids[last - 1] === zero) last--;
    return last;
  }
}
