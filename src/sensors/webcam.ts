// A webcam as the robot's eye, through ffmpeg: a child process that scales the picture to the robot's and
// writes raw rgb to its standard output. A webcam measures no depth: every point is told as far away.
import { spawn } from "node:child_process";
import { Observable } from "rxjs";
import type { Clock } from "../core/clock.ts";
import { SensorError } from "../core/errors.ts";
import type { ImageSample, Sensor } from "../core/ports.ts";
import { findProgram } from "./available-programs.ts";

export interface WebcamOptions {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly rateHz: number;
  readonly maxDepthM: number;
  readonly clock: Clock;
  /** The device as ffmpeg calls it; by default the system's first. */
  readonly device?: string;
}

const INPUTS: Readonly<Record<string, readonly [driver: string, first: string]>> = {
  linux: ["v4l2", "/dev/video0"],
  darwin: ["avfoundation", "0"],
  win32: ["dshow", "video=0"],
};
const MOST_WORDS = 2000;

const commandOf = ({ width, height, rateHz, device }: WebcamOptions): string[] => {
  const [driver, first] = INPUTS[process.platform] ?? INPUTS["linux"]!;
  // The middle of the picture, so that nothing is squeezed, in the robot's size and at its rate.
  const square = `scale=${width}:${height}:force_original_aspect_ratio=increase,crop=${width}:${height}`;
  const input = ["-fflags", "nobuffer", "-f", driver, "-i", device ?? first];
  const output = ["-vf", `fps=${rateHz},${square}`, "-pix_fmt", "rgb24", "-f", "rawvideo"];
  const quiet = ["-hide_banner", "-loglevel", "error", "-nostdin"];
  return [...quiet, ...input, ...output, "-flush_packets", "1", "pipe:1"];
};

/**
 * A webcam: subscribing starts ffmpeg, unsubscribing ends it. The samples fail with a SensorError when it
 * ends by itself. A picture's stamp is that of its arrival.
 * @throws SensorError where there is no ffmpeg
 */
export const openWebcam = (options: WebcamOptions): Sensor => {
  const { name, width, height, maxDepthM, clock } = options;
  const ffmpeg = findProgram("ffmpeg");
  if (ffmpeg === undefined)
    throw new SensorError(
      `camera ${name}: found no ffmpeg on the PATH; install it (Debian: sudo apt install ffmpeg; macOS: brew install ffmpeg; Windows: winget install ffmpeg), or leave --camera out`,
    );
  const samples = new Observable<ImageSample>((subscriber) => {
    const child = spawn(ffmpeg, commandOf(options), {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // Ctrl-C is for the robot to hear
    });
    const depthM = new Float32Array(width * height).fill(maxDepthM);
    let rgb = new Uint8Array(width * height * 3);
    let filled = 0;
    child.stdout.on("data", (bytes: Buffer) => {
      for (let at = 0; at < bytes.length;) {
        const taken = Math.min(bytes.length - at, rgb.length - filled);
        rgb.set(bytes.subarray(at, at + taken), filled);
        at += taken;
        filled += taken;
        if (filled < rgb.length) continue;
        const timeNs = Math.round(clock.nowNs());
        subscriber.next({ kind: "image", sensor: name, timeNs, width, height, rgb, depthM });
        rgb = new Uint8Array(rgb.length);
        filled = 0;
      }
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-MOST_WORDS);
    });
    const fail = (how: string): void => {
      const words = said.trim().split("\n").at(-1);
      subscriber.error(
        new SensorError(
          `camera ${name}: ${ffmpeg} ${how}${words ? `, saying ${JSON.stringify(words)}` : ""}; is a webcam plugged in, and used by no other program? Name another one: --camera DEVICE`,
        ),
      );
    };
    child.on("error", (error) => fail(`could not start (${error.message})`));
    child.on("close", (code, signal) => fail(`ended with ${signal ?? `code ${code}`}`));
    return () => {
      child.stdout.destroy();
      child.stderr.destroy();
      child.kill("SIGKILL");
    };
  });
  return { name, samples };
};
