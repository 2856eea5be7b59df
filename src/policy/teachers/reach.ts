// Reach: touches the ball that lies on the desk with the hand that rests nearest to it, of those that
// can. It knows from the simulation where the ball is and which angles bring a hand there; when it
// speaks, picture by picture, and what it says follows from ball and pose alone, so that a model can
// learn it. The way down is a funnel: a hand that is dragged over the desk gets stuck on it.
import { PolicyError } from "../../core/errors.ts";
import type { Oracle } from "../../core/ports.ts";
import { servoIndex } from "../../core/robot.ts";
import type { PhraseWriter } from "../../tokens/phrases.ts";
import type { Senses } from "./senses.ts";
import { BALL, emitTurn, isAloft, type Lesson, type Skill } from "./skill.ts";

/** A limb that misses by less can touch. */
const TOUCH_M = 0.006;
/** The funnel: above the ball's centre the tip is to be so high, so far off over the desk. */
const [LOW_M, LOW_WITHIN_M] = [0.025, 0.015];
const [HIGH_M, HIGH_FROM_M] = [0.06, 0.05];
/** The most that a servo turns in a chunk. */
const FASTEST_DEG = 60;
/** Closer to its goal than this every servo may stay where it is. */
const THERE_DEG = 1.5;

type Point = readonly [number, number, number];

export class Reach implements Skill {
  readonly yields = true;
  readonly #lesson: Lesson;
  readonly #oracle: Oracle;
  readonly #limbs: readonly string[];
  /** Where the tips are at rest, by limb; found out in the first step. */
  #homes: ReadonlyMap<string, Point> | undefined;

  constructor(lesson: Lesson) {
    const { robot, oracle } = lesson;
    if (!oracle)
      throw new PolicyError(
        "teacher:reach needs to be told where the ball is, which only a simulated world can do (--body simulation or emulator)",
      );
    this.#lesson = lesson;
    this.#oracle = oracle;
    this.#limbs = Object.keys(robot.limbs).filter((limb) => robot.limbs[limb]!.length >= 3);
    if (this.#limbs.length === 0 || !robot.sensors.some((s) => s.kind === "camera"))
      throw new PolicyError(
        `teacher:reach needs a camera and a limb of at least three servos; ${robot.name} has the limbs ${JSON.stringify(robot.limbs)}`,
      );
  }

  async act({ hasPicture, knowsBall, poseDeg }: Senses, phrases: PhraseWriter): Promise<void> {
    if (!hasPicture || !knowsBall) return;
    const ball = await this.#oracle.position(BALL);
    if (isAloft(ball)) return;
    const limb = await this.#limbFor(ball);
    const { angleDeg } = await this.#oracle.reach(limb, await this.#goal(limb, ball));
    this.#turn(limb, angleDeg, poseDeg, phrases);
    // Another hand would be in the way where it touched the ball before.
    for (const other of this.#limbs)
      if (other !== limb) this.#turn(other, this.#restDeg(other), poseDeg, phrases);
  }

  #turn(
    limb: string,
    goalDeg: ArrayLike<number>,
    poseDeg: Float64Array,
    phrases: PhraseWriter,
  ): void {
    const index = servoIndex(this.#lesson.robot);
    const servos = this.#lesson.robot.limbs[limb]!;
    const fromDeg = servos.map((servo) => poseDeg[index.get(servo)!]!);
    const wayDeg = fromDeg.map((deg, slot) => goalDeg[slot]! - deg);
    const farthestDeg = Math.max(...wayDeg.map(Math.abs));
    if (farthestDeg < THERE_DEG) return;
    const share = Math.min(1, FASTEST_DEG / farthestDeg);
    const turnDeg = wayDeg.map((deg) => deg * share);
    emitTurn(phrases, this.#lesson, limb, { fromDeg, turnDeg });
  }

  #restDeg(limb: string): number[] {
    const { limbs, servos } = this.#lesson.robot;
    return limbs[limb]!.map((name) => servos.find((servo) => servo.name === name)!.restDeg);
  }

  async #limbFor(ball: Point): Promise<string> {
    const homes = (this.#homes ??= await this.#tips());
    const nearestFirst = [...homes].sort(([, a], [, b]) => across(a, ball) - across(b, ball));
    let best = { limb: "", missM: Infinity };
    for (const [limb] of nearestFirst) {
      const { missM } = await this.#oracle.reach(limb, above(ball, LOW_M));
      if (missM < TOUCH_M) return limb;
      if (missM < best.missM) best = { limb, missM };
    }
    return best.limb;
  }

  async #tips(): Promise<Map<string, Point>> {
    const tips = new Map<string, Point>();
    for (const limb of this.#limbs) tips.set(limb, await this.#oracle.position(`${limb}_tip`));
    return tips;
  }

  async #goal(limb: string, ball: Point): Promise<Point> {
    const farM = across(await this.#oracle.position(`${limb}_tip`), ball);
    const up = Math.min(1, Math.max(0, (farM - LOW_WITHIN_M) / (HIGH_FROM_M - LOW_WITHIN_M)));
    return above(ball, LOW_M + up * (HIGH_M - LOW_M));
  }
}

const above = ([x, y, z]: Point, upM: number): Point => [x, y, z + upM];

/** Distance over the desk, metres. */
const across = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1]);
