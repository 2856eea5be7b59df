// What the scripted experts share: each is a skill that says which phrases it would emit now.
import type { Oracle } from "../../core/ports.ts";
import type { Robot } from "../../core/robot.ts";
import type { MotionCodec } from "../../tokens/motion-codec.ts";
import type { PhraseWriter } from "../../tokens/phrases.ts";
import type { Senses } from "./senses.ts";

/** What a teacher may use: what a model knows, and what only a teacher is told. */
export interface Lesson {
  readonly robot: Robot;
  readonly codec: MotionCodec;
  /** Absent when the body can't tell where things are. */
  readonly oracle?: Oracle | undefined;
}

export interface Skill {
  /** Keeps still while an act plays or is said in the same step: it must not fight it. */
  readonly yields: boolean;
  /** Writes the phrases for this step, nothing when there is nothing to do. */
  act(senses: Senses, phrases: PhraseWriter): void | Promise<void>;
}

/** The object to look at and to touch, by its name in the scene. */
export const BALL = "ball";

/** Higher than this a ball is held in the air; lower it lies on the desk. */
const ALOFT_M = 0.06;

export const isAloft = (ball: readonly [number, number, number]): boolean => ball[2] > ALOFT_M;

/**
 * Turns the servos of a limb from `fromDeg` by `turnDeg` [limb servos] along the codec's own gentlest curve, a cosine
 * ramp of one chunk: with the default codec that is one token a servo, the shortest phrase there is.
 * `haste`, so many times the turn of the curve behind it, half a sine, brings a servo there sooner, at
 * one more token a servo.
 */
export const emitTurn = (
  phrases: PhraseWriter,
  { codec }: Lesson,
  limb: string,
  {
    fromDeg,
    turnDeg,
    haste = 0,
  }: { readonly fromDeg: readonly number[]; readonly turnDeg: readonly number[]; haste?: number },
): void => {
  const width = turnDeg.length;
  // By the default codec only turns are told; to be exact, they are told from zero.
  const isTurned = codec.name === "dct";
  const startDeg = isTurned ? new Float64Array(width) : Float64Array.from(fromDeg);
  const chunk = Float64Array.from({ length: codec.frames * width }, (_, i) => {
    const share = (Math.floor(i / width) + 1) / codec.frames;
    const ramp = (1 - Math.cos(Math.PI * share)) / 2;
    return startDeg[i % width]! + turnDeg[i % width]! * (ramp + haste * Math.sin(Math.PI * share));
  });
  const ids = new Int32Array(codec.maxTokens(width));
  const count = codec.encode(chunk, startDeg, width, ids);
  // Frequency-major: the ramps of all servos come first, and what a prefix leaves out is zero.
  const curves = haste === 0 ? 1 : 2;
  phrases.motion(limb, ids, isTurned ? Math.min(count, curves * width) : count);
};
