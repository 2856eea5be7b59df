// Options that have no use beside others, or without them.
import type { Command } from "commander";
import { UsageError } from "../core/errors.ts";

const isGiven = (command: Command, option: string): boolean => {
  const attribute = option.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return command.getOptionValueSource(attribute) === "cli";
};

/**
 * Refuses what was asked for on the command line and can't be heeded: to leave it out in silence would be to do
 * something else. `options` by their long names; `why` goes on after the name.
 */
export const refuseIdle = (command: Command, options: readonly string[], why: string): void => {
  const found = options.find((option) => isGiven(command, option));
  if (found === undefined) return;
  const isNegated = command.getOptionValue(found) === false;
  throw new UsageError(`--${isNegated ? "no-" : ""}${found} ${why}; leave it out`);
};

/** Options that say something about what `flag` asks for. */
export const wantFlag = (command: Command, flag: string, options: readonly string[]): Command =>
  command.hook("preAction", (_, self) => {
    if (!isGiven(self, flag)) refuseIdle(self, options, `has no use without --${flag}`);
  });
