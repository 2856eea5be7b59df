// What is said to the robot in an episode of obey or flinch: labelled sound files, in an order and at times
// that the episode's seed decides.
import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { SensorError, UsageError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import { microphoneOf, type Robot } from "../core/robot.ts";
import { demoVoices } from "../sensors/demo-voices.ts";
import { type Labels, readLabels } from "../sensors/labels.ts";
import { readWavSound } from "../sensors/wav-sound.ts";

export interface Voices {
  readonly files: readonly string[];
  readonly labels: Labels;
}

export interface Speech {
  readonly files: readonly string[];
  readonly leadMs: number;
  readonly gapMs: number;
}

const UTTERANCES = 6;

/** Where a file of labels is: in the folder, or else where its row says, which may be a whole path. */
const pathIn = (folder: string, csv: string, file: string): string => {
  const there = join(folder, relative(resolve(dirname(csv)), file));
  return !existsSync(there) && existsSync(file) ? file : there;
};

/**
 * The voices in a folder, by default the robot's own; the files of `labels` (by default the folder's
 * labels.csv) are looked for in the folder.
 * @throws UsageError where there are none, SensorError for labels that can't be used, or a file that is missing
 */
export const openVoices = (robot: Robot, audio?: string, labelsFile?: string): Voices => {
  if (audio === undefined && labelsFile === undefined) {
    const own = demoVoices(robot);
    if (own) return own;
    throw new UsageError(
      `the task obey needs spoken commands, and ${robot.name} brings none along; write --audio with a folder of WAV files and a labels.csv (file,act and, where known, pace)`,
    );
  }
  const csv = labelsFile ?? join(audio!, "labels.csv");
  const folder = resolve(audio ?? dirname(csv));
  const labels = new Map(
    [...readLabels(csv, robot)].map(([file, label]) => [pathIn(folder, csv, file), label]),
  );
  if (labels.size === 0)
    throw new UsageError(`${csv} labels no file; write at least one row file,act`);
  const files = [...labels.keys()];
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0)
    throw new SensorError(
      `${csv} labels ${missing[0]}: found no such file${missing.length > 1 ? `, nor ${missing.length - 1} others` : ""}; correct the rows, or name their folder with --audio`,
    );
  return { files, labels };
};

/**
 * The voices that the episodes of some tasks need: obey can't do without, flinch takes the robot's own
 * where there are any.
 */
export const voicesFor = (
  robot: Robot,
  tasks: readonly string[],
  { audio, labels }: { readonly audio?: string; readonly labels?: string },
): Voices | undefined => {
  const given = audio !== undefined || labels !== undefined;
  if (given && !tasks.some((task) => task === "obey" || task === "flinch"))
    throw new UsageError(
      `--${audio === undefined ? "labels" : "audio"} has no use with --task ${tasks.join(",")}, where nothing is said; leave it out`,
    );
  if (tasks.includes("obey") || (given && tasks.includes("flinch")))
    return openVoices(robot, audio, labels);
  return tasks.includes("flinch") ? demoVoices(robot) : undefined;
};

/** Below, nobody speaks: -60 dB of full scale. */
const SILENT = 0.001;

/** The sound of a command. @throws SensorError for a file that can't be read, or in which nothing is to be heard */
export const readSpoken = async (file: string, rateHz: number): Promise<Float32Array> => {
  const pcm = await readWavSound(file, rateHz);
  if (!pcm.some((sample) => Math.abs(sample) >= SILENT))
    throw new SensorError(
      `sound ${file}: nothing is heard in it (all below -60 dB); record it again, or take its row out of the labels`,
    );
  return pcm;
};

/** Reads what episodes will say, before the first begins. @throws SensorError as {@link readSpoken} */
export const checkSpoken = async (
  robot: Robot,
  voices: Voices | undefined,
  orders: readonly { readonly task: string; readonly seed: number }[],
): Promise<void> => {
  const microphone = microphoneOf(robot);
  if (!voices || !microphone) return;
  const spoken = orders.filter(({ task }) => task === "obey" || task === "flinch");
  const seeds = new Set(spoken.map(({ seed }) => seed));
  const files = new Set([...seeds].flatMap((seed) => composeSpeech(voices, seed).files));
  for (const file of files) await readSpoken(file, microphone.rateHz);
};

/** No act twice: one that still plays at the same pace is not begun again, and no cue should fail for it. */
export const composeSpeech = ({ files, labels }: Voices, seed: number): Speech => {
  const random = new Random(seed, "speech");
  const left = [...files];
  const chosen = new Map<string, string>();
  while (left.length > 0 && chosen.size < UTTERANCES) {
    const [file] = left.splice(random.index(left.length), 1);
    const { act } = labels.get(file!)!;
    if (!chosen.has(act)) chosen.set(act, file!);
  }
  return {
    files: [...chosen.values()],
    leadMs: Math.round(random.uniform(300, 1500)),
    gapMs: Math.round(random.uniform(1100, 2400)),
  };
};
