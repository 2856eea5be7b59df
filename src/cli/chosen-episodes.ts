// Which episodes a command means: sessions and folders of sessions on the command line, FILE#2 for the
// episode of that number alone.
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, normalize } from "node:path";
import { UsageError } from "../core/errors.ts";
import type { EpisodeName } from "../session/curation/curation.ts";
import { episodesOf } from "../session/episodes.ts";
import { SessionReader } from "../session/session-reader.ts";

export interface ChosenFile {
  readonly path: string;
  /** Of which only these episodes are meant; all where left out. */
  readonly episodes?: readonly number[];
}

const PICKED = /^(.*\.mcap)#(\d+)$/;

/** Each file once, in the order in which they were named. @throws UsageError for one that is not there */
export const chosenFiles = async (sessions: readonly string[]): Promise<ChosenFile[]> => {
  const files = new Map<string, Set<number> | undefined>();
  for (const text of sessions) {
    const [, file = text, number] = PICKED.exec(text) ?? [];
    const path = normalize(file); // as join writes it: a file that is named in two ways is one
    const found = await stat(path).catch(() => undefined);
    if (found === undefined)
      throw new UsageError(
        `${path}: no such session or folder; write a .mcap file, or a folder of them`,
      );
    if (found.isDirectory()) for (const file of await sessionsOf(path)) files.set(file, undefined);
    else if (number === undefined) files.set(path, undefined);
    else if (!files.has(path) || files.get(path))
      files.set(path, (files.get(path) ?? new Set()).add(Number(number)));
  }
  return [...files].map(([path, own]) => (own ? { path, episodes: [...own] } : { path }));
};

/** Paths of whole sessions, each once. @throws UsageError as chosenFiles, and for an episode of one */
export const wholeSessions = async (sessions: readonly string[]): Promise<string[]> =>
  (await chosenFiles(sessions)).map(({ path, episodes }) => {
    if (episodes === undefined) return path;
    throw new UsageError(`${path}#${episodes.join()}: found an episode, expected whole sessions`);
  });

const sessionsOf = async (folder: string): Promise<string[]> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".mcap")).sort();
  if (names.length === 0) throw new UsageError(`${folder}: found no session (.mcap) in it`);
  return names.map((name) => join(folder, name));
};

/** The episodes of the files, by the folder in which they lie. @throws UsageError for one that is not there */
export const episodesIn = async (
  files: readonly ChosenFile[],
): Promise<Map<string, EpisodeName[]>> => {
  const byFolder = new Map<string, EpisodeName[]>();
  for (const { path, episodes } of files) {
    const there = (await episodesOf(await SessionReader.open(path))).map(({ index }) => index);
    const missing = episodes?.find((episode) => !there.includes(episode));
    if (missing !== undefined)
      throw new UsageError(`${path}#${missing}: found the episodes ${there.join(", ")} in it`);
    const folder = dirname(path);
    const names = (episodes ?? there).map((episode) => ({ session: basename(path), episode }));
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), ...names]);
  }
  return byFolder;
};
