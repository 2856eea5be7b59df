// Track: the ball is kept in the middle of the camera's picture. The error of a picture is the angle
// between the optical axis and the middle of the ball's visible part, by the pinhole geometry of the
// camera; a picture without the ball counts as far off as the picture's corner. An episode, one
// attempt, succeeds when after the first 2 s the ball is in view in at least 90 % of the pictures and
// the mean error is below 10 degrees. Judged by the picture, it holds for a real camera as well.
import { NS_PER_MS } from "../core/clock.ts";
import type { ImageSample } from "../core/ports.ts";
import type { SessionRecord } from "../core/records.ts";
import type { Robot } from "../core/robot.ts";
import { endsTask, type Judge, type Verdict } from "./judge.ts";

const SETTLING_NS = 2000 * NS_PER_MS;
const MAX_ERROR_DEG = 10;
const MIN_IN_VIEW = 0.9;
const DEG_PER_RAD = 180 / Math.PI;
/** MuJoCo's own field of view for a camera that states none, degrees from top to bottom. */
const DEFAULT_FOVY_DEG = 45;

const fieldOfViewDeg = (robot: Robot, camera: string): number => {
  const elements = robot.sceneSource.match(/<camera\b[^>]*>/g) ?? [];
  const element = elements.find((text) => text.includes(`name="${camera}"`)) ?? "";
  return Number(/\bfovy="([\d.]+)"/.exec(element)?.[1] ?? DEFAULT_FOVY_DEG);
};

/** Angles off the optical axis, degrees: of the ball's middle, undefined when unseen, and of the corner. */
export const ballAngleDeg = (
  { width, height, rgb }: ImageSample,
  fovyDeg: number,
): { ball: number | undefined; corner: number } => {
  const half = Math.tan(fovyDeg / 2 / DEG_PER_RAD);
  const angle = (x: number, y: number): number =>
    Math.atan((half * Math.hypot(x - width / 2, y - height / 2) * 2) / height) * DEG_PER_RAD;
  let [pixels, sumX, sumY] = [0, 0, 0];
  for (let y = 0, k = 0; y < height; y++)
    for (let x = 0; x < width; x++, k += 3) {
      const [r, g, b] = [rgb[k]!, rgb[k + 1]!, rgb[k + 2]!];
      if (r < 50 || r < 2.5 * g || r < 2.5 * b) continue;
      pixels++;
      sumX += x + 0.5;
      sumY += y + 0.5;
    }
  const ball = pixels === 0 ? undefined : angle(sumX / pixels, sumY / pixels);
  return { ball, corner: angle(0, 0) };
};

export class TrackJudge implements Judge {
  readonly watches = [];
  readonly #camera: string;
  readonly #fovyDeg: number;
  #pictures = 0;
  #inView = 0;
  #sumDeg = 0;
  #over = false;

  constructor(robot: Robot) {
    this.#camera = robot.sensors.find(({ kind }) => kind === "camera")?.name ?? "";
    this.#fovyDeg = fieldOfViewDeg(robot, this.#camera);
  }

  write(record: SessionRecord): void {
    this.#over ||= endsTask(record);
    if (this.#over || record.type !== "sample" || record.timeNs < SETTLING_NS) return;
    const { sample } = record;
    if (sample.kind !== "image" || sample.sensor !== this.#camera) return;
    const { ball, corner } = ballAngleDeg(sample, this.#fovyDeg);
    this.#pictures++;
    this.#sumDeg += ball ?? corner;
    if (ball !== undefined) this.#inView++;
  }

  see(): void {}

  verdict(): Verdict {
    if (this.#pictures === 0) return { attempts: [], uninvited: 0 };
    const errorDeg = this.#sumDeg / this.#pictures;
    const inView = this.#inView / this.#pictures;
    let reason = "";
    if (inView < MIN_IN_VIEW) reason = `in view in ${(100 * inView).toFixed(0)} % of the pictures`;
    else if (errorDeg >= MAX_ERROR_DEG) reason = `mean error ${errorDeg.toFixed(1)} degrees`;
    return {
      attempts: [{ atNs: SETTLING_NS, success: reason === "", reason }],
      uninvited: 0,
      errorDeg,
    };
  }
}
