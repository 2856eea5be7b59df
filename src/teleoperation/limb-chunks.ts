// Says where servos are to go as motion phrases, a limb at a time: what the codec's lowest curves can tell
// of it, in as few ids as tell all of that.
import { type RobotDescription, SERVO_RATE_HZ, servoIndex } from "../core/robot.ts";
import { type MotionCodec, motionCodecOf } from "../tokens/motion-codec.ts";
import type { PhraseWriter } from "../tokens/phrases.ts";

export interface Limb {
  readonly name: string;
  readonly servos: readonly number[];
}

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

  /** `turnDeg` tells by how much a servo is to be turned from where it is, so many seconds from now. */
  write(
    { name, servos }: Limb,
    phrases: PhraseWriter,
    turnDeg: (servo: number, afterS: number) => number,
  ): void {
    const { frames } = this.#codec;
    const width = servos.length;
    const chunk = Float64Array.from({ length: frames * width }, (_, at) =>
      turnDeg(servos[at % width]!, (Math.floor(at / width) + 1) / SERVO_RATE_HZ),
    );
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
