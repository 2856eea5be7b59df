// Track: keeps the red ball, held in the air, in the middle of the camera's picture by turning the
// servos "pan" and "tilt". It speaks picture by picture and does not look for what it can't see.
import { PolicyError } from "../../core/errors.ts";
import type { PhraseWriter } from "../../tokens/phrases.ts";
import type { Senses } from "./senses.ts";
import { BALL, emitTurn, isAloft, type Lesson, type Skill } from "./skill.ts";

/**
 * Degrees of turn for a ball one picture width off. The camera sees 65 degrees; the chunk is cut off
 * by the next picture's after 200 of its 500 ms, so it asks for more than the ball is off.
 */
const TURN_DEG = 120;
/** Closer to the middle than this share of the picture needs no motion: about one pixel of 64. */
const CENTRED = 0.017;

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

  async act({ hasPicture, ball }: Senses, phrases: PhraseWriter): Promise<void> {
    if (!hasPicture || !ball || Math.hypot(ball.x, ball.y) < CENTRED) return;
    const { oracle } = this.#lesson;
    if (oracle && !isAloft(await oracle.position(BALL))) return;
    const turn: Readonly<Record<string, number>> = { pan: -ball.x, tilt: ball.y };
    const turnDeg = this.#servos.map((servo) => (turn[servo] ?? 0) * TURN_DEG);
    emitTurn(phrases, this.#lesson, this.#limb, turnDeg);
  }
}
