// Looks for a program the way a shell does, so that a missing one is told before it is started.
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

const runs = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/** The path of `program` in the folders of `path`, or undefined where none of them has it. */
export const findProgram = (
  program: string,
  path = process.env["PATH"] ?? "",
): string | undefined => {
  const endings = process.platform === "win32" ? [".exe", ".cmd", ".bat"] : [""];
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .flatMap((folder) => endings.map((ending) => join(folder, program + ending)))
    .find(runs);
};
