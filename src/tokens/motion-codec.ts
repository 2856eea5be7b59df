// What a codec of servo motion is: an action chunk to a few ids and back, total on the way back.
import type { RobotDescription } from "../core/robot.ts";
import { SERVO_PERIOD_NS } from "../core/robot.ts";
import { BinsChunkCodec } from "./bins-chunk.ts";
import { DctChunkCodec } from "./dct-chunk.ts";

export interface MotionCodec {
  readonly name: string;
  /** Servo frames in a chunk. */
  readonly frames: number;
  /** Ids are 0..levels-1, local to the motion range. */
  readonly levels: number;
  /** The most ids that a chunk of so many servos takes. */
  maxTokens(servos: number): number;
  /**
   * Writes the ids of a chunk to `out` and returns their count. chunkDeg [frames, servos] absolute,
   * frame i is the pose (i + 1) * 20 ms after the start; startDeg [servos].
   */
  encode(chunkDeg: Float64Array, startDeg: Float64Array, servos: number, out: Int32Array): number;
  /**
   * Writes [frames, servos] degrees for ANY ids: a missing id or one outside 0..levels-1 means
   * hold, ids beyond maxTokens are ignored. Finite for a finite start.
   */
  decode(
    ids: Int32Array,
    count: number,
    startDeg: Float64Array,
    servos: number,
    outDeg: Float64Array,
  ): void;
}

const codecs = new WeakMap<RobotDescription, MotionCodec>();

/** The codec that robot.motion chooses. It has no state, and takes 30 ms to make: a robot has one. */
export const motionCodecOf = (robot: RobotDescription): MotionCodec => {
  const codec = codecs.get(robot) ?? makeCodec(robot);
  codecs.set(robot, codec);
  return codec;
};

const makeCodec = (robot: RobotDescription): MotionCodec => {
  const { codec, chunkMs, coefficients, levels } = robot.motion;
  const frames = Math.round((chunkMs * 1e6) / SERVO_PERIOD_NS);
  if (codec === "dct") return new DctChunkCodec({ frames, coefficients, levels });
  return new BinsChunkCodec({ frames, levels, rangeDeg: angleRangeOf(robot) });
};

/** The smallest range that holds every servo's angles, degrees. */
export const angleRangeOf = (robot: RobotDescription): [number, number] => [
  Math.min(...robot.servos.map((s) => s.angleDeg[0])),
  Math.max(...robot.servos.map((s) => s.angleDeg[1])),
];
