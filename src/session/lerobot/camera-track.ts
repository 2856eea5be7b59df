// The pictures of one camera on their way into the videos of a data set: a file takes the episodes one
// behind the other until it is large, and the statistics of an episode are made of what goes in.
import { join } from "node:path";
import { SessionError } from "../../core/errors.ts";
import type { ImageSample } from "../../core/ports.ts";
import type { VideoTrack } from "./dataset-writer.ts";
import { DEPTH_LEVELS, depthInfo, depthLevel, depthOfLevel } from "./depth.ts";
import type { VideoColumn } from "./features.ts";
import {
  type Feature,
  FIRST_PLACE,
  pathOf,
  type Place,
  placeAfter,
  VIDEO_FILES_MB,
  VIDEO_PATH,
  type VideoSpan,
} from "./layout.ts";
import { PictureStatistics, sampledFrames, type Statistics } from "./statistics.ts";
import { videoInfo, type VideoOptions, VideoWriter } from "./video-writer.ts";

export class CameraTrack implements VideoTrack {
  readonly column: VideoColumn;
  readonly #folder: string;
  readonly #ffmpeg: string;
  readonly #fps: number;
  readonly #largestBytes: number;
  #place: Place = FIRST_PLACE;
  #writer: VideoWriter | undefined;
  #startFrame = 0; // of the episode, in the file
  #sampled: ReadonlySet<number> = new Set();
  #statistics = new PictureStatistics(1, 1, Number);
  #frame = 0;
  #waiting = 0; // frames before the first picture: they show it, too

  constructor(
    column: VideoColumn,
    options: {
      readonly folder: string;
      readonly ffmpeg: string;
      readonly fps: number;
      readonly largestBytes?: number;
    },
  ) {
    this.column = column;
    this.#folder = options.folder;
    this.#ffmpeg = options.ffmpeg;
    this.#fps = options.fps;
    this.#largestBytes = options.largestBytes ?? VIDEO_FILES_MB * 2 ** 20;
  }

  get name(): string {
    return this.column.name;
  }

  /** As info.json describes it. */
  get feature(): Feature {
    const { width, height, depthM } = this.column;
    return {
      dtype: "video",
      shape: [height, width, depthM === undefined ? 3 : 1],
      names: ["height", "width", "channels"],
      info: {
        ...videoInfo(this.#options()),
        ...(depthM === undefined ? { is_depth_map: false } : depthInfo(depthM)),
      },
    };
  }

  async begin(frames: number): Promise<void> {
    if (this.#writer && (await this.#writer.bytes()) >= this.#largestBytes) {
      await this.#writer.close();
      this.#writer = undefined;
      this.#place = placeAfter(this.#place);
    }
    this.#writer ??= await VideoWriter.create(this.#options());
    this.#startFrame = this.#writer.frames;
    this.#sampled = sampledFrames(frames);
    const { depthM } = this.column;
    this.#statistics =
      depthM === undefined
        ? new PictureStatistics(3, 256, (level) => level / 255)
        : new PictureStatistics(1, DEPTH_LEVELS, (level) => depthOfLevel(level, depthM));
    this.#frame = 0;
    this.#waiting = 0;
  }

  /** The picture that the next frame shows; undefined while none has come. */
  async push(picture: ImageSample | undefined): Promise<void> {
    this.#waiting++;
    if (picture === undefined) return;
    const pixels = this.#pixelsOf(picture);
    const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
    for (; this.#waiting > 0; this.#waiting--) {
      if (this.#sampled.has(this.#frame++)) this.#statistics.add(pixels);
      await this.#writer!.write(bytes);
    }
  }

  /** Where the episode stands now; `what` names it in an error. */
  end(what: string): { span: VideoSpan; statistics: Statistics } {
    if (this.#waiting > 0)
      throw new SessionError(
        `${what} has no picture of ${this.column.sensor}; leave its session out, or export with --no-video`,
      );
    const fromS = this.#startFrame / this.#fps;
    const toS = this.#writer!.frames / this.#fps;
    return { span: { ...this.#place, fromS, toS }, statistics: this.#statistics.result() };
  }

  async close(): Promise<void> {
    await this.#writer?.close();
    this.#writer = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer?.[Symbol.asyncDispose]();
  }

  #options(): VideoOptions {
    const { name, width, height, depthM } = this.column;
    return {
      ffmpeg: this.#ffmpeg,
      path: join(this.#folder, pathOf(VIDEO_PATH, this.#place, name)),
      width,
      height,
      fps: this.#fps,
      kind: depthM === undefined ? "colour" : "depth",
    };
  }

  #pixelsOf({ width, height, rgb, depthM: depths, sensor }: ImageSample): Uint8Array | Uint16Array {
    const { width: w, height: h, depthM } = this.column;
    if (width !== w || height !== h)
      throw new SessionError(
        `a picture of ${sensor} is ${width} x ${height}, expected ${w} x ${h} as robot.yaml says; export with --no-video`,
      );
    if (depthM === undefined) return rgb;
    return Uint16Array.from({ length: w * h }, (_, i) => depthLevel(depths[i] ?? depthM, depthM));
  }
}
