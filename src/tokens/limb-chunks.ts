// Says where servos are to go as motion phrases, a limb at a time: what the codec's lowest curves can tell
// of it, in as few ids as tell all of that.
import { type RobotDescription, SERVO_RATE_HZ, servoIndex } from "../core/robot.ts";
import { type MotionCodec, motionCodecOf } from "./motion-codec.ts";
import type { PhraseWriter } from "./phrases.ts";

export interface Limb {
  readonly name: string;
  readonly servos: readonly number[];
}

/** Where a servo is to be so many seconds from now, degrees. */
type Way = (servo: number, afterS: number) => number;

export class LimbChunks {
  readonly limbs: readonly Limb[];
  /** How long a phrase moves, seconds. */
  readonly chunkS: number;
  readonly #codec: MotionCodec;

  constructor(robot: RobotDescription) {
    this.#codec = motionCodecOf(robot);
    this.chunkS = this.#codec.frames / SERVO_RATE_HZ;
    const index = servoIndex(robot);
    this.limbs = Object.entries(robot.limbs).map(([name, servos]) => ({
      name,
      servos: servos.map((servo) => index.get(servo)!),
    }));
  }

  /** Writes the phrase that takes a limb from `startDeg`, [servos of the robot], along its way. */
  write(limb: Limb, phrases: PhraseWriter, startDeg: Float64Array, way: Way): void {
    const ids = this.encode(limb, startDeg, way);
    phrases.motion(limb.name, ids, ids.length);
  }

  /** The ids of that phrase, local to the motion range, at least one. */
  encode({ servos }: Limb, startDeg: Float64Array, way: Way): Int32Array {
    const { frames } = this.#codec;
    const width = servos.length;
    const chunk = Float64Array.from({ length: frames * width }, (_, at) =>
      way(servos[at % width]!, (Math.floor(at / width) + 1) / SERVO_RATE_HZ),
    );
    const ids = new Int32Array(this.#codec.maxTokens(width));
    const count = this.#codec.encode(chunk, startOf(servos, startDeg), width, ids);
    return ids.subarray(0, this.#significant(ids, count));
  }

  /** What the ids tell: [frames, servos of the limb] degrees, a row a servo frame, the first 20 ms from now. */
  decode({ servos }: Limb, startDeg: Float64Array, ids: Int32Array): Float64Array {
    const width = servos.length;
    const out = new Float64Array(this.#codec.frames * width);
    this.#codec.decode(ids, ids.length, startOf(servos, startDeg), width, out);
    return out;
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

const startOf = (servos: readonly number[], startDeg: Float64Array): Float64Array =>
  Float64Array.from(servos, (servo) => startDeg[servo]!);
