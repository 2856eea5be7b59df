// efference import: the data sets of other tools as sessions.
import { statSync } from "node:fs";
import type { Command } from "commander";
import { UsageError } from "../core/errors.ts";
import { loadRobot } from "../core/robot-file.ts";
import { type Imported, importLerobot } from "../session/lerobot/import.ts";
import { programOr, refuseOtherFormats } from "./export.ts";
import { clearStatus, printJson, printLine, printNote, printProgress } from "./output.ts";
import { versions } from "./versions.ts";

const EXAMPLES = `
Makes a session of each episode, for train, curate, stats and replay --episode 0. What was sensed in frame k comes
at k/fps, its action is reached by (k+1)/fps, and servos go straight between. Joints go by their names
(<servo>.pos), senses too (observation.<sensor>, observation.images.<camera>); what has no counterpart is told.
Actions become motion tokens, chunk after chunk, each from where the one before leads; a data set that was
exported from this robot's own sessions has its tokens taken as they are.

Examples:
  efference import lerobot dataset --robot duo --out sessions
  efference import lerobot pick-cube --robot my-arm/robot.yaml --out pick-cube-sessions --no-video
  efference train --sessions sessions --out models/policies/mine

Exit codes: 0 imported, 1 the data set can't be, 2 the command can't be obeyed.`;

interface ImportOptions {
  readonly robot: string;
  readonly out: string;
  readonly video: boolean;
  readonly json: boolean;
}

export const add = (program: Command): void => {
  program
    .command("import")
    .description("make sessions of a data set of LeRobot (LeRobotDataset v3.0)")
    .argument("<format>", "lerobot")
    .argument("<folder>", "the data set")
    .requiredOption("--robot <name>", "whose sessions they are: a robot, or a robot.yaml")
    .requiredOption("--out <folder>", "the folder of sessions to write")
    .option("--no-video", "leave the pictures out")
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(async (format: string, folder: string, options: ImportOptions) => {
      refuseOtherFormats("import", format);
      if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
        throw new UsageError(`import lerobot ${folder}: no such folder`);
      const { out, video, json } = options;
      const ffmpeg = video
        ? programOr("ffmpeg", "leave the pictures out with --no-video")
        : undefined;
      try {
        const imported = await importLerobot({
          folder,
          robot: loadRobot(options.robot),
          out,
          ...(ffmpeg !== undefined && { ffmpeg }),
          versions: versions(),
          onProgress: (done, total) =>
            printProgress(`importing episode ${done} of ${total}`, done, total),
        });
        clearStatus();
        if (json) printJson(imported);
        else report(imported, folder);
      } finally {
        clearStatus();
      }
    });
};

const report = (imported: Imported, folder: string): void => {
  const { out, sessions, frames, fps, tasks, tokens, error, unused, missing, beyond } = imported;
  printLine(`${out}: ${sessions} sessions, ${frames} frames at ${fps} a second, ${tasks} tasks`);
  const off =
    error &&
    `, ${error.rmseDeg.toFixed(2)} degrees RMSE from the actions, ${error.worstDeg.toFixed(1)} at worst`;
  printLine(`  tokens    ${tokens}${off ?? ""}`);
  if (unused.length > 0) printLine(`  left out  ${unused.join(", ")}: the robot has no such sense`);
  if (missing.length > 0) printLine(`  missing   ${missing.join(", ")}: not in the data set`);
  for (const [servo, count] of Object.entries(beyond))
    printNote(
      `${servo} is asked to leave its range in ${count} frames: are these degrees? The safety kernel would hold it back`,
    );
  if (imported.violations > 0)
    printNote(`the data set breaks its layout: efference check lerobot ${folder}`);
  printLine(`next  efference train --sessions ${out} --out models/policies/mine`);
};
