// efference export: sessions as the data sets of other tools.
import type { Command } from "commander";
import { UsageError } from "../core/errors.ts";
import { findProgram } from "../sensors/available-programs.ts";
import { exportLerobot } from "../session/lerobot/export.ts";
import { clearStatus, printJson, printLine, printProgress } from "./output.ts";
import { wholeSessions } from "./chosen-episodes.ts";
import { wholeNumber } from "./whole-number.ts";

const EXAMPLES = `
Sessions have a rate a sense; a data set has one. Frame k of an episode stands for k/fps to (k+1)/fps after
its start: observations are the last value at or before its beginning, action is the pose that was really
applied by its end (after the safety kernel), tokens are those said within it. The way to the rest pose at
the end, and episodes that were to be done again or lie in the bin of curate, are left out; one that was trimmed
is exported whole.

  observation.state, action         <servo>.pos, degrees
  observation.<sensor>              heat, distance and touch, in the sensor's own unit
  observation.images.<camera>       and <camera>_depth where the pictures have depth (ffmpeg)
  tokens.action, .executed, .advice ids of the vocabulary, in order, as text
  next.done, next.success           where an outcome was recorded; next.truncated where only some were
  complementary_info.is_intervention where a person took over

Sound, cues, acts, meters and safety events have no place in a data set: the sessions keep them.

Examples:
  efference export lerobot demonstrations/*.mcap --out dataset --fps 20
  efference export lerobot session.mcap --out dataset --fps 10 --no-video
  efference check lerobot dataset`;

interface ExportOptions {
  readonly out: string;
  readonly fps: number;
  readonly video: boolean;
  readonly json: boolean;
}

export const add = (program: Command): void => {
  program
    .command("export")
    .description("write sessions as a data set of LeRobot (LeRobotDataset v3.0)")
    .argument("<format>", "lerobot")
    .argument("<sessions...>", "sessions (.mcap), or folders of them")
    .requiredOption("--out <folder>", "the data set to write")
    .requiredOption("--fps <number>", "frames a second, a whole number", wholeNumber(1))
    .option("--no-video", "leave the pictures out")
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(async (format: string, sessions: string[], options: ExportOptions) => {
      refuseOtherFormats("export", format);
      const { out, fps, video, json } = options;
      const ffmpeg = video
        ? programOr("ffmpeg", "leave the pictures out with --no-video")
        : undefined;
      try {
        const exported = await exportLerobot({
          sessions: await wholeSessions(sessions),
          out,
          fps,
          ...(ffmpeg !== undefined && { ffmpeg }),
          onProgress: (done, total, session) => printProgress(`exporting ${session}`, done, total),
        });
        clearStatus();
        if (json) return printJson(exported);
        const { episodes, frames, tasks, leftOut, features, videos } = exported;
        printLine(
          `${out}: ${episodes} episodes, ${frames} frames at ${fps} a second, ${tasks} tasks`,
        );
        printLine(`  features  ${[...features, ...videos].join(", ")}`);
        if (leftOut > 0)
          printLine(
            `  left out  ${leftOut} episodes (to be done again, in the bin of curate, or shorter than a frame)`,
          );
        printLine(`next  efference check lerobot ${out}`);
      } finally {
        clearStatus();
      }
    });
};

/** @throws UsageError for a format that is not there */
export const refuseOtherFormats = (command: string, format: string): void => {
  if (format !== "lerobot")
    throw new UsageError(`${command} ${format}: found "${format}", expected lerobot`);
};

/** The path of a program. @throws UsageError that says how to install it, or what to do without. */
export const programOr = (program: string, otherwise: string): string => {
  const found = findProgram(program);
  if (found !== undefined) return found;
  throw new UsageError(
    `found no ${program}, which the pictures need; install it (apt-get install ffmpeg, brew install ffmpeg), or ${otherwise}`,
  );
};
