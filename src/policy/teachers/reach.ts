// Reach: touches the ball with the hand that gets nearer. It knows from the simulation where the
// ball is and which angles bring a hand there; what it emits is ordinary motion tokens.
import { PolicyError } from "../../core/errors.ts";
import { NS_PER_MS } from "../../core/clock.ts";
import type { Observation, Oracle } from "../../core/ports.ts";
import { servoIndex } from "../../core/robot.ts";
import type { PhraseWriter } from "../../tokens/phrases.ts";
import { emitMotion, type Lesson, PresentPose, type Skill, samplesOf } from "./skill.ts";

/** The object to touch, by its name in the scene. */
const GOAL = "ball";
const REPLAN_NS = 250 * NS_PER_MS;
const SPEED_DEG_PER_S = 90;

export class Reach implements Skill {
  readonly name = "reach";
  readonly #lesson: Lesson;
  readonly #oracle: Oracle;
  readonly #pose: PresentPose;
  readonly #limbs: readonly string[];
  #nextNs = 0;

  constructor(lesson: Lesson) {
    if (!lesson.oracle)
      throw new PolicyError(
        "teacher:reach needs to be told where the ball is, which only --body simulation can do",
      );
    this.#lesson = lesson;
    this.#oracle = lesson.oracle;
    this.#pose = new PresentPose(lesson.robot);
    this.#limbs = Object.keys(lesson.robot.limbs).filter(
      (limb) => lesson.robot.limbs[limb]!.length >= 3,
    );
  }

  async act(observation: Observation, phrases: PhraseWriter): Promise<void> {
    for (const sample of samplesOf(observation)) this.#pose.see(sample, this.#lesson.robot);
    if (observation.timeNs < this.#nextNs) return;
    this.#nextNs = observation.timeNs + REPLAN_NS;
    const { limb, angleDeg } = await this.#nearest();
    const index = servoIndex(this.#lesson.robot);
    const way = this.#lesson.robot.limbs[limb]!.map(
      (servo, slot) => angleDeg[slot]! - this.#pose.angleDeg[index.get(servo)!]!,
    );
    const seconds = Math.max(0.2, Math.max(...way.map(Math.abs)) / SPEED_DEG_PER_S);
    emitMotion(phrases, this.#lesson, limb, (slot, s) => way[slot]! * Math.min(1, s / seconds));
  }

  async #nearest(): Promise<{ limb: string; angleDeg: Float64Array }> {
    const goal = await this.#oracle.position(GOAL);
    let best: { limb: string; angleDeg: Float64Array; missM: number } | undefined;
    for (const limb of this.#limbs) {
      const found = await this.#oracle.reach(limb, goal);
      if (!best || found.missM < best.missM) best = { limb, ...found };
    }
    if (!best)
      throw new PolicyError(
        `teacher:reach needs a limb of at least three servos; ${this.#lesson.robot.name} has ${JSON.stringify(this.#lesson.robot.limbs)}`,
      );
    return best;
  }
}
