// What a teacher has sensed so far, kept once for all of its skills: where the servos are, what the
// camera shows, and how long the acts that began go on. Nothing in it but what a model senses, too.
import { NS_PER_MS } from "../../core/clock.ts";
import type { ImageSample, Observation, Sample } from "../../core/ports.ts";
import { type Act, type Robot, restPose } from "../../core/robot.ts";
import { inRange } from "../../tokens/action-ids.ts";
import { PhraseReader } from "../../tokens/phrases.ts";
import { readProsody } from "../../tokens/prosody.ts";
import type { TokenRange, Vocabulary } from "../../tokens/vocabulary.ts";

/** So far back a model's window reaches: what was out of sight for longer is gone. */
const SIGHT_NS = 2000 * NS_PER_MS;

/** A place in a picture, -0.5..0.5 from the middle, right and up. */
interface Place {
  readonly x: number;
  readonly y: number;
}

/** Centre of the red ball in the picture; undefined when unseen. */
export const findBall = ({ width, height, rgb }: ImageSample): Place | undefined => {
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

const lengthMs = (act: Act): number =>
  "keyframes" in act ? act.keyframes.at(-1)!.atMs : act.durationMs;

export class Senses {
  timeNs = 0;
  /** The samples that arrived in this step, oldest first. */
  samples: readonly Sample[] = [];
  /** [servos] degrees, as last applied. */
  poseDeg: Float64Array;
  /** Whether a picture came in this step, and where in it the ball is. */
  hasPicture = false;
  ball: Place | undefined;
  /** Up to when sound has been told, some 80 ms at a time, and in how many stretches lately nobody spoke. */
  heardNs = -Infinity;
  silentStacks = 0;
  readonly #robot: Robot;
  readonly #reader: PhraseReader;
  readonly #prosody: TokenRange | undefined;
  readonly #ears: ReadonlySet<string>;
  #seenNs = -Infinity;
  #busyUntilNs = -Infinity;

  constructor(robot: Robot, vocabulary: Vocabulary) {
    this.#robot = robot;
    this.#reader = new PhraseReader(robot, vocabulary);
    this.#prosody = vocabulary.ranges.find(({ name }) => name.startsWith("prosody"));
    this.#ears = new Set(
      robot.sensors.filter(({ kind }) => kind === "microphone").map(({ name }) => name),
    );
    this.poseDeg = restPose(robot);
  }

  /** The ball is in sight, or was a moment ago: a hand may have come before it. */
  get knowsBall(): boolean {
    return this.timeNs - this.#seenNs <= SIGHT_NS;
  }

  /** An act has begun and is not over. */
  get isBusy(): boolean {
    return this.timeNs < this.#busyUntilNs;
  }

  take({ timeNs, frames }: Observation): void {
    this.timeNs = timeNs;
    this.samples = frames.flatMap(({ sample }) => (sample ? [sample] : []));
    this.hasPicture = false;
    for (const sample of this.samples) this.#sense(sample);
    for (const { sensor, timeNs: frameNs, ids } of frames) {
      if (sensor === "self") this.#begin(ids, frameNs);
      if (this.#ears.has(sensor)) this.#hear(ids, frameNs);
    }
  }

  #hear(ids: Int32Array, heardNs: number): void {
    this.heardNs = heardNs;
    for (const id of ids)
      if (this.#prosody && inRange(this.#prosody, id)) {
        const { energy } = readProsody(id - this.#prosody.start);
        this.silentStacks = energy === 0 ? this.silentStacks + 1 : 0;
      }
  }

  #sense(sample: Sample): void {
    if (sample.kind === "image") {
      this.hasPicture = true;
      this.ball = findBall(sample);
      if (this.ball) this.#seenNs = sample.timeNs;
    } else if (sample.kind === "values" && sample.values.length === this.poseDeg.length) {
      const sensor = this.#robot.sensors.find(({ name }) => name === sample.sensor);
      if (sensor?.kind === "joints") this.poseDeg = sample.values;
    }
  }

  /** The efference copy says what really began: a refused act keeps nobody busy. */
  #begin(ids: Int32Array, beganNs: number): void {
    const { acts, paces } = this.#robot;
    for (const phrase of this.#reader.read(ids.subarray(1)).phrases) {
      if (phrase.kind !== "act") continue;
      const ms = lengthMs(acts[phrase.act]!) * paces[phrase.pace]!;
      this.#busyUntilNs = Math.max(this.#busyUntilNs, beganNs + ms * NS_PER_MS);
    }
  }
}
