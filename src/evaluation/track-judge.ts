// Track: the ball is kept in the middle of the camera's picture. A picture is centred when the middle
// of the ball's visible part is within 10 % of the picture's width of the picture's middle; one
// without the ball is not. An episode, one attempt, succeeds when from 1 s on at least 95 % of the
// pictures are centred. The error of a picture is the angle between the optical axis and the ball, by
// the pinhole geometry of the camera; a picture without the ball counts as far off as its corner.
// Judged by the picture, it holds for a real camera as well.
import { NS_PER_MS } from "../core/clock.ts";
import type { ImageSample } from "../core/ports.ts";
import type { SessionRecord } from "../core/records.ts";
import type { Robot } from "../core/robot.ts";
import { endsTask, type Judge, type Verdict } from "./judge.ts";

const SETTLING_NS = 1000 * NS_PER_MS;
/** Of the picture's width. */
const CENTRED_WITHIN = 0.1;
const MIN_CENTRED = 0.95;
const DEG_PER_RAD = 180 / Math.PI;
/** MuJoCo's own field of view for a camera that states none, degrees from top to bottom. */
const DEFAULT_FOVY_DEG = 45;

const fieldOfViewDeg = (robot: Robot, camera: string): number => {
  const elements = robot.sceneSource.match(/<camera\b[^>]*>/g) ?? [];
  const element = elements.find((text) => text.includes(`name="${camera}"`)) ?? "";
  return Number(/\bfovy="([\d.]+)"/.exec(element)?.[1] ?? DEFAULT_FOVY_DEG);
};

export interface BallOffset {
  /** Share of the picture's width between the middles of ball and picture; undefined when unseen. */
  readonly offset: number | undefined;
  /** Degrees between the optical axis and the ball's middle, or the picture's corner when unseen. */
  readonly errorDeg: number;
}

/** How far the visible part of the ball is off the middle of a picture. */
export const ballOffset = ({ width, height, rgb }: ImageSample, fovyDeg: number): BallOffset => {
  let [pixels, sumX, sumY] = [0, 0, 0];
  for (let y = 0, k = 0; y < height; y++)
    for (let x = 0; x < width; x++, k += 3) {
      const [r, g, b] = [rgb[k]!, rgb[k + 1]!, rgb[k + 2]!];
      if (r < 50 || r < 2.5 * g || r < 2.5 * b) continue;
      pixels++;
      sumX += x + 0.5;
      sumY += y + 0.5;
    }
  const half = Math.tan(fovyDeg / 2 / DEG_PER_RAD);
  const angle = (off: number): number => Math.atan((2 * half * off) / height) * DEG_PER_RAD;
  if (pixels === 0) return { offset: undefined, errorDeg: angle(Math.hypot(width, height) / 2) };
  const off = Math.hypot(sumX / pixels - width / 2, sumY / pixels - height / 2);
  return { offset: off / width, errorDeg: angle(off) };
};

export class TrackJudge implements Judge {
  readonly watches = [];
  readonly #camera: string;
  readonly #fovyDeg: number;
  #pictures = 0;
  #inView = 0;
  #centred = 0;
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
    const { offset, errorDeg } = ballOffset(sample, this.#fovyDeg);
    this.#pictures++;
    this.#sumDeg += errorDeg;
    if (offset === undefined) return;
    this.#inView++;
    if (offset <= CENTRED_WITHIN) this.#centred++;
  }

  see(): void {}

  verdict(): Verdict {
    if (this.#pictures === 0) return { attempts: [], uninvited: 0 };
    const success = this.#centred >= MIN_CENTRED * this.#pictures;
    const percent = (count: number): string => ((100 * count) / this.#pictures).toFixed(0);
    const reason = success
      ? ""
      : `in the middle in ${percent(this.#centred)} % of the pictures, in view in ${percent(this.#inView)} %`;
    return {
      attempts: [{ atNs: SETTLING_NS, success, reason }],
      uninvited: 0,
      errorDeg: this.#sumDeg / this.#pictures,
      centred: { pictures: this.#pictures, centred: this.#centred },
    };
  }
}
