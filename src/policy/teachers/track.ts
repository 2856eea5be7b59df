// Track: keeps the red ball, held in the air, in the middle of the camera's picture by turning the
// servos "pan" and "tilt". At each picture it leads the ball by its speed against the room, so that a
// ball that moves steadily does not trail; all it goes by are the last two pictures and the poses told
// with them. It says something at each picture that shows the ball, be it to stand still, since what it
// said before would play on; it does not look for what it can't see.
import { NS_PER_S } from "../../core/clock.ts";
import { PolicyError } from "../../core/errors.ts";
import { servoIndex } from "../../core/robot.ts";
import type { PhraseWriter } from "../../tokens/phrases.ts";
import type { Senses } from "./senses.ts";
import { BALL, emitTurn, isAloft, type Lesson, type Skill } from "./skill.ts";

// The figures were found for a picture each 100 ms: the next chunk cuts this one off after a fifth of
// it, so each asks for several times the way there is to go.
/** What one picture width is, near the middle of a camera that sees 65 degrees. */
const DEG_PER_WIDTH = 70;
/** Degrees to ask for, per degree that the ball is off. */
const GAIN = 3;
/** Seconds of the ball's speed to ask for on top. */
const LEAD_S = 0.3;
/** {@link emitTurn} */
const HASTE = 0.25;
/** A servo trails what it was last told by half of what it was told in the last 100 ms. */
const TRAILS = 0.5;
/** Pictures further apart tell no speed. */
const LATELY_NS = 0.25 * NS_PER_S;

/** What the last picture with the ball in it told. */
interface Sight {
  readonly timeNs: number;
  /** [limb servos] degrees as applied, and those at which the ball would be in the middle. */
  readonly poseDeg: readonly number[];
  readonly ballDeg: readonly number[];
}

export class Track implements Skill {
  readonly yields = true;
  readonly #lesson: Lesson;
  readonly #limb: string;
  readonly #servos: readonly string[];

  constructor(lesson: Lesson) {
    const { robot } = lesson;
    const [limb, servos] =
      Object.entries(robot.limbs).find(
        ([, names]) => names.includes("pan") && names.includes("tilt"),
      ) ?? [];
    if (
      limb === undefined ||
      servos === undefined ||
      !robot.sensors.some((s) => s.kind === "camera")
    )
      throw new PolicyError(
        `teacher:track needs a camera and a limb with the servos pan and tilt; ${robot.name} has the limbs ${JSON.stringify(robot.limbs)}`,
      );
    this.#lesson = lesson;
    this.#limb = limb;
    this.#servos = servos;
  }

  #before: Sight | undefined;

  async act({ timeNs, hasPicture, ball, poseDeg }: Senses, phrases: PhraseWriter): Promise<void> {
    if (!hasPicture) return;
    const { oracle, robot } = this.#lesson;
    const follows = ball !== undefined && !(oracle && !isAloft(await oracle.position(BALL)));
    const recent = this.#before && timeNs - this.#before.timeNs <= LATELY_NS;
    const before = recent ? this.#before : undefined;
    this.#before = undefined;
    if (!follows) return;
    const index = servoIndex(robot);
    const off: Readonly<Record<string, number>> = { pan: -ball.x, tilt: ball.y };
    const offDeg = this.#servos.map((servo) => (off[servo] ?? 0) * DEG_PER_WIDTH);
    const toldDeg = this.#servos.map((servo) => poseDeg[index.get(servo)!]!);
    const ballDeg = toldDeg.map((deg, slot) => {
      const trailsDeg = before ? TRAILS * (deg - before.poseDeg[slot]!) : 0;
      return deg - trailsDeg + offDeg[slot]!;
    });
    this.#before = { timeNs, poseDeg: toldDeg, ballDeg };
    const turnDeg = offDeg.map((deg, slot) => {
      if (!before) return GAIN * deg;
      const speedDegPerS =
        (ballDeg[slot]! - before.ballDeg[slot]!) / ((timeNs - before.timeNs) / NS_PER_S);
      return GAIN * deg + LEAD_S * speedDegPerS;
    });
    emitTurn(phrases, this.#lesson, this.#limb, { fromDeg: toldDeg, turnDeg, haste: HASTE });
  }
}
