// Files that a command writes when its work is done. That they can't be is said before it, which may take
// an hour, and never with a stack trace.
import { constants } from "node:fs";
import { access, mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError } from "../core/errors.ts";

const refusal = (option: string, path: string, error: unknown): UsageError =>
  new UsageError(
    `${option} ${path} can't be written (${(error as Error).message}); name a file in a folder of yours that has room`,
    { cause: error },
  );

/**
 * Makes the folder that a file or a folder is to be written into.
 * @throws UsageError where it can't be made, or not be written into
 */
export const prepareOutput = async (option: string, path: string | undefined): Promise<void> => {
  if (path === undefined) return;
  try {
    await mkdir(dirname(path), { recursive: true });
    await access(dirname(path), constants.W_OK);
  } catch (error) {
    throw refusal(option, path, error);
  }
};

/** @throws UsageError where it can't be written */
export const writeOutput = async (option: string, path: string, content: string): Promise<void> => {
  await writeFile(path, content).catch((error: unknown) => {
    throw refusal(option, path, error);
  });
};
