#!/usr/bin/env node
// The command line: parses, hands over to one file a command, and is the one place that turns an
// error into words and an exit code (0 done, 1 failed or different, 2 a command that can't be obeyed).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { EfferenceError, UsageError } from "../core/errors.ts";
import { packageRoot } from "../core/robot-file.ts";
import { clearStatus, EXIT, printNote } from "./output.ts";

const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as {
  version: string;
};

const program = new Command("efference")
  .description("Senses in as tokens, acts out as tokens, servos move.")
  .version(version)
  .showHelpAfterError("(efference --help lists the commands and options)")
  .showSuggestionAfterError()
  .exitOverride()
  .configureHelp({ showGlobalOptions: false });

/** A command's file is loaded when it is asked for, or when all are to be listed. */
const COMMANDS: Readonly<Record<string, () => Promise<{ add(program: Command): void }>>> = {
  run: () => import("./run.ts"),
  replay: () => import("./replay.ts"),
  recover: () => import("./recover.ts"),
  info: () => import("./info.ts"),
  stats: () => import("./stats.ts"),
  demonstrate: async () => ({ add: (await import("./demonstrate.ts")).addDemonstrate }),
  train: () => import("./train.ts"),
  eval: async () => ({ add: (await import("./eval.ts")).addEval }),
  doctor: () => import("./doctor.ts"),
};

const fail = (error: unknown): never => {
  clearStatus();
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
  if (error instanceof EfferenceError) {
    printNote(error.message);
    process.exit(error instanceof UsageError ? EXIT.usage : EXIT.failed);
  }
  printNote(
    `efference met an error of its own; please report it:\n${(error as Error)?.stack ?? String(error)}`,
  );
  process.exit(EXIT.failed);
};

try {
  const asked = COMMANDS[process.argv[2] ?? ""];
  for (const load of asked ? [asked] : Object.values(COMMANDS)) (await load()).add(program);
  await program.parseAsync();
} catch (error) {
  fail(error);
}
