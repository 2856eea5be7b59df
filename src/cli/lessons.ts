// Recorded sessions as lessons: every session of a folder as streams of what a model reads and should
// say. One in ten is held out. Commands are heard again, changed, where the lessons are for a model
// that hears tokens (hear-again.ts).
import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { UsageError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import type { SessionRecord } from "../core/records.ts";
import { microphoneOf, type Robot } from "../core/robot.ts";
import { parseRobot } from "../core/robot-file.ts";
import { recordVoice } from "../sensors/heard-voice.ts";
import { spokenSpan } from "../sensors/spoken-span.ts";
import { Curation } from "../session/curation/curation.ts";
import { lessonWeight } from "../session/curation/lesson-weight.ts";
import { EpisodeFinder } from "../session/episodes.ts";
import { SessionReader } from "../session/session-reader.ts";
import { type Vocabulary, vocabularyFromJson, vocabularyMismatch } from "../tokens/vocabulary.ts";
import { type LessonWeight, joined, type TokenStream } from "../training/token-stream.ts";
import { Hearing, hearAgain, type SpokenCommand, type Surroundings } from "./hear-again.ts";
import { printProgress } from "./output.ts";
import { readSpoken, type Voices } from "./speech.ts";

interface Builder<S> {
  add(record: SessionRecord): void;
  stream(weightAt?: LessonWeight): S;
}

export interface LessonOptions<S> {
  readonly folder: string;
  /** A builder for each session. */
  readonly builder: (robot: Robot, vocabulary: Vocabulary) => Builder<S>;
  readonly seed: number;
}

export interface Lessons<S> {
  readonly robot: Robot;
  readonly vocabulary: Vocabulary;
  readonly train: readonly S[];
  readonly heldOut: readonly S[];
  readonly sessions: number;
  /** Files whose sessions are held out. */
  readonly filesHeldOut: readonly string[];
  /** Who showed it, by the sessions' headers. */
  readonly policies: readonly string[];
}

const isTenth = (index: number): boolean => index % 10 === 9;

/** 0 to 1, evenly, of nothing but the name. */
const lotOf = (name: string): number =>
  createHash("sha256").update(name).digest().readUInt32BE() / 2 ** 32;

/** Of all that was recorded, what is held out at the most. */
const MOST_HELD_OUT = 0.3;

/**
 * One session in ten, by its name: whatever joins the folder or leaves it, each stays on its side, also for a training that
 * goes on from another. Where that is none, or too much, as of a few sessions of which one is long, one that is neither long nor short.
 */
const heldOutOf = async (files: readonly string[]): Promise<ReadonlySet<string>> => {
  const sizes = new Map<string, number>();
  for (const file of files) sizes.set(file, (await stat(file)).size);
  const bytesOf = (some: readonly string[]): number =>
    some.reduce((sum, file) => sum + sizes.get(file)!, 0);
  const drawn = files.filter((file) => lotOf(basename(file)) < 0.1);
  const share = bytesOf(drawn) / bytesOf(files);
  if (share > 0 && share <= MOST_HELD_OUT) return new Set(drawn);
  const bySize = files.toSorted((a, b) => sizes.get(a)! - sizes.get(b)!);
  return new Set([bySize[Math.floor((files.length - 1) / 2)]!]);
};

/** Room after a word that is learned with it, milliseconds: a longer rest would teach to wait. */
const AFTERGLOW_MS = 150;

const adviceOn = (folder: string, files: readonly string[], deleted: number): string => {
  if (deleted > 0) return `take some out: efference curate keep ${folder}`;
  const [only] = files;
  if (only === undefined) return `make some: efference demonstrate --out ${folder}`;
  return `record another, or make a session of each of its episodes: efference edit split ${join(folder, only)} --out ${folder}-episodes`;
};

/** The sessions of a folder that are learned from: not those in the bin of `efference curate`. */
const sessionsIn = async (folder: string, curation: Curation): Promise<string[]> => {
  const names = await readdir(folder).catch(() => {
    throw new UsageError(`--sessions ${folder}: no such folder`);
  });
  const files: string[] = [];
  for (const name of names.filter((one) => one.endsWith(".mcap")).sort())
    if (!(await curation.isAllDeleted(name))) files.push(name);
  const deleted = curation.bin().length;
  if (files.length < 2)
    throw new UsageError(
      `--sessions ${folder}: found ${files.length} sessions (.mcap)${deleted > 0 ? ` beside ${deleted} episodes in the bin` : ""}, expected at least 2, one of them to be held out; ${adviceOn(folder, files, deleted)}`,
    );
  return files.map((name) => join(folder, name));
};

/**
 * What the first session of a folder was recorded with: to refuse what does not go with it before all are read.
 * @throws UsageError as readLessons
 */
export const recordedIn = async (
  folder: string,
): Promise<{ readonly robot: Robot; readonly vocabulary: Vocabulary }> => {
  const [first] = await sessionsIn(folder, await Curation.open(folder));
  const { header } = await SessionReader.open(first!);
  return { robot: robotOf(header), vocabulary: vocabularyFromJson(header.vocabularyJson) };
};

/** Reads every session of a folder; `onSpoken` is told what was said in each. */
export const readLessons = async <S>(
  options: LessonOptions<S>,
  onSpoken?: (robot: Robot, hearing: Hearing, set: "train" | "heldOut") => void,
): Promise<Lessons<S>> => {
  const curation = await Curation.open(options.folder);
  const files = await sessionsIn(options.folder, curation);
  const apart = await heldOutOf(files);
  let known: { robot: Robot; vocabulary: Vocabulary } | undefined;
  const train: S[] = [];
  const heldOut: S[] = [];
  const policies = new Set<string>();
  for (const [index, file] of files.entries()) {
    const read = index + 1;
    printProgress(`reading ${read} of ${files.length}: ${file}`, read, files.length);
    const reader = await SessionReader.open(file);
    const { header } = reader;
    const own = vocabularyFromJson(header.vocabularyJson);
    known ??= { vocabulary: own, robot: robotOf(header) };
    const mismatch = vocabularyMismatch(known.vocabulary, own);
    if (mismatch !== undefined)
      throw new UsageError(
        `${file} speaks another vocabulary than ${files[0]}: ${mismatch}; train on sessions of one robot`,
      );
    policies.add(header.policy);
    const { robot } = known;
    const partsNs = [...(header.partsNs ?? [])];
    const builders = [options.builder(robot, own)];
    const hearing = new Hearing();
    const finder = new EpisodeFinder();
    for await (const record of reader.records()) {
      if (record.timeNs >= partsNs[0]!) {
        partsNs.shift();
        builders.push(options.builder(robot, own)); // another recording: nothing goes on from the last
      }
      builders.at(-1)!.add(record);
      finder.add(record);
      if (onSpoken) hearing.add(record);
    }
    const isOut = apart.has(file);
    const weightAt = lessonWeight(curation, basename(file), finder.episodes());
    (isOut ? heldOut : train).push(...builders.map((builder) => builder.stream(weightAt)));
    hearing.weigh(weightAt);
    onSpoken?.(robot, hearing, isOut ? "heldOut" : "train");
  }
  return {
    ...known!,
    train,
    heldOut,
    sessions: files.length,
    filesHeldOut: [...apart],
    policies: [...policies],
  };
};

export interface HearingOptions extends LessonOptions<TokenStream> {
  /** Times that every command is heard again. */
  readonly hearings: number;
  /** Of what is learned from, how much was heard again; half where left out. */
  readonly shareHeard?: number;
  /** Labelled recordings to hear beside the sessions. */
  readonly voices?: (robot: Robot) => Voices;
}

export const SHARE_HEARD = 0.5;
/** Commands that are heard in a row. */
const COMMANDS = 6;
/** Of these rows, how many are heard among what the other senses told. */
const SHARE_SURROUNDED = 0.35;

/**
 * The sessions' streams, and beside them the commands said in them and in recordings, heard again
 * and again: so much of what is learned from is that, whatever its length.
 * @throws UsageError where recordings are to be heard by a deaf robot
 */
export const hearLessons = async (options: HearingOptions): Promise<Lessons<TokenStream>> => {
  const { folder, hearings, shareHeard, voices: openVoices, seed, builder } = options;
  const said = { train: [] as SpokenCommand[], heldOut: [] as SpokenCommand[] };
  const sensed = { train: [] as Surroundings[], heldOut: [] as Surroundings[] };
  const collect = (robot: Robot, hearing: Hearing, set: keyof typeof said): void => {
    const microphone = microphoneOf(robot);
    if (microphone) said[set].push(...hearing.commands(microphone));
    const { surroundings } = hearing;
    if (surroundings) sensed[set].push(surroundings);
  };
  const voices =
    openVoices && hearings > 0 ? voicesOf((await recordedIn(folder)).robot, openVoices) : undefined;
  const lessons = await readLessons(options, hearings > 0 ? collect : undefined);
  const { robot, vocabulary } = lessons;
  if (voices) await recordCommands(voices, said);
  const again = async (set: keyof typeof said, times: number): Promise<TokenStream[]> => {
    const random = new Random(seed, `heard again: ${set}`);
    const once = (): SpokenCommand[] =>
      said[set].flatMap((command) =>
        Array.from({ length: timesOf(command, random) }, () => command),
      );
    const deck = Array.from({ length: times }, () => random.shuffled(once())).flat();
    const rows = Math.ceil(deck.length / COMMANDS);
    const streams: TokenStream[] = [];
    for (let row = 0; row < rows; row++) {
      printProgress(`hearing ${row + 1} of ${rows}, ${set}`, row + 1, rows);
      const commands = deck.slice(row * COMMANDS, (row + 1) * COMMANDS);
      const scenes = sensed[set];
      const scene =
        random.uniform() < SHARE_SURROUNDED ? scenes[random.index(scenes.length)] : undefined;
      const stream = builder(robot, vocabulary);
      for await (const record of hearAgain(robot, vocabulary, commands, random, scene))
        stream.add(record);
      streams.push(stream.stream());
    }
    return streams;
  };
  return {
    ...lessons,
    train: mixed(lessons.train, await again("train", hearings), shareHeard),
    heldOut: mixed(lessons.heldOut, await again("heldOut", 1), shareHeard),
  };
};

/** As often as it counts, what is left of a number by chance. */
const timesOf = ({ often = 1 }: SpokenCommand, random: Random): number => {
  const whole = Math.floor(often);
  return whole + (whole < often && random.uniform() < often - whole ? 1 : 0);
};

interface HeardVoices extends Voices {
  readonly microphone: NonNullable<ReturnType<typeof microphoneOf>>;
}

const voicesOf = (robot: Robot, open: (robot: Robot) => Voices): HeardVoices => {
  const microphone = microphoneOf(robot);
  if (microphone === undefined)
    throw new UsageError(`--audio: ${robot.name} has no microphone among its sensors`);
  return { ...open(robot), microphone };
};

/** Reads labelled recordings; of each act one in ten is held out, in whatever order they stand. */
const recordCommands = async (
  { files, labels, microphone: { rateHz, codec } }: HeardVoices,
  said: Readonly<Record<"train" | "heldOut", SpokenCommand[]>>,
): Promise<void> => {
  const counts = new Map<string, number>();
  for (const [index, file] of files.entries()) {
    const read = index + 1;
    printProgress(`listening to ${read} of ${files.length}: ${file}`, read, files.length);
    const label = labels.get(file)!;
    const before = counts.get(label.act) ?? 0;
    counts.set(label.act, before + 1);
    const pcm = await readSpoken(file, rateHz);
    const [from, to] = spokenSpan(pcm, rateHz);
    const spoken = pcm.subarray(from, to + (AFTERGLOW_MS / 1000) * rateHz);
    const voice = recordVoice(spoken, rateHz, codec.bands);
    said[isTenth(before) ? "heldOut" : "train"].push({ ...label, voice });
  }
};

const mixed = (
  whole: readonly TokenStream[],
  heard: readonly TokenStream[],
  share = SHARE_HEARD,
): TokenStream[] => (heard.length === 0 ? [...whole] : [...whole, { ...joined(heard), share }]);

const robotOf = (header: SessionReader["header"]): Robot =>
  parseRobot({
    text: header.robotFile,
    file: `${header.robotName} as recorded`,
    sceneSource: header.sceneFile,
  });
