// Speech from espeak-ng, a formant synthesiser of many voices in two megabytes: a child process for
// each sentence, given a list of arguments (never a shell's string), that writes a WAV to its output.
import { spawn } from "node:child_process";
import { SensorError } from "../core/errors.ts";
import { findProgram } from "./available-programs.ts";
import { fromS16 } from "./pcm.ts";

interface Utterance {
  readonly words: string;
  /** A language of English as espeak-ng names it: en-us, en-gb-scotland ... */
  readonly accent: string;
  /** A voice variant of espeak-ng: m3, f5, croak ... */
  readonly speaker: string;
  /** As the accent's own voice would say them: told the same rate, some speakers are half as fast again. */
  readonly wordsPerMinute: number;
  /** 0..99, 50 is the speaker's own. */
  readonly pitch: number;
  /** Per cent of the speaker's own rise and fall. */
  readonly pitchRange: number;
}

interface Sound {
  readonly pcm: Float32Array;
  readonly rateHz: number;
}

const INSTALL =
  "install it (Debian: sudo apt install espeak-ng; macOS: brew install espeak-ng; Windows: winget install eSpeak-NG.eSpeak-NG)";

/** Of 200. The loudest variants clip inside espeak-ng from 60 on; the room sets the level anyway. */
const AMPLITUDE = 20;

/** Rates, words a minute, at which a speaker's own speed is measured: from the least that espeak-ng knows. */
const RATES: readonly number[] = [80, 120, 175, 250, 350, 450];
const LN_RATES = RATES.map((rate) => Math.log(rate));
const YARDSTICK = "one two three four";

/** What espeak-ng writes before the samples; it streams, so the sizes in it are no use. */
const HEADER_BYTES = 44;
const RATE_AT_BYTE = 24;

/** A row of `--voices`: priority, language, age and gender, name, file. Only the file may hold spaces. */
const VOICE_ROW = /^ *\d+ +(\S+) +\S+ +\S+ +(.+?) *(?:\(|$)/;

const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Everything the program writes. @throws SensorError when it can't start or does not end well */
const outputOf = (program: string, args: readonly string[]): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    const parts: Buffer[] = [];
    let said = "";
    child.stdout.on("data", (bytes: Buffer) => parts.push(bytes));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    const fail = (how: string): void =>
      reject(new SensorError(`speech: ${program} ${args.join(" ")} ${how}; ${INSTALL} anew`));
    child.on("error", (error) => fail(`could not start (${error.message})`));
    child.on("close", (code, signal) => {
      if (code === 0) resolve(Buffer.concat(parts));
      else fail(`ended with ${signal ?? `code ${code}`}, saying ${JSON.stringify(said.trim())}`);
    });
  });

/** espeak-ng as installed on this machine. The same utterance always gives the same samples. */
export class SpeechSynthesiser {
  /** Languages of English, without those that need the MBROLA voices. */
  readonly accents: readonly string[];
  readonly speakers: ReadonlySet<string>;
  readonly #program: string;
  readonly #speeds = new Map<string, Promise<readonly number[]>>();

  private constructor(program: string, accents: readonly string[], speakers: readonly string[]) {
    this.#program = program;
    this.accents = accents;
    this.speakers = new Set(speakers);
  }

