// What the scripted experts share: each is a skill that says which phrases it would emit now.
import type { Observation, Oracle, Sample } from "../../core/ports.ts";
import type { Robot } from "../../core/robot.ts";
import type { MotionCodec } from "../../tokens/motion-codec.ts";
import type { PhraseWriter } from "../../tokens/phrases.ts";

/** What a teacher may use: what a model sees, and what only a teacher is told. */
export interface Lesson {
  readonly robot: Robot;
  readonly codec: MotionCodec;
  /** Absent when the body can't tell where things are. */
  readonly oracle?: Oracle | undefined;
}

export interface Skill {
  readonly name: string;
  /** Writes the phrases for this step, nothing when there is nothing to do. */
  act(observation: Observation, phrases: PhraseWriter): void | Promise<void>;
}

/** The samples that arrived in this step, oldest first. */
export const samplesOf = (observation: Observation): Sample[] =>
  observation.frames.flatMap((frame) => (frame.sample ? [frame.sample] : []));

/** The commanded angle of every servo, [servos] degrees, kept from one `joints` sample to the next. */
export class PresentPose {
  angleDeg: Float64Array;

  constructor(robot: Robot) {
    this.angleDeg = Float64Array.from(robot.servos, (servo) => servo.restDeg);
  }

  see(sample: Sample, robot: Robot): void {
    const isJoints = robot.sensors.some((s) => s.kind === "joints" && s.name === sample.sensor);
    if (isJoints && sample.kind === "values") this.angleDeg = sample.values;
  }
}

/**
 * Emits a chunk for one limb whose servos follow `deltaDeg(servo slot, seconds from now)`, relative
 * to the present pose.
 */
export const emitMotion = (
  phrases: PhraseWriter,
  { codec, robot }: Lesson,
  limb: string,
  deltaDeg: (slot: number, seconds: number) => number,
): void => {
  const width = robot.limbs[limb]!.length;
  const chunk = new Float64Array(codec.frames * width);
  for (let frame = 0; frame < codec.frames; frame++)
    for (let slot = 0; slot < width; slot++)
      chunk[frame * width + slot] = deltaDeg(slot, (frame + 1) / 50);
  const ids = new Int32Array(codec.maxTokens(width));
  const count = codec.encode(chunk, new Float64Array(width), width, ids);
  phrases.motion(limb, ids, count);
};
