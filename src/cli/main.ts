#!/usr/bin/env node
// The command line: parses, hands over to one file a command, and is the one place that turns an
// error into words and an exit code (0 done, 1 failed or different, 2 a command that can't be obeyed).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { EfferenceError, UsageError } from "../core/errors.ts";
import { packageRoot } from "../core/robot-file.ts";
import { clearStatus, EXIT, printJson, printNote } from "./output.ts";

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
  teleoperate: () => import("./teleoperate.ts"),
  record: () => import("./record.ts"),
  replay: () => import("./replay.ts"),
  recover: () => import("./recover.ts"),
  export: () => import("./export.ts"),
  import: () => import("./import.ts"),
  edit: () => import("./edit.ts"),
  check: () => import("./check-dataset.ts"),
  info: () => import("./info.ts"),
  stats: () => import("./stats.ts"),
  curate: () => import("./curate.ts"),
  demonstrate: () => import("./demonstrate.ts"),
  train: () => import("./train.ts"),
  "train-tokenizer": () => import("./train-tokenizer.ts"),
  eval: () => import("./eval.ts"),
  voices: () => import("./voices.ts"),
  bench: () => import("./bench.ts"),
  "find-port": () => import("./find-port.ts"),
  doctor: () => import("./doctor.ts"),
  calibrate: () => import("./calibrate.ts"),
  flash: () => import("./flash.ts"),
  emulate: () => import("./emulate.ts"),
};

// A closed pipe or a lost terminal must not end a run: what it can't say, it leaves unsaid.
for (const stream of [process.stdin, process.stdout, process.stderr]) stream.on("error", () => {});

const fail = (error: unknown): never => {
  clearStatus();
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
  if (error instanceof EfferenceError) {
    printNote(error.message);
    if (process.argv.includes("--json")) printJson({ error: error.message });
    process.exit(error instanceof UsageError ? EXIT.usage : EXIT.failed);
  }
  printNote(
    `efference met an error of its own; please report it:\n${(error as Error)?.stack ?? String(error)}`,
  );
  process.exit(EXIT.failed);
};

try {
  const name = process.argv[2] ?? "";
  const asked = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  for (const load of asked ? [asked] : Object.values(COMMANDS)) (await load()).add(program);
  await program.parseAsync();
} catch (error) {
  fail(error);
}
