// Track: keeps the red ball in the middle of the camera's picture by turning the servos "pan" and
// "tilt". It sees what a model sees, the picture; when the ball is out of it, it looks around.
import { PolicyError } from "../../core/errors.ts";
import type { ImageSample, Observation } from "../../core/ports.ts";
import type { PhraseWriter } from "../../tokens/phrases.ts";
import { emitMotion, type Lesson, PresentPose, type Skill, samplesOf } from "./skill.ts";

/** Degrees from the left to the right edge of the cameras that ship (robot models, fovy 60). */
const FIELD_OF_VIEW_DEG = 60;
/** Time constant of the approach: fast enough for a rolling ball, slow enough for 10 pictures a second. */
const APPROACH_S = 0.15;
/** Closer to the middle than this needs no motion: about one pixel of 64. */
const CENTRED_DEG = 1;
const SEARCH_DEG_PER_S = 60;

/** Centre of the ball in the picture, -0.5..0.5 from the middle, right and up; undefined when unseen. */
export const findBall = ({
  width,
  height,
  rgb,
}: ImageSample): { x: number; y: number } | undefined => {
  let [weight, sumX, sumY] = [0, 0, 0];
  for (let y = 0, k = 0; y < height; y++)
    for (let x = 0; x < width; x++, k += 3) {
      const [r, g, b] = [rgb[k]!, rgb[k + 1]!, rgb[k + 2]!];
      if (r < 50 || r < 2.5 * g || r < 2.5 * b) continue;
      weight++;
      sumX += x + 0.5;
      sumY += y + 0.5;
    }
  if (weight === 0) return undefined;
  return { x: sumX / weight / width - 0.5, y: 0.5 - sumY / weight / height };
};

export class Track implements Skill {
  readonly name = "track";
  readonly #lesson: Lesson;
  readonly #limb: string;
  readonly #pan: number;
  readonly #tilt: number;
  readonly #pose: PresentPose;
  #searching = 1;

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
    this.#pan = servos.indexOf("pan");
    this.#tilt = servos.indexOf("tilt");
    this.#pose = new PresentPose(robot);
  }

  act(observation: Observation, phrases: PhraseWriter): void {
    let picture: ImageSample | undefined;
    for (const sample of samplesOf(observation)) {
      this.#pose.see(sample, this.#lesson.robot);
      if (sample.kind === "image") picture = sample;
    }
    if (!picture) return;
    const ball = findBall(picture);
    if (!ball) return this.#search(phrases);
    const right = ball.x * FIELD_OF_VIEW_DEG;
    const up = ball.y * FIELD_OF_VIEW_DEG;
    if (Math.hypot(right, up) < CENTRED_DEG) return;
    const delta = (slot: number): number =>
      slot === this.#pan ? -right : slot === this.#tilt ? up : 0;
    emitMotion(
      phrases,
      this.#lesson,
      this.#limb,
      (slot, s) => delta(slot) * (1 - Math.exp(-s / APPROACH_S)),
    );
  }

  #search(phrases: PhraseWriter): void {
    const { robot } = this.#lesson;
    const pan = robot.servos.findIndex((servo) => servo.name === "pan");
    const [low, high] = robot.servos[pan]!.angleDeg;
    const at = this.#pose.angleDeg[pan]!;
    if (at > 0.6 * high) this.#searching = -1;
    if (at < 0.6 * low) this.#searching = 1;
    const level = this.#pose.angleDeg[robot.servos.findIndex((servo) => servo.name === "tilt")]!;
    emitMotion(phrases, this.#lesson, this.#limb, (slot, s) => {
      if (slot === this.#pan) return this.#searching * SEARCH_DEG_PER_S * s;
      return slot === this.#tilt ? -level * Math.min(1, s) : 0;
    });
  }
}
