// efference train-tokenizer: recordings in, a voice codec for robot.yaml out, fitted to the language, the
// people and the microphone that a robot will hear.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { RealClock } from "../core/clock.ts";
import { SensorError, UsageError } from "../core/errors.ts";
import { loadRobot } from "../core/robot-file.ts";
import { COEFFICIENTS_PER_CODE, type Microphone, microphoneOf, type Robot } from "../core/robot.ts";
import { readWavSound } from "../sensors/wav-sound.ts";
import { HOP_MS } from "../tokens/log-mel.ts";
import { buildVocabulary } from "../tokens/vocabulary.ts";
import { SPEECH_COEFFICIENTS } from "../tokens/voice-projection.ts";
import { type Kept, VoiceFitting } from "../training/voice-fitting.ts";
import { isFolder } from "./is-folder.ts";
import { prepareOutput, writeOutput } from "./output-file.ts";
import { printJson, printLine, printProgress, table } from "./output.ts";
import { openVoices } from "./speech.ts";
import { type VoiceCodec, voiceCodecYaml } from "./voice-codec-yaml.ts";
import { wholeNumber } from "./whole-number.ts";

const EXAMPLES = `
A robot tells sound in numbers that were chosen on English digits. This measures which numbers move most
in your recordings, of any language and microphone, and writes them as the \`codec\` of a microphone. One
recording in ten is held out, to say what share of the sound's variance the new numbers keep of it, and
what the built-in ones keep. Without --labels every WAV file of the folder counts, whatever is said.

The codec is part of the robot's vocabulary. With another one, what was recorded and trained before no
longer fits: put it into robot.yaml, then demonstrate and train anew.

Examples:
  efference train-tokenizer --audio my-voice
  efference train-tokenizer --audio my-voice --labels my-voice/labels.csv --codes 6 --out six.yaml
  efference train-tokenizer --audio my-voice --robot robots/mine/robot.yaml --json`;

interface TokenizerOptions {
  readonly audio: string;
  readonly labels?: string;
  readonly robot: string;
  readonly codes?: number;
  readonly out: string;
  readonly json: boolean;
}

/** Recordings that one pair of ears hears in turn. */
const IN_TURN = 5;
/** One in so many is held out. */
const HELD_OUT = 10;
/** Fewer say little about a deviation: 48 know it to a tenth. */
const LEAST_STACKS = 48;
const MOST_CODES = 8;

export const add = (program: Command): void => {
  program
    .command("train-tokenizer")
    .description("fit the voice codec of a robot to recordings")
    .requiredOption("--audio <folder>", "WAV files of what will be said")
    .option("--labels <file>", "only the files that this CSV names (file,act,...)")
    .option("--robot <name>", "a robot of models/robots, or a path to a robot.yaml", "duo")
    .option(
      "--codes <number>",
      `codes a stack, 1 to ${MOST_CODES} (default: the robot's)`,
      wholeNumber(1),
    )
    .option("--out <file>", "the YAML file to write", "voice-codec.yaml")
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(trainTokenizer);
};

