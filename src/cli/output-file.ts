// Files that a command writes when its work is done. That they can't be is said before it, which may take
// an hour, and never with a stack trace.
import { constants } from "node:fs";
import { access, mkdir, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError } from "../core/errors.ts";

const refusal = (option: string, path: string, error: unknown): UsageError =>
  new UsageError(
    `${option} ${path} can't be written (${(error as Error).message}); name a file in a folder of yours that has room`,
    { cause: error },
  );

const prepare = async (option: string, path: string, folder: string): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw refusal(option, path, error);
  }
};

/** @throws UsageError where the folder can't be made, or not be written into */
export const prepareFolder = (option: string, path: string): Promise<void> =>
  prepare(option, path, path);

/**
 * Makes the folder that a file, or a new folder, is to be written into.
 * @throws UsageError where it can't be made, or not be written into, or where there is a folder of that name
 */
export const prepareOutput = async (option: string, path: string | undefined): Promise<void> => {
  if (path === undefined) return;
  await prepare(option, path, dirname(path));
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) throw refusal(option, path, new Error("it is a folder"));
};

/** @throws UsageError where it can't be written */
export const writeOutput = async (option: string, path: string, content: string): Promise<void> => {
  await writeFile(path, content).catch((error: unknown) => {
    throw refusal(option, path, error);
  });
};
