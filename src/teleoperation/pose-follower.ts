// Says in motion tokens what a person's hand does: a chunk toward where each servo is to go, told anew
// when the hand changed its mind, and half a chunk later while the way is longer. What it plans starts
// from the pose that the kernel last applied, so that no error adds up.
import { NS_PER_S } from "../core/clock.ts";
import { restPose, type RobotDescription } from "../core/robot.ts";
import { type Limb, LimbChunks } from "../tokens/limb-chunks.ts";
import type { PhraseWriter } from "../tokens/phrases.ts";

/** Nearer than this to where it is to go a servo has arrived. */
const ARRIVED_DEG = 0.6;
/** The quickest way that the lowest curves of a chunk can tell without overshoot. */
const SHORTEST_S = 0.12;

export class PoseFollower {
  /** [servos] degrees, as the kernel last applied them. */
  readonly presentDeg: Float64Array;
  readonly #robot: RobotDescription;
  readonly #chunks: LimbChunks;
  /** When each limb was last told to move; one that stands is not in it. */
  readonly #toldNs = new Map<Limb, number>();
  /** When each limb was last told anything. */
  readonly #saidNs = new Map<Limb, number>();
  readonly #goalDeg: Float64Array; // [servos] NaN where it stands
  readonly #speed: Float64Array; // [servos] deg/s toward the goal
  readonly #toldDeg: Float64Array; // [servos] the goals last told

  constructor(robot: RobotDescription) {
    this.#robot = robot;
    this.#chunks = new LimbChunks(robot);
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
    const aheadDeg = speedDegPerS * this.#chunks.chunkS;
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
    this.#toldNs.clear();
    this.#saidNs.clear();
  }

  /** How far the servo is from where it is to go, degrees; 0 where it stands. */
  leftDeg(servo: number): number {
    const left = this.#goalDeg[servo]! - this.presentDeg[servo]!;
    return Number.isNaN(left) ? 0 : left;
  }

  /** Writes what is to be said at this step. */
  write(timeNs: number, phrases: PhraseWriter): void {
    for (const limb of this.#chunks.limbs) {
      const moves = limb.servos.some((servo) => Math.abs(this.leftDeg(servo)) > ARRIVED_DEG);
      const stops = this.#toldNs.has(limb) || this.#isCut(limb, timeNs);
      if (moves ? !this.#isDue(limb, timeNs) : !stops) continue;
      this.#say(limb, phrases);
      this.#saidNs.set(limb, timeNs);
      if (moves) this.#toldNs.set(limb, timeNs);
      else this.#toldNs.delete(limb);
      for (const servo of limb.servos) this.#toldDeg[servo] = this.#goalDeg[servo]!;
    }
  }

  /** Whether nothing is wanted of a limb any more in the midst of the last chunk of its way. */
  #isCut(limb: Limb, timeNs: number): boolean {
    const playedNs = timeNs - (this.#saidNs.get(limb) ?? -Infinity);
    const wanted = (goalDeg: Float64Array): boolean =>
      limb.servos.some((servo) => !Number.isNaN(goalDeg[servo]!));
    return (
      playedNs < this.#chunks.chunkS * NS_PER_S && wanted(this.#toldDeg) && !wanted(this.#goalDeg)
    );
  }

  #isDue(limb: Limb, timeNs: number): boolean {
    const toldNs = this.#toldNs.get(limb) ?? -Infinity;
    if (timeNs - toldNs >= (this.#chunks.chunkS / 2) * NS_PER_S) return true;
    return limb.servos.some((servo) => {
      const [goal, told] = [this.#goalDeg[servo]!, this.#toldDeg[servo]!];
      if (Number.isNaN(goal) !== Number.isNaN(told)) return true;
      return Math.abs(goal - told) > ARRIVED_DEG / 2;
    });
  }

  #say(limb: Limb, phrases: PhraseWriter): void {
    const { presentDeg } = this;
    this.#chunks.write(limb, phrases, presentDeg, (servo, afterS) => {
      const left = this.leftDeg(servo);
      const takesS = Math.max(SHORTEST_S, Math.abs(left) / Math.max(1, this.#speed[servo]!));
      return presentDeg[servo]! + left * Math.min(1, afterS / takesS);
    });
  }
}