  /** @throws SensorError where espeak-ng is missing or broken */
  static async open(path?: string): Promise<SpeechSynthesiser> {
    const program = findProgram("espeak-ng", path);
    if (program === undefined)
      throw new SensorError(`speech: found no espeak-ng on the PATH; ${INSTALL}`);
    const rows = async (kind: string): Promise<{ language: string; file: string }[]> =>
      (await outputOf(program, [`--voices=${kind}`]))
        .toString()
        .split(/\r?\n/)
        .flatMap((line) => {
          const [, language, file] = VOICE_ROW.exec(line) ?? [];
          return language === undefined || file === undefined ? [] : [{ language, file }];
        });
    const accents = (await rows("en"))
      .filter(({ file }) => !/^(mb|!v)\//.test(file))
      .map(({ language }) => language);
    const speakers = (await rows("variant")).map(({ file }) => file.replace(/^!v\//, ""));
    // Sorted, so that a seed means the same on every machine.
    return new SpeechSynthesiser(program, [...new Set(accents)].toSorted(), speakers);
  }

  /** The utterance without the silence around it. @throws SensorError when nothing was spoken */
  async speak(utterance: Utterance): Promise<Sound> {
    const wordsPerMinute = await this.#rateFor(utterance);
    return this.#say({ ...utterance, wordsPerMinute });
  }

  /** The rate at which a speaker takes as long as the accent's own voice would at the rate wanted. */
  async #rateFor({ accent, speaker, wordsPerMinute }: Utterance): Promise<number> {
    const plain = await this.#speedsOf(accent, "");
    const own = await this.#speedsOf(accent, speaker);
    const speed = interpolate(Math.log(wordsPerMinute), LN_RATES, plain);
    return Math.exp(interpolate(speed, own, LN_RATES));
  }

  /** ln of sentences a second at each of RATES, never falling. */
  #speedsOf(accent: string, speaker: string): Promise<readonly number[]> {
    const key = `${accent}+${speaker}`;
    const known = this.#speeds.get(key) ?? this.#measureSpeeds(accent, speaker);
    this.#speeds.set(key, known);
    return known;
  }

  async #measureSpeeds(accent: string, speaker: string): Promise<readonly number[]> {
    const voice = { words: YARDSTICK, accent, speaker, pitch: 50, pitchRange: 100 };
    const speeds: number[] = [];
    for (const wordsPerMinute of RATES) {
      const { pcm, rateHz } = await this.#say({ ...voice, wordsPerMinute });
      speeds.push(Math.max(speeds.at(-1) ?? -Infinity, Math.log(rateHz / pcm.length)));
    }
    return speeds;
  }

  async #say(utterance: Utterance): Promise<Sound> {
    const { words, accent, speaker, wordsPerMinute, pitch, pitchRange } = utterance;
    // The range has no flag before espeak-ng 1.52; SSML has always had it.
    const ssml = `<prosody range="${Math.round(pitchRange)}%">${escapeXml(words)}</prosody>`;
    const voice = ["-v", speaker === "" ? accent : `${accent}+${speaker}`, "-a", `${AMPLITUDE}`];
    const style = ["-s", `${Math.round(wordsPerMinute)}`, "-p", `${Math.round(pitch)}`];
    const bytes = await outputOf(this.#program, [...voice, ...style, "-z", "--stdout", "-m", ssml]);
    const pcm = trimmed(fromS16(bytes.subarray(HEADER_BYTES)));
    if (pcm.length === 0)
      throw new SensorError(
        `speech: espeak-ng said nothing for ${JSON.stringify(words)}; write words that can be spoken into the act's says`,
      );
    return { pcm, rateHz: bytes.readUInt32LE(RATE_AT_BYTE) };
  }
}

/** y at x on the line through points of rising x; beyond the ends that of the end. */
const interpolate = (x: number, xs: readonly number[], ys: readonly number[]): number => {
  const above = xs.findIndex((at) => at >= x);
  if (above === 0) return ys[0]!;
  if (above < 0) return ys.at(-1)!;
  const share = (x - xs[above - 1]!) / (xs[above]! - xs[above - 1]!);
  return ys[above - 1]! + share * (ys[above]! - ys[above - 1]!);
};

/** From the first sample above a hundredth of the peak to the last. */
const trimmed = (pcm: Float32Array): Float32Array => {
  const peak = pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const sounds = (sample: number): boolean => peak > 0 && Math.abs(sample) > peak / 100;
  return pcm.subarray(Math.max(0, pcm.findIndex(sounds)), pcm.findLastIndex(sounds) + 1);
};