const trainTokenizer = async (options: TokenizerOptions): Promise<void> => {
  const { out, json } = options;
  const clock = new RealClock();
  const robot = loadRobot(options.robot);
  const ears = earsOf(robot);
  const codec = sizedCodec(robot, ears, options.codes);
  if (existsSync(out))
    throw new UsageError(`${out} already exists and is not overwritten; write another --out`);
  const files = recordingsOf(robot, options);
  await prepareOutput("--out", out);
  const learnedFiles = files.filter((_, index) => !isHeldOut(index));
  const heldOutFiles = files.filter((_, index) => isHeldOut(index));
  let done = 0;
  const progress = (count: number): void => {
    for (let i = 0; i < count; i++) {
      done++;
      printProgress(`${done} of ${files.length} recordings heard`, done, files.length);
    }
  };
  const learned = await hearAll(ears.rateHz, codec, learnedFiles, progress);
  const heldOut = await hearAll(ears.rateHz, codec, heldOutFiles, progress);
  if (learned.stacks < LEAST_STACKS || heldOut.stacks === 0)
    throw new SensorError(
      `--audio ${options.audio}: found ${learned.stacks} stacks of ${codec.stackMs} ms that sound in ${learnedFiles.length} recordings, and ${heldOut.stacks} in ${heldOutFiles.length} held out, expected at least ${LEAST_STACKS} and 1; record more, or louder`,
    );
  const coefficients = learned.fit(codec.codes);
  const fitted: VoiceCodec = { ...codec, coefficients: coefficients.map((row) => [...row]) };
  const counts = { learned: learned.stacks, heldOut: heldOut.stacks };
  await writeOutput(
    "--out",
    out,
    voiceCodecYaml(fitted, [
      `Fitted by efference train-tokenizer to ${learnedFiles.length} recordings, ${counts.learned} stacks that sound.`,
      `The codec of ${ears.name} in robot.yaml; a coefficient is [order in time, order in bands, mean, deviation].`,
    ]),
  );
  const count = codec.codes * COEFFICIENTS_PER_CODE;
  const now = ears.codec.coefficients ?? SPEECH_COEFFICIENTS;
  const builtIn = heldOut.kept(SPEECH_COEFFICIENTS.slice(0, count));
  const kept = {
    fitted: shares(heldOut.kept(coefficients)),
    builtIn: shares(builtIn),
    ...(now !== SPEECH_COEFFICIENTS && { now: shares(heldOut.kept(now)) }),
  };
  const vocabulary = {
    now: buildVocabulary(robot).hash,
    fitted: buildVocabulary(withCodec(robot, ears, fitted)).hash,
  };
  const seconds = Number((clock.nowNs() / 1e9).toFixed(1));
  if (json)
    return printJson({
      robot: robot.name,
      sensor: ears.name,
      recordings: { learned: learnedFiles.length, heldOut: heldOutFiles.length },
      stacks: counts,
      codes: codec.codes,
      varianceKept: kept,
      coefficients,
      vocabulary,
      file: out,
      seconds,
    });
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  printLine(
    table([
      ["", "recordings", "stacks that sound"],
      ["learned", learnedFiles.length, counts.learned],
      ["held out", heldOutFiles.length, counts.heldOut],
      [],
      [`of the held-out variance, ${codec.codes} codes keep`, "unquantised", "in codes"],
      ...Object.entries(kept).map(([name, { numbers, codes }]) => [
        `  ${NAMES[name] ?? name}`,
        percent(numbers),
        percent(codes),
      ]),
    ]),
  );
  printLine(
    `\n${out}: ${count} coefficients; vocabulary ${vocabulary.now} becomes ${vocabulary.fitted}, ${seconds} s`,
  );
  printLine(`next  put it in the place of the codec of ${ears.name} in ${robot.file}`);
  printLine(
    `      efference demonstrate --robot ${options.robot} --task obey --audio ${options.audio} --out data`,
  );
  printLine("      efference train --sessions data --out models/policies/mine");
};

const NAMES: Readonly<Record<string, string>> = {
  fitted: "fitted to your recordings",
  builtIn: "built in",
  now: "in robot.yaml now",
};

const isHeldOut = (index: number): boolean => index % HELD_OUT === HELD_OUT - 1;

const shares = ({ numbers, codes }: Kept): Kept => ({
  numbers: Number(numbers.toFixed(4)),
  codes: Number(codes.toFixed(4)),
});

const earsOf = (robot: Robot): Microphone => {
  const ears = microphoneOf(robot);
  if (ears) return ears;
  throw new UsageError(`train-tokenizer: ${robot.name} has no microphone among its sensors`);
};

/** The codec to fit, without what it was fitted to before. */
const sizedCodec = (robot: Robot, { name, codec }: Microphone, asked?: number): VoiceCodec => {
  const { coefficients: _, ...rest } = codec;
  const codes = asked ?? codec.codes;
  const most = Math.min(
    MOST_CODES,
    Math.floor(((codec.stackMs / HOP_MS) * codec.bands) / COEFFICIENTS_PER_CODE),
  );
  if (codes > most)
    throw new UsageError(
      `--codes ${codes}: a stack of ${name} of ${robot.name} takes at most ${most}; write 1 to ${most}`,
    );
  return { ...rest, codes };
};

const withCodec = (robot: Robot, ears: Microphone, codec: VoiceCodec): Robot => ({
  ...robot,
  sensors: robot.sensors.map((sensor) => (sensor === ears ? { ...ears, codec } : sensor)),
});

/** What to learn from, in the order of the labels or of the names. */
const recordingsOf = (robot: Robot, { audio, labels }: TokenizerOptions): readonly string[] => {
  if (!isFolder(audio))
    throw new UsageError(`--audio ${audio}: found no such folder; check its name`);
  const files =
    labels === undefined
      ? readdirSync(audio)
          .filter((name) => /\.wav$/i.test(name))
          .toSorted()
          .map((name) => join(audio, name))
      : openVoices(robot, audio, labels).files;
  if (files.length >= HELD_OUT) return files;
  throw new UsageError(
    `--audio ${audio}: found ${files.length === 0 ? "no WAV file" : `${files.length} WAV files`}, expected at least ${HELD_OUT}, of which one is held out; record more, some 20 of each command`,
  );
};

const hearAll = async (
  rateHz: number,
  codec: VoiceCodec,
  files: readonly string[],
  progress: (count: number) => void,
): Promise<VoiceFitting> => {
  const fitting = new VoiceFitting(rateHz, codec);
  for (let at = 0; at < files.length; at += IN_TURN) {
    const turn = files.slice(at, at + IN_TURN);
    fitting.hear(await Promise.all(turn.map((file) => readWavSound(file, rateHz))));
    progress(turn.length);
  }
  return fitting;
};
