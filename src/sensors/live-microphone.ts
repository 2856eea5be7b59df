// The laptop's microphone, through arecord or ffmpeg: a child process that writes raw 16-bit sound
// to its standard output. A native module would have to be compiled on every machine.
import { spawn } from "node:child_process";
import { basename } from "node:path";
import { Observable } from "rxjs";
import { SensorError } from "../core/errors.ts";
import type { AudioSample, Sensor } from "../core/ports.ts";
import { findProgram } from "./available-programs.ts";
import { BlockCutter, type BlockCutterOptions } from "./block-cutter.ts";

interface LiveMicrophoneOptions extends BlockCutterOptions {
  /** The device as arecord or ffmpeg calls it; by default the system's. */
  readonly device?: string;
}

/** Characters of a recorder's complaints that are kept. */
const MOST_WORDS = 2000;

const INSTALL =
  "install one (Debian: sudo apt install alsa-utils; macOS: brew install ffmpeg; Windows: winget install ffmpeg)," +
  " or give a recording: --microphone FILE.wav";

const LISTING: Readonly<Record<string, string>> = {
  linux: "ffmpeg -sources alsa",
  darwin: 'ffmpeg -f avfoundation -list_devices true -i ""',
  win32: "ffmpeg -f dshow -list_devices true -i dummy",
};

const deviceAdvice = (program: string): string => {
  const listing = basename(program) === "arecord" ? "arecord -L" : LISTING[process.platform];
  return (
    `make a device that works the system's default (${listing ?? LISTING["linux"]} lists them),` +
    " or give a recording: --microphone FILE.wav"
  );
};

const INPUTS: Readonly<Record<string, readonly [string, string]>> = {
  linux: ["alsa", "default"],
  darwin: ["avfoundation", ":default"],
  win32: ["dshow", "audio=default"],
};

/** The command that writes mono 16-bit sound at `rateHz` to its standard output. */
const commandOf = ({ name, rateHz, device }: LiveMicrophoneOptions): [string, string[]] => {
  const arecord = process.platform === "linux" ? findProgram("arecord") : undefined;
  if (arecord !== undefined) {
    const format = ["-t", "raw", "-f", "S16_LE", "-c", "1", "-r", `${rateHz}`, "-F", "20000"];
    return [arecord, ["-q", "-D", device ?? "default", ...format]];
  }
  const ffmpeg = findProgram("ffmpeg");
  if (ffmpeg === undefined) {
    const looked = process.platform === "linux" ? "neither arecord nor ffmpeg" : "no ffmpeg";
    throw new SensorError(`microphone ${name}: found ${looked} on the PATH; ${INSTALL}`);
  }
  const [driver, standard] = INPUTS[process.platform] ?? INPUTS["linux"]!;
  const input = ["-fflags", "nobuffer", "-f", driver, "-i", device ?? standard];
  const output = ["-ac", "1", "-ar", `${rateHz}`, "-f", "s16le", "-flush_packets", "1", "pipe:1"];
  return [ffmpeg, ["-hide_banner", "-loglevel", "error", "-nostdin", ...input, ...output]];
};

/**
 * A live microphone: subscribing starts the recorder, unsubscribing kills it. The samples fail with
 * a SensorError when the recorder ends by itself.
 * @throws SensorError where no program that can record is installed
 */
export const openLiveMicrophone = (options: LiveMicrophoneOptions): Sensor => {
  const [program, args] = commandOf(options);
  const samples = new Observable<AudioSample>((subscriber) => {
    const cutter = new BlockCutter(options);
    // In a group of its own: Ctrl-C is for the robot to hear, not for its ears.
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    let said = "";
    child.stdout.on("data", (bytes: Buffer) => {
      for (const sample of cutter.push(bytes)) subscriber.next(sample);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-MOST_WORDS);
    });
    const fail = (how: string): void => {
      const last = said.trim().split("\n").at(-1);
      const words = last ? `, saying ${JSON.stringify(last)}` : "";
      const message = `microphone ${options.name}: ${program} ${how}${words}; ${deviceAdvice(program)}`;
      subscriber.error(new SensorError(message));
    };
    child.on("error", (error) => fail(`could not start (${error.message})`));
    // "close" comes after the last of stderr has been read; "exit" may come before.
    child.on("close", (code, signal) => fail(`ended with ${signal ?? `code ${code}`}`));
    return () => {
      child.stdout.destroy();
      child.stderr.destroy();
      // It has no file to finish, and one that hangs in a device driver heeds nothing less.
      child.kill("SIGKILL");
    };
  });
  return { name: options.name, samples };
};
