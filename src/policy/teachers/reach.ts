// Reach: touches the ball with the nearer of the hands that can. It knows from the simulation where
// the ball is and which angles bring a hand there; what it emits is ordinary motion tokens. It comes
// down on the ball from above: a hand that is dragged over the desk gets stuck on it.
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
/** A limb that misses by less can touch. */
const TOUCH_M = 0.006;
/** It goes to a place this high above the ball, as near as it can, and then down. */
const LIFT_M = 0.06;
const NEAR_M = 0.03;
/** A ball that is so far from where it was when the hand came down is approached anew. */
const MOVED_M = 0.05;

type Point = readonly [number, number, number];

export class Reach implements Skill {
  readonly name = "reach";
  readonly #lesson: Lesson;
  readonly #oracle: Oracle;
  readonly #pose: PresentPose;
  readonly #limbs: readonly string[];
  #nextNs = 0;
  /** The descent that the hand is on: which limb, and where the ball was when it began. */
  #descent: { readonly limb: string; readonly ball: Point } | undefined;

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
    const ball = await this.#oracle.position(GOAL);
    let best: { limb: string; farM: number; missM: number } | undefined;
    for (const limb of this.#limbs) {
      const tip = await this.#oracle.position(`${limb}_tip`);
      const { missM } = await this.#oracle.reach(limb, ball);
      const found = { limb, farM: across(tip, ball), missM: missM < TOUCH_M ? 0 : missM };
      if (
        !best ||
        found.missM < best.missM ||
        (found.missM === best.missM && found.farM < best.farM)
      )
        best = found;
    }
    if (!best)
      throw new PolicyError(
        `teacher:reach needs a limb of at least three servos; ${this.#lesson.robot.name} has ${JSON.stringify(this.#lesson.robot.limbs)}`,
      );
    const { limb, farM } = best;
    return { limb, angleDeg: await this.#approach(limb, ball, farM) };
  }

  async #approach(limb: string, ball: Point, farM: number): Promise<Float64Array> {
    const last = this.#descent;
    if (last && (last.limb !== limb || across(last.ball, ball) > MOVED_M))
      this.#descent = undefined;
    if (!this.#descent) {
      const above: Point = [ball[0], ball[1], ball[2] + LIFT_M];
      const tip = await this.#oracle.position(`${limb}_tip`);
      const { angleDeg, missM } = await this.#oracle.reach(limb, above);
      const leftM = Math.hypot(tip[0] - above[0], tip[1] - above[1], tip[2] - above[2]);
      if (farM > NEAR_M && leftM > missM + NEAR_M) return angleDeg;
      this.#descent = { limb, ball };
    }
    return (await this.#oracle.reach(limb, ball)).angleDeg;
  }
}

/** Distance over the desk, metres. */
const across = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1]);
