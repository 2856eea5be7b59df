// efference recover: makes a recording whole that a crash, a full disk or a cut cable left open.
import type { Command } from "commander";
import { recover } from "../session/recover.ts";
import { printJson, printLine } from "./output.ts";

const EXAMPLES = `
The mended file takes the place of the broken one, which stays beside it as FILE.broken; with --out
the original is left alone.

Examples:
  efference recover session.mcap
  efference recover session.mcap --out mended.mcap --json`;

export const add = (program: Command): void => {
  program
    .command("recover")
    .description("mend a truncated or damaged session")
    .argument("<file>", "a session (.mcap)")
    .option("--out <file>", "write the mended session here")
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(async (file: string, options: { out?: string; json: boolean }) => {
      const result = await recover(file, options.out === undefined ? {} : { out: options.out });
      if (options.json) return printJson(result);
      if (result.alreadyWhole) return printLine(`${file} is whole: ${result.messages} messages`);
      printLine(
        `${result.file}: ${result.messages} messages recovered, about ${result.lostMs} ms lost (${result.bytesDropped} bytes dropped)`,
      );
    });
};
