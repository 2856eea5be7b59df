// A data set made of others: their episodes one after the other, without some, or with other names of tasks. Rows
// are written anew, and so are their statistics; videos are taken over as files, of which an episode names its part.
import { constants, copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SessionError } from "../../core/errors.ts";
import { makeWhole } from "../draft.ts";
import type { FoundEpisode } from "./check-tables.ts";
import { DataFiles } from "./data-files.ts";
import { readTables, type Tables } from "./dataset-tables.ts";
import { DatasetWriter, type VideoTrack } from "./dataset-writer.ts";
import { Findings } from "./findings.ts";
import {
  DEFAULT_FEATURES,
  type Feature,
  FIRST_PLACE,
  isVideo,
  pathOf,
  type Place,
  placeAfter,
  VIDEO_PATH,
  type VideoSpan,
} from "./layout.ts";
import { numbersOf, type Row } from "./parquet-reader.ts";
import { STATISTICS, type Statistics } from "./statistics.ts";

export interface Rewriting {
  /** The data sets, in the order in which their episodes follow. */
  readonly folders: readonly string[];
  /** The folder to be. */
  readonly out: string;
  /** The numbers of episodes that are left out; none where left out itself. */
  readonly without?: readonly number[];
  /** Another name for a task, or for all of them where `from` is left out. */
  readonly renaming?: { readonly from?: string | undefined; readonly to: string };
}

export interface Rewritten {
  readonly out: string;
  readonly episodes: number;
  readonly frames: number;
  readonly tasks: number;
}

interface Source extends Tables {
  readonly folder: string;
}

/** @throws SessionError for data sets that can't be read, do not go together, or would leave nothing */
export const rewriteDatasets = (rewriting: Rewriting): Promise<Rewritten> =>
  makeWhole(rewriting.out, (draft) => rewriteTo(draft, rewriting));

const rewriteTo = async (draft: string, rewriting: Rewriting): Promise<Rewritten> => {
  const { folders, out, without = [], renaming } = rewriting;
  const sources: Source[] = [];
  for (const folder of folders)
    sources.push({ folder, ...(await readTables(folder, new Findings())) });
  const { info } = sources[0]!;
  refuseStrangers(sources);
  const tasks = new Set(sources.flatMap((source) => source.tasks));
  if (renaming?.from !== undefined && !tasks.has(renaming.from))
    throw new SessionError(
      `no episode has the task ${JSON.stringify(renaming.from)}; there are ${JSON.stringify([...tasks])}`,
    );
  const there = sources.flatMap(({ episodes }) => episodes.map(({ index }) => index));
  const missing = without.find((index) => !there.includes(index));
  if (missing !== undefined)
    throw new SessionError(
      `${folders.join(", ")} has no episode ${missing}; it has ${there.join(", ")}`,
    );
  const keeps = (index: number): boolean => !without.includes(index);
  if (!there.some(keeps)) throw new SessionError(`${folders.join(", ")}: no episode would be left`);
  const own = Object.entries(info.features).filter(
    ([name]) => !Object.hasOwn(DEFAULT_FEATURES, name),
  );
  const data = own.filter(([, feature]) => !isVideo(feature));
  const videos = own
    .filter(([, feature]) => isVideo(feature))
    .map(([name, feature]) => new CopiedVideo(name, feature, draft));
  await using dataset = await DatasetWriter.open({
    folder: draft,
    fps: info.fps,
    robotType: info.robot_type,
    features: Object.fromEntries(data),
    videos,
    facts: info.efference ?? {},
  });
  for (const source of sources) {
    const names = data.map(([name]) => name);
    await using files = new DataFiles(source.folder, source, names);
    for (const episode of source.episodes.filter(({ index }) => keeps(index))) {
      const what = `episode ${episode.index} of ${source.folder}`;
      const task = onlyTaskOf(episode, what);
      const isMeant = renaming && (renaming.from === undefined || renaming.from === task);
      const rows = await files.rows(episode, what);
      for (const video of videos) await video.take(source, episode);
      const columns = new Map(data.map(([name]) => [name, rows.map((row) => plain(row, name))]));
      await dataset.addEpisode(columns, rows.length, isMeant ? renaming.to : task, what);
    }
  }
  await dataset.close();
  return { out, episodes: dataset.episodes, frames: dataset.frames, tasks: dataset.tasks };
};

