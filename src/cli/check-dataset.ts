// efference check: whether a data set keeps every rule of its layout.
import type { Command } from "commander";
import { UsageError } from "../core/errors.ts";
import { findProgram } from "../sensors/available-programs.ts";
import { checkLerobot } from "../session/lerobot/check.ts";
import { refuseOtherFormats } from "./export.ts";
import { isFolder } from "./is-folder.ts";
import { clearStatus, EXIT, printJson, printLine, printNote, printStatus } from "./output.ts";

const EXAMPLES = `
Checks any LeRobotDataset v3.0: what its files say about each other, every row, the statistics against the
rows and, where ffprobe is installed, the time of every frame of every video.

Examples:
  efference check lerobot dataset
  efference check lerobot dataset --json     {valid, violations: [{rule, file, problem}]}

Exit codes: 0 valid, 1 not, 2 the command can't be obeyed.`;

export const add = (program: Command): void => {
  program
    .command("check")
    .description("check a data set against the rules of its layout")
    .argument("<format>", "lerobot")
    .argument("<folder>", "the data set")
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(async (format: string, folder: string, { json }: { json: boolean }) => {
      refuseOtherFormats("check", format);
      if (!isFolder(folder)) throw new UsageError(`check lerobot ${folder}: no such folder`);
      const ffprobe = findProgram("ffprobe");
      const result = await checkLerobot(folder, {
        ...(ffprobe !== undefined && { ffprobe }),
        onProgress: (file) => printStatus(`checking ${file}`),
      });
      clearStatus();
      const { valid, violations, episodes, frames, videosProbed } = result;
      if (!videosProbed)
        printNote("no ffprobe: videos were not looked into (apt-get install ffmpeg)");
      if (json) printJson(result);
      else {
        for (const { rule, file, problem } of violations) printLine(`${rule}  ${file}: ${problem}`);
        printLine(
          `${valid ? "valid" : "not valid"}: ${episodes} episodes, ${frames} frames, ${violations.length} violations`,
        );
      }
      process.exitCode = valid ? EXIT.ok : EXIT.failed;
    });
};
