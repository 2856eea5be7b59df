// What is made of recorded sessions: one of several, several of one, one without some of its episodes, the same by
// another task's name. The sources stay as they are, and what is made is there whole or not at all.
import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SessionError } from "../../core/errors.ts";
import type { SessionRecord } from "../../core/records.ts";
import { Curation } from "../curation/curation.ts";
import { makeWhole } from "../draft.ts";
import type { Episode } from "../episodes.ts";
import { SteadyWriter } from "../steady-writer.ts";
import type { Stretch } from "../stretch.ts";
import { assemble } from "./assemble.ts";
import { type Carried, carryDecisions, type Made } from "./carried-decisions.ts";
import { type Piece, readSource, type Source, wholeOf } from "./source.ts";

export interface Edited extends Carried {
  /** A file or a folder. */
  readonly out: string;
  readonly sessions: readonly { readonly session: string; readonly episodes: number }[];
}

/** Tells of each file before it is read, counted from 1. */
type OnFile = (path: string, count: number) => void;

const edited = async (
  out: string,
  folder: string,
  made: readonly Made[],
  does: string,
): Promise<Edited> => ({
  out,
  sessions: made.map(({ session, pieces }) => ({
    session,
    episodes: pieces.reduce((sum, { episodes }) => sum + episodes.length, 0),
  })),
  ...(await carryDecisions(folder, made, does)),
});

/** Puts sessions one behind the other. @throws SessionError for some that do not go together */
export const mergeSessions = async (
  paths: readonly string[],
  out: string,
  onFile: OnFile = () => {},
): Promise<Edited> =>
  makeWhole(out, async (draft) => {
    const pieces: Piece[] = [];
    for (const [index, path] of paths.entries()) {
      onFile(path, index + 1);
      pieces.push(wholeOf(await readSource(path)));
    }
    await assemble(draft, pieces, `merged of ${paths.map((path) => basename(path)).join(", ")}`);
    return edited(out, dirname(out), [{ session: basename(out), pieces }], "merge");
  });

/** A session of each episode, in a folder; what lies between them is left out. */
export const splitSession = async (
  path: string,
  out: string,
  onFile: OnFile = () => {},
): Promise<Edited> =>
  makeWhole(out, async (draft) => {
    const source = await readSource(path);
    await mkdir(draft);
    const name = basename(path, ".mcap");
    const made: Made[] = [];
    for (const [at, episode] of source.episodes.entries()) {
      const session = `${name}-${episode.index}.mcap`;
      onFile(session, at + 1);
      const pieces = [{ source, ...ownStretch(source, episode), episodes: [episode] }];
      await assemble(join(draft, session), pieces, `episode ${episode.index} of ${basename(path)}`);
      made.push({ session, pieces });
    }
    return edited(out, draft, made, "split");
  });

/**
 * The session without some of its episodes, by default those in the bin of `efference curate`.
 * @throws SessionError for episodes that are not there, and where none would be left or none is to go
 */
export const deleteEpisodes = async (
  path: string,
  out: string,
  chosen?: readonly number[],
): Promise<Edited> =>
  makeWhole(out, async (draft) => {
    const source = await readSource(path);
    const there = source.episodes.map(({ index }) => index);
    const gone = chosen ?? (await binnedOf(path));
    const missing = gone.find((index) => !there.includes(index));
    if (missing !== undefined)
      throw new SessionError(`${path} has no episode ${missing}; it has ${there.join(", ")}`);
    if (gone.length === 0)
      throw new SessionError(
        `${path}: none of its episodes lies in the bin; name some with --episodes, or put them there: efference curate delete ${path}#2`,
      );
    const pieces = piecesWithout(source, gone);
    if (pieces.every(({ episodes }) => episodes.length === 0))
      throw new SessionError(`${path} would have no episode left; remove the file instead`);
    const left = there.filter((index) => !gone.includes(index));
    await assemble(draft, pieces, `episodes ${left.join(", ")} of ${basename(path)}`);
    return edited(out, dirname(out), [{ session: basename(out), pieces }], "delete-episodes");
  });

const binnedOf = async (path: string): Promise<number[]> =>
  (await Curation.open(dirname(path)))
    .bin()
    .filter(({ session }) => session === basename(path))
    .map(({ episode }) => episode);

/** What an episode has of its session: where the next begins as it ends, that stamp is the next one's. */
const ownStretch = ({ episodes }: Source, { startNs, endNs }: Episode): Stretch => {
  const isShared = episodes.some((other) => other.startNs === endNs && other.startNs > startNs);
  return { startNs, endNs: isShared ? endNs - 1 : endNs };
};

const piecesWithout = (source: Source, gone: readonly number[]): Piece[] => {
  const holes = source.episodes.filter(({ index }) => gone.includes(index));
  const stretches: Stretch[] = [];
  let { startNs } = source;
  for (const hole of holes) {
    stretches.push({ startNs, endNs: hole.startNs - 1 });
    startNs = ownStretch(source, hole).endNs + 1;
  }
  stretches.push({ startNs, endNs: source.endNs });
  return stretches
    .filter((stretch) => stretch.endNs > stretch.startNs)
    .map((stretch) => ({
      source,
      ...stretch,
      episodes: source.episodes.filter(
        (episode) =>
          !gone.includes(episode.index) &&
          episode.startNs >= stretch.startNs &&
          episode.startNs <= stretch.endNs,
      ),
    }));
};

export interface Renaming {
  /** The task that is meant; all where left out. */
  readonly from?: string | undefined;
  readonly to: string;
}

/**
 * The same sessions with another name for a task: one as a file, where `out` is the name of one, or all in a folder.
 * Nothing else changes: what could be replayed still can.
 * @throws SessionError where no episode has that task
 */
export const renameTask = (
  paths: readonly string[],
  out: string,
  renaming: Renaming,
  onFile: OnFile = () => {},
): Promise<Edited> =>
  makeWhole(out, async (draft) => {
    const isFile = paths.length === 1 && out.endsWith(".mcap");
    if (!isFile) await mkdir(draft);
    const { from, to } = renaming;
    const tasks = new Set<string>();
    const made: Made[] = [];
    for (const [index, path] of paths.entries()) {
      onFile(path, index + 1);
      const source = await readSource(path);
      if (!source.isMarked)
        throw new SessionError(
          `${path} marks no episodes, and so has no task; efference edit merge ${path} --out ${basename(path, ".mcap")}-marked.mcap makes one episode of it`,
        );
      for (const { task } of source.episodes) tasks.add(task);
      const session = basename(isFile ? out : path);
      made.push({ session, pieces: [wholeOf(source)], keepsNumbers: true });
      await copyRenamed(source, isFile ? draft : join(draft, session), renaming);
    }
    if (from !== undefined && !tasks.has(from))
      throw new SessionError(
        `no episode has the task ${JSON.stringify(from)}; there are ${[...tasks].map((task) => JSON.stringify(task)).join(", ")}`,
      );
    return edited(out, isFile ? dirname(out) : draft, made, `rename-task to ${to}`);
  });

const copyRenamed = async (
  { reader }: Source,
  path: string,
  { from, to }: Renaming,
): Promise<void> => {
  const isMeant = (record: SessionRecord): boolean =>
    record.type === "episode" && (from === undefined || record.task === from);
  await using session = await SteadyWriter.open({ path, header: reader.header });
  for await (const record of reader.records())
    await session.write(isMeant(record) ? ({ ...record, task: to } as SessionRecord) : record);
  await session.close();
};
