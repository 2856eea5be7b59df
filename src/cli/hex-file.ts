// Reads the Intel HEX file that a command was given.
import { readFileSync } from "node:fs";
import { UsageError } from "../core/errors.ts";

export const hexFile = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new UsageError(`--hex ${file}: found no such file`);
  }
};
