// Pictures of a data set's video as raw bytes, by ffmpeg: those of an episode, one after the other, in the size
// that was asked for.
import { type ChildProcess, spawn } from "node:child_process";
import { SessionError } from "../../core/errors.ts";

export interface VideoStretch {
  /** Path of the program. */
  readonly ffmpeg: string;
  readonly path: string;
  readonly fromS: number;
  readonly frames: number;
  readonly fps: number;
  readonly width: number;
  readonly height: number;
  readonly kind: "colour" | "depth";
}

const BYTES_A_PIXEL = { colour: 3, depth: 2 } as const;
const PIXELS = { colour: "rgb24", depth: "gray12le" } as const;

export class VideoReader implements AsyncDisposable {
  readonly #stretch: VideoStretch;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #chunks: AsyncIterator<Buffer, undefined>;
  #waiting: Buffer = Buffer.alloc(0); // what came behind the last picture
  #complaint = "";
  #read = 0;

  constructor(stretch: VideoStretch) {
    this.#stretch = stretch;
    this.#process = spawn(stretch.ffmpeg, argumentsOf(stretch), {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process.stderr!.on("data", (text: Buffer) => (this.#complaint += text.toString()));
    this.#ended = new Promise((resolve) => {
      this.#process.on("close", resolve);
      this.#process.on("error", (error) => {
        this.#complaint += error.message;
        resolve();
      });
    });
    this.#chunks = this.#process.stdout![Symbol.asyncIterator]() as AsyncIterator<
      Buffer,
      undefined
    >;
  }

  /** The next picture: rgb [height, width, 3], or depth levels of two bytes. Throws a SessionError where there is none. */
  async next(): Promise<Buffer> {
    const { width, height, kind, path, frames, fromS } = this.#stretch;
    const size = width * height * BYTES_A_PIXEL[kind];
    const parts = [this.#waiting];
    for (let length = this.#waiting.byteLength; length < size;) {
      const { value } = await this.#chunks.next();
      if (value === undefined) {
        await this.#ended;
        const why = this.#complaint.trim().split("\n").at(-1);
        throw new SessionError(
          `${path} gives ${this.#read} pictures from ${fromS} s on, expected ${frames}${why ? `: ${why}` : ""}; efference check lerobot tells what is wrong with it, --no-video does without`,
        );
      }
      parts.push(value);
      length += value.byteLength;
    }
    const all = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    this.#waiting = all.subarray(size);
    this.#read++;
    return all.subarray(0, size);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdout!.destroy(); // what waits in it would keep the end from being told
    this.#process.kill();
    await this.#ended;
  }
}

/** Half a frame early: the first picture is the one at `fromS`, however its time is rounded. */
const argumentsOf = ({ path, fromS, frames, fps, width, height, kind }: VideoStretch): string[] => {
  const seekS = Math.max(0, fromS - 0.5 / fps);
  // Cut to the eye's shape, as a webcam is (sensors/webcam.ts): nothing is squeezed.
  const shape = `scale=${width}:${height}:force_original_aspect_ratio=increase:flags=area,crop=${width}:${height}`;
  const filters = `setpts=N/(${fps}*TB),${shape}`;
  const before = `-hide_banner -loglevel error -nostdin -ss ${seekS.toFixed(6)} -i`.split(" ");
  const after = `-map 0:v:0 -vf ${filters} -r ${fps} -frames:v ${frames} -f rawvideo -pix_fmt ${PIXELS[kind]} pipe:1`;
  return [...before, path, ...after.split(" ")];
};
