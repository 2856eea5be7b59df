// The Free Spoken Digit Dataset as a robot's commands: real voices for whoever has no recordings of
// the commands themselves. Ten digits stand for the robot's first ten spoken acts.
// https://github.com/Jakobovski/free-spoken-digit-dataset, CC BY-SA 4.0.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../core/errors.ts";
import type { RobotDescription } from "../core/robot.ts";
import { adviseOneOf } from "../core/suggest.ts";
import type { Label } from "../sensors/labels.ts";
import { isFolder } from "./is-folder.ts";

const RECORDING = /^(\d)_(.+)_(\d+)\.wav$/;

/** The acts that are spoken, in the order of robot.yaml, with the words. */
export const spokenActs = (robot: RobotDescription): (readonly [act: string, words: string])[] =>
  Object.entries(robot.acts).flatMap(([act, { says }]) =>
    says === undefined ? [] : [[act, says] as const],
  );

interface DigitSpeakers {
  /** Keeps only theirs. */
  readonly speakers?: readonly string[];
  /** Leaves theirs out: to train on, when the same people are kept for the test. */
  readonly except?: readonly string[];
}

/**
 * What each recording in `folder` stands for, at any pace: nobody said the digits in a hurry.
 * @throws UsageError for a folder without recordings, a robot of fewer than ten spoken acts, a speaker
 * that is not there, or when nobody is left
 */
export const digitLabels = (
  robot: RobotDescription,
  folder: string,
  { speakers, except = [] }: DigitSpeakers,
): Map<string, Label> => {
  const acts = spokenActs(robot).map(([act]) => act);
  if (acts.length < 10)
    throw new UsageError(
      `--digits: ${robot.name} has ${acts.length} acts with \`says\`, expected ten, one a digit; use another --robot`,
    );
  const recordings = (isFolder(folder) ? readdirSync(folder) : [])
    .flatMap((file) => {
      const [, digit, speaker, index] = RECORDING.exec(file) ?? [];
      return digit === undefined || speaker === undefined
        ? []
        : [{ file, digit: Number(digit), speaker, index: Number(index) }];
    })
    .toSorted(
      (a, b) =>
        a.digit - b.digit ||
        (a.speaker < b.speaker ? -1 : Number(a.speaker > b.speaker)) ||
        a.index - b.index,
    );
  if (recordings.length === 0)
    throw new UsageError(
      `--digits ${folder}: found no {digit}_{speaker}_{index}.wav; write the folder of recordings of FSDD`,
    );
  const present = new Set(recordings.map(({ speaker }) => speaker));
  for (const [option, names] of Object.entries({ speakers, except }))
    for (const name of names ?? [])
      if (!present.has(name))
        throw new UsageError(
          `--${option} ${name}: found no recording of theirs; ${adviseOneOf(name, present)}`,
        );
  const kept = recordings.filter(
    ({ speaker }) => (speakers?.includes(speaker) ?? true) && !except.includes(speaker),
  );
  if (kept.length === 0)
    throw new UsageError(
      `--except ${except.join()}: found nobody else among ${[...present].join(", ")}; leave fewer out`,
    );
  return new Map(
    kept.map(({ file, digit, speaker }) => [join(folder, file), { act: acts[digit]!, speaker }]),
  );
};
