// What is made, a file or a folder, has its name only once all of it is there: until then it stands beside it
// under another one. Whatever breaks off leaves nothing behind, and what is there already is never touched.
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { SessionError } from "../core/errors.ts";

/**
 * Makes `path` by way of a draft, whose path `make` gets: nothing is there yet.
 * @throws SessionError when `path` exists, or the system refuses something
 */
export const makeWhole = async <T>(
  path: string,
  make: (draft: string) => Promise<T>,
): Promise<T> => {
  const whole = resolve(path);
  if (await stat(whole).catch(() => undefined))
    throw new SessionError(`${path} already exists; choose another name, or remove it`);
  const draft = join(dirname(whole), `.${basename(whole)}.part-${process.pid}`);
  try {
    await rm(draft, { recursive: true, force: true });
    await mkdir(dirname(whole), { recursive: true });
    const made = await make(draft);
    await rename(draft, whole);
    return made;
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => {}); // what broke it off is what is told
    throw refusalOf(path, draft, error);
  }
};

/** What the system refused, told of what was to be made: the draft that it happened to is gone. */
export const refusalOf = (path: string, draft: string, error: unknown): unknown => {
  const { cause } = error as Error;
  const isOfDraft = isRefusal(cause) && (cause.path === undefined || cause.path.startsWith(draft));
  const refused = isOfDraft ? cause : error;
  if (!isRefusal(refused)) return error;
  return new SessionError(
    `can't make ${path}: ${refused.message}; make room, or name another place`,
    { cause: error },
  );
};

const isRefusal = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "code" in error && "syscall" in error;
