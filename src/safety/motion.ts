// The commanded pose on its way to a goal: every servo within its range, speed and acceleration.
// Motion is counted in whole microsteps, so that it depends on stamps alone and replays bit for bit.
import { reachOf, type RobotDescription } from "../core/robot.ts";
import { brakingDistance, nextStride } from "./braking.ts";

/** Length of a microstep; strides are degrees a microstep. */
const STEP_S = 1e-3;
const ALMOST = 1 - 1e-9;

export class Motion {
  /** The commanded pose, [servos] degrees; moves in place. */
  readonly angleDeg: Float64Array;
  /** Where it goes, [servos] degrees, inside each servo's range. */
  readonly goalDeg: Float64Array;
  readonly #minDeg: Float64Array;
  readonly #maxDeg: Float64Array;
  readonly #strideDeg: Float64Array; // [servos] signed, of the last microstep
  readonly #changeDeg: Float64Array; // [servos] by how much that stride differed from the one before
  readonly #maxStrideDeg: Float64Array;
  readonly #slowStrideDeg: Float64Array; // the speed limit of soft start, never above the servo's
  readonly #maxChangeDeg: Float64Array;

  /** `startDeg`: [servos] degrees, inside each servo's range. */
  constructor(robot: RobotDescription, startDeg: Float64Array) {
    const { servos, softStart } = robot;
    this.#minDeg = Float64Array.from(servos, (s) => reachOf(s)[0]);
    this.#maxDeg = Float64Array.from(servos, (s) => reachOf(s)[1]);
    this.angleDeg = Float64Array.from(startDeg);
    this.goalDeg = Float64Array.from(startDeg);
    this.#strideDeg = new Float64Array(servos.length);
    this.#changeDeg = new Float64Array(servos.length);
    this.#maxStrideDeg = Float64Array.from(servos, (s) => s.maxSpeedDegPerS * STEP_S);
    this.#slowStrideDeg = this.#maxStrideDeg.map((max) =>
      Math.min(max, softStart.speedDegPerS * STEP_S),
    );
    this.#maxChangeDeg = Float64Array.from(servos, (s) => s.maxAccelerationDegPerS2 * STEP_S ** 2);
  }

  /** Sets a servo's goal, the nearest in range to what is asked; says whether it is what was asked. */
  aim(index: number, targetDeg: number): boolean {
    const goalDeg = this.#inRange(index, targetDeg);
    this.goalDeg[index] = goalDeg;
    return goalDeg === targetDeg;
  }

  /** Aims every servo at the nearest point where it can stop. */
  brake(): void {
    for (let i = 0; i < this.angleDeg.length; i++)
      this.aim(i, this.angleDeg[i]! + brakingDistance(this.#strideDeg[i]!, this.#maxChangeDeg[i]!));
  }

  /** Forgets all motion: without power the pose stays what was last commanded. */
  freeze(): void {
    this.goalDeg.set(this.angleDeg);
    this.#strideDeg.fill(0);
    this.#changeDeg.fill(0);
  }

  /** Moves for so many milliseconds; `slow` keeps to the speed of soft start. */
  advance(ms: number, slow: boolean): void {
    const limitDeg = slow ? this.#slowStrideDeg : this.#maxStrideDeg;
    for (let i = 0; i < this.angleDeg.length; i++) this.#advanceServo(i, ms, limitDeg[i]!);
  }

  #advanceServo(index: number, ms: number, maxStrideDeg: number): void {
    const maxChangeDeg = this.#maxChangeDeg[index]!;
    const goalDeg = this.goalDeg[index]!;
    let angleDeg = this.angleDeg[index]!;
    let lastDeg = this.#strideDeg[index]!;
    for (let step = 0; step < ms; step++) {
      const gapDeg = goalDeg - angleDeg;
      if (gapDeg === 0 && lastDeg === 0) break;
      const strideDeg = nextStride(gapDeg, lastDeg, maxStrideDeg, maxChangeDeg);
      this.#changeDeg[index] = strideDeg - lastDeg;
      // A sum would miss the goal, or the end of the range, by a rounding.
      angleDeg = strideDeg === gapDeg ? goalDeg : this.#inRange(index, angleDeg + strideDeg);
      lastDeg = strideDeg;
    }
    this.angleDeg[index] = angleDeg;
    this.#strideDeg[index] = lastDeg;
  }

  #inRange(index: number, angleDeg: number): number {
    return Math.min(this.#maxDeg[index]!, Math.max(this.#minDeg[index]!, angleDeg));
  }

  /** Degrees between a servo's commanded angle and its goal. */
  lagDeg(index: number): number {
    return Math.abs(this.goalDeg[index]! - this.angleDeg[index]!);
  }

  /** Whether a servo runs at the speed limit. */
  atSpeedLimit(index: number, slow: boolean): boolean {
    const limitDeg = slow ? this.#slowStrideDeg[index]! : this.#maxStrideDeg[index]!;
    return Math.abs(this.#strideDeg[index]!) >= limitDeg * ALMOST;
  }

  /** Whether a servo gathers speed towards its goal at the acceleration limit; planned braking is not that. */
  atAccelerationLimit(index: number): boolean {
    const towardsDeg =
      this.#changeDeg[index]! * Math.sign(this.goalDeg[index]! - this.angleDeg[index]!);
    return towardsDeg >= this.#maxChangeDeg[index]! * ALMOST;
  }

  /** Whether every servo is within so many degrees of its goal. */
  isWithin(lagDeg: number): boolean {
    for (let i = 0; i < this.angleDeg.length; i++) if (this.lagDeg(i) > lagDeg) return false;
    return true;
  }

  /** Whether every servo stands still on its goal. */
  get isSettled(): boolean {
    for (let i = 0; i < this.angleDeg.length; i++) if (this.#strideDeg[i] !== 0) return false;
    return this.isWithin(0);
  }
}
