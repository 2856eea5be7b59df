// efference voices: spoken commands to teach and to test a robot's hearing with, synthesised over many
// voices, or real recordings of digits labelled to stand for commands.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { RealClock } from "../core/clock.ts";
import { SensorError, UsageError } from "../core/errors.ts";
import { loadRobot } from "../core/robot-file.ts";
import type { Robot } from "../core/robot.ts";
import { adviseOneOf } from "../core/suggest.ts";
import type { Label } from "../sensors/labels.ts";
import { writeLabels } from "../sensors/labels-writer.ts";
import { SPEAKER_SETS, type SpeakerSet, speakersOf } from "../sensors/speakers.ts";
import { SpeechSynthesiser } from "../sensors/speech-synthesis.ts";
import { speakCommand } from "../sensors/spoken-command.ts";
import { wavBytes } from "../sensors/wav-writer.ts";
import { digitLabels, spokenActs } from "./digit-labels.ts";
import { prepareFolder } from "./output-file.ts";
import { printJson, printLine, printProgress } from "./output.ts";
import { wholeNumber } from "./whole-number.ts";

const EXAMPLES = `
Every act of the robot that has \`says\` is spoken at every pace by espeak-ng: urgent faster, higher and
louder, calm the other way. The same seed gives the same files, byte for byte, on one version of
espeak-ng. No voice is both in train and held-out (src/sensors/speakers.ts).

--digits labels a folder of the Free Spoken Digit Dataset instead: 0 to 9 stand for the robot's first
ten spoken acts, at any pace. The recordings stay where they are. They are CC BY-SA 4.0
(https://github.com/Jakobovski/free-spoken-digit-dataset): say so in the card of a policy that
learned from them.

Examples:
  efference voices --out voices/train --takes 60
  efference voices --out voices/test --speakers held-out --noise-db 5,15 --seed 2
  efference voices --out voices/theo --digits recordings --speakers theo
  efference voices --out voices/others --digits recordings --except theo`;

/** espeak-ng processes at a time. */
const LANES = 2;

const RATE_HZ = 16_000;

interface VoicesOptions {
  readonly out: string;
  readonly robot: string;
  readonly takes: number;
  readonly seed: number;
  readonly speakers?: readonly string[];
  readonly except?: readonly string[];
  readonly noiseDb: readonly [number, number];
  readonly digits?: string;
  readonly json: boolean;
}

const decibels = (text: string): [number, number] => {
  const [low = NaN, high = NaN, ...more] = text
    .split(",")
    .map((part) => Number(part.trim() || NaN));
  if (more.length > 0 || !(low <= high) || !(low >= -20) || !(high <= 90))
    throw new InvalidArgumentError(`found ${text}; write LOW,HIGH in dB, from -20 to 90: 15,40.`);
  return [low, high];
};

const namesOf = (text: string): string[] => text.split(",").map((name) => name.trim());

export const add = (program: Command): void => {
  program
    .command("voices")
    .description("make spoken commands to learn from, over many voices")
    .requiredOption("--out <folder>", "where the WAV files and labels.csv go")
    .option("--robot <name>", "a robot of models/robots, or a path to a robot.yaml", "duo")
    .option("--takes <number>", "recordings of each act, its paces in turn", wholeNumber(1), 20)
    .option("--seed <number>", "another seed, other takes", wholeNumber(0), 1)
    .option("--speakers <names>", "train (default) or held-out; with --digits, names", namesOf)
    .option("--except <names>", "with --digits: the speakers to leave out", namesOf)
    .addOption(
      new Option("--noise-db <low,high>", "how far the noise lies under the voice")
        .argParser(decibels)
        .default([15, 40], "15,40"),
    )
    .addOption(
      new Option("--digits <folder>", "label these recordings of FSDD (CC BY-SA 4.0)").conflicts([
        "takes",
        "seed",
        "noiseDb",
      ]),
    )
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(voices);
};

const voices = async (options: VoicesOptions): Promise<void> => {
  const { out, digits, seed, json } = options;
  if (options.except !== undefined && digits === undefined)
    throw new UsageError(
      "--except chooses among the speakers of --digits; write it with --digits, or --speakers train or held-out",
    );
  const clock = new RealClock();
  const robot = loadRobot(options.robot);
  const csv = join(out, "labels.csv");
  if (existsSync(csv))
    throw new UsageError(`${csv} already exists and is not overwritten; write another --out`);
  const labels =
    digits === undefined ? await synthesise(robot, options) : digitLabels(robot, digits, options);
  await prepareFolder("--out", out);
  // Last, so that a folder with labels is a whole one.
  await writeLabels(csv, labels);
  const seconds = Number((clock.nowNs() / 1e9).toFixed(1));
  const counts: Record<string, number> = {};
  const speakers: Record<string, number> = {};
  for (const { act, speaker } of labels.values()) {
    counts[act] = (counts[act] ?? 0) + 1;
    if (speaker !== undefined) speakers[speaker] = (speakers[speaker] ?? 0) + 1;
  }
  if (json)
    return printJson({
      robot: robot.name,
      ...(digits === undefined ? { seed } : { speakers, licence: "CC BY-SA 4.0" }),
      labels: csv,
      files: labels.size,
      acts: counts,
      seconds,
    });
  printLine(
    `${labels.size} recordings of ${Object.keys(counts).length} acts, ${csv}, ${seconds} s`,
  );
};

const setOf = ([name = "train", ...more]: readonly string[]): SpeakerSet => {
  if (more.length > 0 || !Object.hasOwn(SPEAKER_SETS, name))
    throw new UsageError(
      `--speakers: found ${[name, ...more].join()}; ${adviseOneOf(name, Object.keys(SPEAKER_SETS))}`,
    );
  return name as SpeakerSet;
};

const synthesise = async (
  robot: Robot,
  { out, takes, seed, noiseDb, speakers: named = [] }: VoicesOptions,
): Promise<Map<string, Label>> => {
  const set = setOf(named);
  const acts = spokenActs(robot);
  if (acts.length === 0)
    throw new UsageError(
      `${robot.name} has no act that is spoken; give one \`says\` in ${robot.file}`,
    );
  const synthesiser = await SpeechSynthesiser.open();
  const speakers = speakersOf(set, synthesiser.speakers);
  if (speakers.length === 0)
    throw new SensorError(
      `speech: found none of the ${set} voices; install espeak-ng's data whole (Debian: espeak-ng-data)`,
    );
  await prepareFolder("--out", out);
  const paces = Object.entries(robot.paces);
  const digits = String(takes).length;
  const orders = acts.flatMap(([act, words]) =>
    Array.from({ length: takes }, (_, take) => {
      const [pace, paceScale] = paces[take % paces.length]!;
      const file = join(out, `${act}_${pace}_${String(take + 1).padStart(digits, "0")}.wav`);
      const stream = `${set}/${act}/${take}`;
      return { file, label: { act, pace }, command: { words, paceScale, stream } };
    }),
  );
  let done = 0;
  const left = orders.values(); // shared by the lanes: each takes the next
  const lane = async (): Promise<void> => {
    for (const { file, command } of left) {
      const settings = { ...command, speakers, rateHz: RATE_HZ, noiseDb, seed };
      await writeFile(file, wavBytes(await speakCommand(synthesiser, settings), RATE_HZ));
      done++;
      printProgress(`${done} of ${orders.length} recordings`, done, orders.length);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return new Map(orders.map(({ file, label }) => [file, label]));
};
