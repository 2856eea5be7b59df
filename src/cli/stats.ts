// efference stats: the flux of tokens in one or more sessions. Use is a measure, not a goal.
import type { Command } from "commander";
import { type Flux, flux } from "../session/flux.ts";
import { SessionReader } from "../session/session-reader.ts";
import { printJson, printLine, table } from "./output.ts";

const EXAMPLES = `
How many tokens the robot consumed and produced, of which sense, and what came of them. Fewer tokens
are not better by themselves: compare them at equal success.

Examples:
  efference stats sessions/*.mcap
  efference stats session.mcap --json`;

export const addStats = (program: Command): void => {
  program
    .command("stats")
    .description("tokens by sense, acts and latencies of sessions")
    .argument("<files...>", "sessions (.mcap)")
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], { json }: { json: boolean }) => {
      const sessions: (Flux & { session: string })[] = [];
      for (const file of files)
        sessions.push({ session: file, ...(await flux(await SessionReader.open(file))) });
      if (json) return printJson({ sessions });
      for (const session of sessions) printFlux(session);
    });
};

const printFlux = (_: Flux & { session: string }): void => {
  printLine(table([]));
};
