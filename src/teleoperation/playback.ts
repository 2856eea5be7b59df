// Plays a recorded stretch on a robot that stands elsewhere: first it goes softly to the pose that the
// stretch begins with, then what was recorded is told by a clock that may run faster or slower. That clock
// goes by steps: a robot that was away meanwhile is not told at once all that it has missed, and goes first
// to where it should stand.
import { NS_PER_S } from "../core/clock.ts";
import type { Answer, Observation, Policy, StepOptions } from "../core/ports.ts";
import { restPose, type RobotDescription } from "../core/robot.ts";
import { LimbChunks } from "../tokens/limb-chunks.ts";
import { PhraseWriter } from "../tokens/phrases.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { PoseFollower } from "./pose-follower.ts";

/** A servo frame that was really applied, [servos] degrees. */
export interface RecordedPose {
  readonly timeNs: number;
  readonly angleDeg: Float64Array;
}

interface Body {
  readonly robot: RobotDescription;
  readonly vocabulary: Vocabulary;
}

export interface EaseInOptions extends Body {
  /** Of the stretch, in the order of their stamps, at least one. */
  readonly poses: readonly RecordedPose[];
  readonly startNs: number;
  readonly endNs: number;
  /** 1 as it was, 0.5 half as fast. */
  readonly speed: number;
  /** Answers by the stamps of the recording. */
  readonly recorded: Policy;
  readonly onPlaying: () => void;
  readonly onOver: () => void;
}

/** All servos this near to where the stretch goes on: it may go on. */
const NEAR_DEG = 1.5;
/** Between two steps: after longer the robot was away, and may stand anywhere. */
const LONGEST_STEP_NS = NS_PER_S / 2;
/** A body that does not get there, with a servo that an act holds, plays all the same. */
const PATIENCE_NS = 10 * NS_PER_S;

export class EaseIn implements Policy {
  readonly name: string;
  readonly #options: EaseInOptions;
  readonly #follower: PoseFollower;
  readonly #phrases: PhraseWriter;
  /** When it set out to where the stretch goes on. */
  #beganNs = 0;
  #lastNs = -Infinity;
  /** The stamp of the recording that it has come to. */
  #atNs: number;
  #isPlaying = false;
  #isOver = false;

  constructor(options: EaseInOptions) {
    this.#options = options;
    this.#atNs = options.startNs;
    this.name = options.recorded.name;
    this.#follower = new PoseFollower(options.robot);
    this.#phrases = new PhraseWriter(options.robot, options.vocabulary);
  }

  /** To be told of every frame that the kernel let through, [servos] degrees. */
  applied(angleDeg: Float64Array): void {
    this.#follower.presentDeg.set(angleDeg);
  }

  async step({ timeNs, frames }: Observation, options: StepOptions): Promise<Answer> {
    const stepNs = timeNs - this.#lastNs;
    this.#lastNs = timeNs;
    if (stepNs > LONGEST_STEP_NS) {
      this.#beganNs = timeNs;
      this.#isPlaying = false;
    }
    const { endNs, speed, recorded, onPlaying, onOver } = this.#options;
    if (this.#isPlaying) this.#atNs += stepNs * speed;
    else {
      if (!this.#hasArrived(timeNs)) return this.#approach(timeNs);
      this.#isPlaying = true;
      onPlaying();
    }
    if (this.#atNs >= endNs && !this.#isOver) {
      this.#isOver = true;
      onOver();
    }
    return recorded.step({ timeNs: this.#atNs, frames }, options);
  }

  async close(): Promise<void> {
    await this.#options.recorded.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #hasArrived(timeNs: number): boolean {
    if (timeNs - this.#beganNs > PATIENCE_NS) return true;
    const { presentDeg } = this.#follower;
    return this.#wantedDeg().every((deg, i) => Math.abs(deg - presentDeg[i]!) < NEAR_DEG);
  }

  /** [servos] degrees where the stretch goes on. */
  #wantedDeg(): Float64Array {
    const { poses } = this.#options;
    return (poses.findLast(({ timeNs }) => timeNs <= this.#atNs) ?? poses[0]!).angleDeg;
  }

  #approach(timeNs: number): Int32Array {
    const { robot } = this.#options;
    for (const [servo, deg] of this.#wantedDeg().entries())
      this.#follower.aim(servo, deg, robot.softStart.speedDegPerS);
    this.#follower.write(timeNs, this.#phrases);
    return this.#phrases.end();
  }
}

/**
 * Says the way that a recorded robot took as motion tokens, at any speed: acts, whose pace is their own, can't
 * be slowed down otherwise. Each step tells the way from where the servos are now, so that no error adds up.
 */
export class TracePolicy implements Policy {
  readonly name = "trace";
  readonly #poses: readonly RecordedPose[];
  readonly #speed: number;
  readonly #chunks: LimbChunks;
  readonly #phrases: PhraseWriter;
  readonly #presentDeg: Float64Array;
  #at = 0;

  /** `poses` in the order of their stamps, at least one. */
  constructor({ robot, vocabulary }: Body, poses: readonly RecordedPose[], speed: number) {
    this.#poses = poses;
    this.#speed = speed;
    this.#chunks = new LimbChunks(robot);
    this.#phrases = new PhraseWriter(robot, vocabulary);
    this.#presentDeg = restPose(robot);
  }

  applied(angleDeg: Float64Array): void {
    this.#presentDeg.set(angleDeg);
  }

  async step({ timeNs }: Observation): Promise<Int32Array> {
    while (this.#at < this.#poses.length - 1 && this.#poses[this.#at + 1]!.timeNs <= timeNs)
      this.#at++;
    for (const limb of this.#chunks.limbs)
      this.#chunks.write(limb, this.#phrases, this.#presentDeg, (servo, afterS) =>
        this.#poseDeg(servo, timeNs + afterS * this.#speed * NS_PER_S),
      );
    return this.#phrases.end();
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Where a servo was at a stamp of the recording, the last pose for ever after. */
  #poseDeg(servo: number, timeNs: number): number {
    let next = this.#at;
    while (next < this.#poses.length && this.#poses[next]!.timeNs < timeNs) next++;
    const to = this.#poses[Math.min(next, this.#poses.length - 1)]!;
    const from = this.#poses[Math.max(0, next - 1)]!;
    const share =
      to.timeNs > from.timeNs
        ? Math.min(1, Math.max(0, (timeNs - from.timeNs) / (to.timeNs - from.timeNs)))
        : 1;
    return from.angleDeg[servo]! + (to.angleDeg[servo]! - from.angleDeg[servo]!) * share;
  }
}
