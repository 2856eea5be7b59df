// Says a recorded way of the servos in motion tokens, chunk after chunk. Each chunk begins where the one before
// leads, not where the recording was: so no error adds up, and what is told is what a robot would do.
import { NS_PER_S } from "../../core/clock.ts";
import { type RobotDescription, SERVO_PERIOD_NS } from "../../core/robot.ts";
import { type Limb, LimbChunks } from "../../tokens/limb-chunks.ts";
import { PhraseWriter } from "../../tokens/phrases.ts";
import type { Vocabulary } from "../../tokens/vocabulary.ts";

/** A limb that a chunk moves by less stands: it is not told. */
const STILL_DEG = 0.05;
/** A tick may be off by as much as its stamp is rounded. */
const ROUNDING_NS = 1000;

/** Where a servo is at a stamp, degrees. */
export type RecordedWay = (servo: number, timeNs: number) => number;

export class ToldMotion {
  readonly #chunks: LimbChunks;
  readonly #phrases: PhraseWriter;
  /** What the chunk at hand makes of each limb it moves: [frames, servos of the limb] degrees. */
  readonly #playing = new Map<Limb, Float64Array>();
  #beganNs = -Infinity;
  #startDeg: Float64Array = new Float64Array(0); // [servos] where it began

  constructor(robot: RobotDescription, vocabulary: Vocabulary) {
    this.#chunks = new LimbChunks(robot);
    this.#phrases = new PhraseWriter(robot, vocabulary);
  }

  /** Begins anew, [servos] degrees. */
  begin(startDeg: Float64Array): void {
    this.#beganNs = -Infinity;
    this.#playing.clear();
    this.#startDeg = startDeg.slice();
  }

  /** The answer at a stamp; empty while the chunk at hand lasts until the next time that one can be given. */
  answer(timeNs: number, nextNs: number, way: RecordedWay): Int32Array {
    const endNs = this.#beganNs + this.#chunks.chunkS * NS_PER_S;
    if (nextNs <= endNs + ROUNDING_NS) return this.#phrases.end();
    const startDeg = this.toldDeg(timeNs);
    this.#startDeg = startDeg;
    this.#beganNs = timeNs;
    this.#playing.clear();
    for (const limb of this.#chunks.limbs) {
      const ids = this.#chunks.encode(limb, startDeg, (servo, afterS) =>
        way(servo, timeNs + afterS * NS_PER_S),
      );
      const poses = this.#chunks.decode(limb, startDeg, ids);
      const width = limb.servos.length;
      const moves = poses.some(
        (deg, at) => Math.abs(deg - startDeg[limb.servos[at % width]!]!) > STILL_DEG,
      );
      if (!moves) continue;
      this.#playing.set(limb, poses);
      this.#phrases.motion(limb.name, ids, ids.length);
    }
    return this.#phrases.end();
  }

  /** [servos] degrees: where what was told has led to by a stamp. */
  toldDeg(timeNs: number): Float64Array {
    const pose = this.#startDeg.slice();
    const frame = (timeNs - this.#beganNs) / SERVO_PERIOD_NS - 1; // row 0 is a servo frame after the start
    if (frame <= -1) return pose;
    for (const [{ servos }, poses] of this.#playing)
      for (const [slot, servo] of servos.entries()) {
        const at = (row: number): number => poses[row * servos.length + slot]!;
        const last = poses.length / servos.length - 1;
        const row = Math.min(Math.floor(frame), last);
        const from = row < 0 ? this.#startDeg[servo]! : at(row);
        const to = at(Math.min(row + 1, last));
        pose[servo] = from + (to - from) * (frame - Math.floor(frame));
      }
    return pose;
  }
}
