// The browser's webcam as the robot's eye: the middle of its picture, in the robot's size and at its rate.
import { onFrames } from "../beats.ts";
import type { Connection } from "../connection.ts";

export interface EyeShape {
  readonly rateHz: number;
  readonly size: readonly [width: number, height: number];
}

/** Of a picture in one message (fields.ts: 16 bits of length, with two bytes of its own). */
const MOST_BYTES = 65_533;

export class LentCamera {
  readonly #stream: MediaStream;
  readonly #video = document.createElement("video");
  readonly #stopFrames: () => void;
  readonly #context: CanvasRenderingContext2D;
  #dueMs = -Infinity;

  /** Asks for the webcam. Rejects with the browser's own exception where there is none, with a RangeError for an eye too large. */
  static async open(connection: Connection, eye: EyeShape, onEnd: () => void): Promise<LentCamera> {
    const [width, height] = eye.size;
    if (3 * width * height > MOST_BYTES)
      throw new RangeError(
        `the robot's eye has ${width}x${height} pixels; a page can send ${Math.floor(MOST_BYTES / 3)} of them`,
      );
    const video = {
      width: { ideal: Math.max(320, width) },
      height: { ideal: Math.max(240, height) },
    };
    const stream = await navigator.mediaDevices.getUserMedia({ video });
    return new LentCamera(connection, eye, stream, onEnd);
  }

  private constructor(
    connection: Connection,
    { rateHz, size: [width, height] }: EyeShape,
    stream: MediaStream,
    onEnd: () => void,
  ) {
    this.#stream = stream;
    this.#video.srcObject = stream;
    this.#video.muted = this.#video.playsInline = true;
    void this.#video.play();
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    this.#context = canvas.getContext("2d", { willReadFrequently: true })!;
    const periodMs = 1000 / rateHz;
    this.#stopFrames = onFrames((nowMs) => {
      if (nowMs < this.#dueMs - 4 || this.#video.readyState < 2) return;
      // By when it was due, not by when it was sent: the page's beat need not be a part of the eye's period.
      this.#dueMs = Math.max(this.#dueMs, nowMs - periodMs) + periodMs;
      connection.send("sight", { rgb: this.#look(width, height) });
    });
    for (const track of stream.getTracks()) track.onended = onEnd;
  }

  close(): void {
    this.#stopFrames();
    for (const track of this.#stream.getTracks()) track.stop();
    this.#video.srcObject = null;
  }

  /** [height, width, 3] */
  #look(width: number, height: number): Uint8Array {
    const { videoWidth, videoHeight } = this.#video;
    const scale = Math.min(videoWidth / width, videoHeight / height);
    const [w, h] = [width * scale, height * scale];
    const [x, y] = [(videoWidth - w) / 2, (videoHeight - h) / 2];
    this.#context.drawImage(this.#video, x, y, w, h, 0, 0, width, height);
    const { data } = this.#context.getImageData(0, 0, width, height);
    const rgb = new Uint8Array(width * height * 3);
    for (let i = 0; i < width * height; i++) rgb.set(data.subarray(4 * i, 4 * i + 3), 3 * i);
    return rgb;
  }
}
