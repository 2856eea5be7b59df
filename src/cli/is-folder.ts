// A question of paths on the command line that several commands ask.
import { statSync } from "node:fs";

/** Whether there is a folder of that name; a file is none. */
export const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
