// A video of constant rate, made by ffmpeg of raw pictures on its standard input: frame k stands at
// k / fps. Colours are h264 that every player and LeRobot reads, depth is lossless HEVC of twelve bits.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { SessionError } from "../../core/errors.ts";

export interface VideoOptions {
  /** Path of the program. */
  readonly ffmpeg: string;
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly kind: "colour" | "depth";
}

/** Every second frame can be decoded by itself: a policy is trained on frames in any order. */
const KEY_EVERY = 2;
const COLOUR_CRF = 16;

/** For the feature's info, in LeRobot's words. */
export const videoInfo = ({ width, height, fps, kind }: VideoOptions): Record<string, unknown> => ({
  "video.height": height,
  "video.width": width,
  "video.codec": kind === "colour" ? "h264" : "hevc",
  "video.pix_fmt": pixelsOf(kind, width, height),
  "video.fps": fps,
  "video.channels": kind === "colour" ? 3 : 1,
  "video.g": KEY_EVERY,
  has_audio: false,
});

/** Halved colours need even sides. */
const pixelsOf = (kind: VideoOptions["kind"], width: number, height: number): string => {
  if (kind === "depth") return "gray12le";
  return width % 2 === 0 && height % 2 === 0 ? "yuv420p" : "yuv444p";
};

const argumentsOf = ({ path, width, height, fps, kind }: VideoOptions): string[] => {
  const raw = `-f rawvideo -pix_fmt ${kind === "colour" ? "rgb24" : "gray12le"}`;
  const codec =
    kind === "colour"
      ? `-c:v libx264 -crf ${COLOUR_CRF} -preset veryfast`
      : "-c:v libx265 -x265-params lossless=1:log-level=error -tag:v hvc1";
  const words = `-hide_banner -loglevel error -y ${raw} -s ${width}x${height} -r ${fps} -i pipe:0 ${codec} -pix_fmt ${pixelsOf(kind, width, height)} -g ${KEY_EVERY} -bf 0 -threads 1 -fflags +bitexact -flags:v +bitexact`;
  return [...words.split(" "), path];
};

export class VideoWriter implements AsyncDisposable {
  readonly path: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | null>;
  #complaint = "";
  #frames = 0;

  static async create(options: VideoOptions): Promise<VideoWriter> {
    await mkdir(dirname(options.path), { recursive: true });
    return new VideoWriter(options);
  }

  private constructor(options: VideoOptions) {
    this.path = options.path;
    this.#process = spawn(options.ffmpeg, argumentsOf(options), {
      stdio: ["pipe", "ignore", "pipe"],
    });
    this.#process.stdin!.on("error", () => {}); // it died: its exit says why
    this.#process.stderr!.on("data", (text: Buffer) => (this.#complaint += text.toString()));
    this.#ended = new Promise((resolve) => {
      this.#process.on("close", resolve);
      this.#process.on("error", (error) => {
        this.#complaint += error.message;
        resolve(null);
      });
    });
  }

  get frames(): number {
    return this.#frames;
  }

  /** On the disk so far; ffmpeg holds some back. */
  async bytes(): Promise<number> {
    return (await stat(this.path).catch(() => undefined))?.size ?? 0;
  }

  /** Takes the bytes of a picture over: they must not change. */
  async write(picture: Uint8Array): Promise<void> {
    this.#frames++;
    const stdin = this.#process.stdin!;
    if (stdin.write(picture)) return;
    await Promise.race([once(stdin, "drain").catch(() => undefined), this.#ended]);
    if (stdin.destroyed) await this.close();
  }

  /** Resolves when the file is whole; throws a SessionError with what ffmpeg said. */
  async close(): Promise<void> {
    this.#process.stdin!.end();
    const code = await this.#ended;
    if (code !== 0)
      throw new SessionError(
        `ffmpeg could not write ${this.path}: ${this.#complaint.trim().split("\n").at(-1) || `exit code ${code}`}; without videos: --no-video`,
      );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill();
    await this.#ended;
  }
}
