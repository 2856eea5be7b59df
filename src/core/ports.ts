// The ports between the rooms: what a sensor gives, what a policy sees and says, what a body plays.
import type { Observable } from "rxjs";

interface Stamped {
  /** Name of the sensor in robot.yaml. */
  readonly sensor: string;
  /** Nanoseconds since the session's start at which the quantity was measured. */
  readonly timeNs: number;
}

/** A block of sound, mono, [samples] in -1..1; `timeNs` is the stamp of the first one. */
export interface AudioSample extends Stamped {
  readonly kind: "audio";
  readonly rateHz: number;
  readonly pcm: Float32Array;
}

/** A picture with its depth: rgb [height, width, 3], depthM [height, width] metres. */
export interface ImageSample extends Stamped {
  readonly kind: "image";
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
  readonly depthM: Float32Array;
}

/** Numbers in the sensor's own unit: one for heat, distance and touch, one a servo for joints. */
export interface ValuesSample extends Stamped {
  readonly kind: "values";
  readonly values: Float64Array;
}

export type Sample = AudioSample | ImageSample | ValuesSample;

/** A source of stamped samples; subscribing starts it, unsubscribing releases its device. */
export interface Sensor {
  readonly name: string;
  readonly samples: Observable<Sample>;
}

/** What was spoken, for whoever teaches: a model never sees it. */
export interface Cue {
  readonly act: string;
  /** Absent where any pace will do. */
  readonly pace?: string;
  readonly speaker?: string;
  readonly startNs: number;
  readonly endNs: number;
}

/** The tokens of one sample: the sensor's marker, then its ids. */
export interface TokenFrame extends Stamped {
  readonly ids: Int32Array;
  /** What the ids stand for; policies over continuous embeddings read this instead. */
  readonly sample?: Sample;
  /** What the ids of sound stand for, which needs more than its last sample: [stacks, numbers]. */
  readonly stacks?: Float32Array;
}

/** One control step as a policy sees it. */
export interface Observation {
  readonly timeNs: number;
  /** The frames that arrived since the last step, oldest first. */
  readonly frames: readonly TokenFrame[];
}

export interface StepOptions {
  readonly signal: AbortSignal;
  /** The stamp by which an answer is still of use. */
  readonly deadlineNs: number;
}

/**
 * Action token ids, closed by `end`: an empty answer leaves the robot to what it is doing. Or motion
 * that was never quantised: degrees [frames, servos] by which each servo is to turn from where it is,
 * a row a servo frame (20 ms), at least one.
 */
export type Answer = Int32Array | Float32Array;

/** Reads what is sensed and says what to do; a model, a teacher or a remote looks the same. */
export interface Policy extends AsyncDisposable {
  readonly name: string;
  step(observation: Observation, options: StepOptions): Promise<Answer>;
  close(): Promise<void>;
}

/** What the servos are told for one 20 ms frame; unpowered means limp: no pulse at all. */
export interface ServoFrame {
  readonly timeNs: number;
  /** [servos] degrees */
  readonly angleDeg: Float64Array;
  readonly powered: boolean;
}

/**
 * What a body has taken over for its outputs, and from which stamp on; the servos know it some ms
 * later, when its pulses end. A board answers with what is on its pins, a simulation with what its servos will follow.
 */
export interface BodyStatus {
  /** The body's own stamp at which the frame reached the outputs. */
  readonly appliedAtNs: number;
  readonly powered: boolean;
  /** Why it obeys nobody at present, where it means to be back: a pulled cable. Absent when it obeys. */
  readonly away?: string;
}

/** Executes servo frames and carries sensors of its own. */
export interface Body extends AsyncDisposable {
  readonly kind: string;
  /** How long it may owe an answer before it is taken for broken; half a second where left out. */
  readonly answerLimitMs?: number;
  readonly samples: Observable<Sample>;
  /** The world's exact state, where the body can tell it (simulation): the witness of a replay. */
  readonly states: Observable<WorldState>;
  /** Mechanical work of all servos so far, where the body can measure it: the integral of |torque x speed|. */
  readonly actuationJoules?: number;
  /** Puts a frame, copied before this returns, on the outputs and resolves to what is really there. */
  send(frame: ServoFrame): Promise<BodyStatus>;
  /** Cuts every pulse ahead of all that is queued, until `clear`; without it unpowered frames have to do. */
  stop?(): void;
  clear?(): void;
  /** Carries a thing of a simulated world, from now on; resolves to the stamp at which its move begins, nanoseconds. */
  move?(move: Omit<SceneMove, "atMs">): Promise<number>;
  close(): Promise<void>;
}

export interface WorldState {
  readonly timeNs: number;
  /** Generalised positions, then velocities: radians, metres, seconds. */
  readonly values: Float64Array;
}

/** What only a simulation knows; teachers may ask it, policies can't. */
export interface Oracle {
  /** World position of a site or body, metres. */
  position(name: string): Promise<readonly [number, number, number]>;
  /** The limb's angles, [limb servos] degrees, that bring its tip nearest to a point, and the miss in metres. */
  reach(
    limb: string,
    pointM: readonly [number, number, number],
  ): Promise<{ angleDeg: Float64Array; missM: number }>;
}

/** A movement of a scene object, by the simulation's own time. */
export interface SceneMove {
  readonly atMs: number;
  readonly object: string;
  readonly toM: readonly [number, number, number];
  /** How long the object is on its way; 0 places it at once. */
  readonly durationMs: number;
}
