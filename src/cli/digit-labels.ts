// The Free Spoken Digit Dataset as a robot's commands: real voices for whoever has no recordings of
// the commands themselves. Ten digits stand for the robot's first ten spoken acts.
// https://github.com/Jakobovski/free-spoken-digit-dataset, CC BY-SA 4.0.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../core/errors.ts";
import type { RobotDescription } from "../core/robot.ts";
import { adviseOneOf } from "../core/suggest.ts";
import type { Label } from "../sensors/labels.ts";

const RECORDING = /^(\d)_(.+)_(\d+)\.wav$/;

/** The acts that are spoken, in the order of robot.yaml, with the words. */
export const spokenActs = (robot: RobotDescription): (readonly [act: string, words: string])[] =>
  Object.entries(robot.acts).flatMap(([act, { says }]) =>
    says === undefined ? [] : [[act, says] as const],
  );

/**
 * What each recording in `folder` stands for; `speakers` keeps only theirs.
 * @throws UsageError for a folder without recordings, a robot of fewer than ten spoken acts or without
 * a pace called normal, or a speaker that is not there
 */
export const digitLabels = (
  robot: RobotDescription,
  folder: string,
  speakers?: readonly string[],
): Map<string, Label> => {
  const acts = spokenActs(robot).map(([act]) => act);
  if (acts.length < 10)
    throw new UsageError(
      `--digits: ${robot.name} has ${acts.length} acts with \`says\`, expected ten, one a digit; use another --robot`,
    );
  if (!("normal" in robot.paces))
    throw new UsageError(
      `--digits: ${robot.name} has no pace called normal; ${adviseOneOf("normal", Object.keys(robot.paces))}`,
    );
  const recordings = (existsSync(folder) ? readdirSync(folder) : [])
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
  for (const speaker of speakers ?? [])
    if (!present.has(speaker))
      throw new UsageError(
        `--speakers ${speaker}: found no recording of theirs; ${adviseOneOf(speaker, present)}`,
      );
  return new Map(
    recordings
      .filter(({ speaker }) => speakers?.includes(speaker) ?? true)
      .map(({ file, digit }) => [join(folder, file), { act: acts[digit]!, pace: "normal" }]),
  );
};
