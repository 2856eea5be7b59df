// The operator as a policy: what people want becomes the action tokens that a model would say, so that
// the runtime and its safety kernel can't tell the difference, and every demonstration is tokens
// already.
import { NS_PER_MS } from "../core/clock.ts";
import type { Observation, Policy } from "../core/ports.ts";
import { quickestPace, type RobotDescription } from "../core/robot.ts";
import { PhraseReader, PhraseWriter } from "../tokens/phrases.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import type { Intent, OperatorPort } from "./operator-port.ts";
import { PoseFollower } from "./pose-follower.ts";

/** A leader this far away is approached at the speed of a soft start, so that taking hold jerks nothing. */
const FAR_DEG = 8;

export class OperatorPolicy implements Policy {
  readonly name = "operator";
  readonly #robot: RobotDescription;
  readonly #port: OperatorPort;
  readonly #phrases: PhraseWriter;
  readonly #reader: PhraseReader;
  readonly #follower: PoseFollower;
  readonly #driven: Set<number> = new Set();
  readonly #caughtUp: Set<number> = new Set();
  #actUntilNs = -Infinity;
  #takesHold = false;

  constructor(robot: RobotDescription, vocabulary: Vocabulary, port: OperatorPort) {
    this.#robot = robot;
    this.#port = port;
    this.#phrases = new PhraseWriter(robot, vocabulary);
    this.#reader = new PhraseReader(robot, vocabulary);
    this.#follower = new PoseFollower(robot);
  }

  /** To be told of every frame that the kernel let through, [servos] degrees. */
  applied(angleDeg: Float64Array): void {
    this.#follower.presentDeg.set(angleDeg);
  }

  /** To be told what somebody else said in the person's place. */
  heed(ids: Int32Array, timeNs: number): void {
    for (const phrase of this.#reader.read(ids).phrases)
      if (phrase.kind === "act") this.#plays(phrase.act, phrase.pace, timeNs);
  }

  /** From the next step on the robot is the person's: an act of somebody else that plays on would not let the hand have it. */
  takeHold(): void {
    this.#takesHold = true;
  }

  async step({ timeNs }: Observation): Promise<Int32Array> {
    const intent = this.#port.read();
    const ends = intent.letGo || (this.#takesHold && intent.acts.length === 0);
    this.#takesHold = false;
    if (intent.isLive) this.#want(intent);
    else {
      this.#follower.stop();
      this.#driven.clear();
      this.#caughtUp.clear();
    }
    if (ends && timeNs < this.#actUntilNs) this.#holdStill();
    for (const { act, pace } of intent.acts) this.#begin(act, pace, timeNs);
    this.#follower.write(timeNs, this.#phrases);
    return this.#phrases.end();
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #want({ turnDeg, speeds, poseDeg, speedShare }: Intent): void {
    for (const [servo, { maxSpeedDegPerS }] of this.#robot.servos.entries()) {
      const topSpeed = speedShare * maxSpeedDegPerS;
      const [turn, speed, pose] = [turnDeg[servo]!, speeds[servo]!, poseDeg[servo]!];
      if (speed !== 0) {
        this.#follower.drive(servo, speed * topSpeed);
        this.#driven.add(servo);
      } else if (this.#driven.delete(servo)) this.#follower.stop(servo);
      // What is asked for before the hand lets go must be done before its input is stale.
      if (turn !== 0)
        this.#follower.turn(servo, turn, topSpeed, (topSpeed * this.#port.staleMs) / 1000);
      if (!Number.isNaN(pose)) this.#follow(servo, pose, topSpeed);
    }
  }

  #follow(servo: number, poseDeg: number, topSpeed: number): void {
    if (Math.abs(poseDeg - this.#follower.presentDeg[servo]!) < FAR_DEG) this.#caughtUp.add(servo);
    const { speedDegPerS } = this.#robot.softStart;
    const speed = this.#caughtUp.has(servo) ? topSpeed : Math.min(topSpeed, speedDegPerS);
    this.#follower.aim(servo, poseDeg, speed);
  }

  #begin(name: string, pace = this.#usualPace, timeNs: number): void {
    this.#phrases.act(name, pace);
    this.#follower.giveWay();
    this.#plays(name, pace, timeNs);
  }

  #plays(name: string, pace: string, timeNs: number): void {
    const act = this.#robot.acts[name]!;
    const lastsMs = "keyframes" in act ? act.keyframes.at(-1)!.atMs : act.durationMs;
    this.#actUntilNs = timeNs + lastsMs * this.#robot.paces[pace]! * NS_PER_MS;
  }

  /** Whoever lets go in the middle of an act, or takes hold in one, means it to end. */
  #holdStill(): void {
    this.#actUntilNs = -Infinity;
    const hold = Object.entries(this.#robot.acts).find(([, act]) => "hold" in act);
    if (hold) this.#phrases.act(hold[0], quickestPace(this.#robot)); // holding lasts, too
  }

  get #usualPace(): string {
    const { paces } = this.#robot;
    return "normal" in paces ? "normal" : Object.keys(paces)[0]!;
  }
}