const plain = (row: Row, name: string): unknown => {
  const value = row[name];
  return typeof value === "object"
    ? numbersOf(value)
    : typeof value === "bigint"
      ? Number(value)
      : value;
};

const onlyTaskOf = ({ tasks }: FoundEpisode, what: string): string => {
  const [task, ...others] = tasks ?? [];
  if (task !== undefined && others.length === 0) return task;
  throw new SessionError(
    `${what} names ${tasks?.length ?? "no"} tasks, expected one: which of its frames belong to which would be lost`,
  );
};

/** What can be written again: see {@link DatasetWriter}. */
const WRITABLE = ["float32", "int64", "bool", "string", "video"];

const refuseStrangers = ([first, ...others]: readonly Source[]): void => {
  const { info, folder } = first!;
  for (const [name, { dtype, shape }] of Object.entries(info.features))
    if (!WRITABLE.includes(dtype) || (dtype !== "video" && shape.length !== 1))
      throw new SessionError(
        `${folder}: ${name} is ${dtype} of shape [${shape.join(", ")}]; only vectors of ${WRITABLE.join(", ")} can be written again`,
      );
  for (const other of others)
    for (const [what, of] of [
      ["fps", ({ info: { fps } }: Source) => fps],
      ["robot_type", ({ info: { robot_type: robot } }: Source) => robot],
      ["features", ({ info: { features } }: Source) => features],
      ["efference", ({ info: { efference } }: Source) => efference],
    ] as const) {
      const [found, expected] = [other, first!].map((source) => JSON.stringify(of(source)));
      if (found !== expected)
        throw new SessionError(
          `${other.folder} and ${folder} can't be one data set: ${what} differs, found ${short(found)}, expected ${short(expected)}`,
        );
    }
};

const short = (text = "nothing"): string => (text.length > 120 ? `${text.slice(0, 117)}...` : text);

/** Files of a video, as they were: each that an episode needs is copied once, and numbered anew. */
class CopiedVideo implements VideoTrack {
  readonly name: string;
  readonly feature: Feature;
  readonly #folder: string;
  readonly #places = new Map<string, Place>();
  #next: Place = FIRST_PLACE;
  #episode: { span: VideoSpan; statistics: Statistics } | undefined;

  constructor(name: string, feature: Feature, folder: string) {
    this.name = name;
    this.feature = feature;
    this.#folder = folder;
  }

  async take({ folder, info }: Source, { videos, statistics }: FoundEpisode): Promise<void> {
    const span = videos.get(this.name)!;
    const from = join(folder, pathOf(info.video_path!, span, this.name));
    const found = STATISTICS.map((name) => [
      name,
      numbersOf(statistics.get(`${this.name}/${name}`)) ?? [],
    ]);
    this.#episode = {
      span: { ...span, ...(await this.#copied(from)) },
      statistics: Object.fromEntries(found) as Statistics,
    };
  }

  end(what: string): { span: VideoSpan; statistics: Statistics } {
    if (this.#episode?.statistics.count.length === 1) return this.#episode;
    throw new SessionError(
      `${what} has no statistics of ${this.name}; efference check lerobot tells more`,
    );
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  async #copied(from: string): Promise<Place> {
    const known = this.#places.get(from);
    if (known) return known;
    const place = this.#next;
    this.#next = placeAfter(place);
    this.#places.set(from, place);
    const to = join(this.#folder, pathOf(VIDEO_PATH, place, this.name));
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to, constants.COPYFILE_FICLONE).catch((cause: Error) => {
      throw new SessionError(`can't copy the video ${from}: ${cause.message}`, { cause });
    });
    return place;
  }
}
