// The rules of meta/tasks.parquet and meta/episodes: what tasks there are, and where each episode stands.
import { told } from "./check-info.ts";
import type { Findings } from "./findings.ts";
import {
  type DatasetInfo,
  EPISODES_PATH,
  isVideo,
  pathOf,
  type Place,
  placeOf,
  TASKS_PATH,
} from "./layout.ts";
import { type ParquetSource, type Row, readRows, wholeOf } from "./parquet-reader.ts";

/** Where an episode stands, and what its own statistics say. */
export interface FoundEpisode {
  readonly index: number;
  readonly length: number;
  readonly from: number;
  readonly to: number;
  readonly data: Place;
  readonly tasks: readonly string[] | undefined;
  readonly videos: ReadonlyMap<string, Place & { readonly fromS: number; readonly toS: number }>;
  /** By "feature/statistic". */
  readonly statistics: ReadonlyMap<string, unknown>;
  readonly file: string;
}

const VIDEO_COLUMNS = ["chunk_index", "file_index", "from_timestamp", "to_timestamp"];

/** The texts of the tasks by their number. */
export const checkTasks = async (
  source: ParquetSource,
  info: DatasetInfo,
  findings: Findings,
): Promise<readonly string[]> => {
  const expect = (holds: boolean, problem: string): boolean =>
    findings.expect(holds, "tasks", TASKS_PATH, problem);
  const texts = [...source.columns].filter(([, type]) => type?.scalar === "string");
  const [index] = indexColumns(source);
  expect(
    index === "task" && texts.some(([name]) => name === index),
    `its index is ${told(index)} by the footer's pandas metadata, expected a column "task" of text`,
  );
  const type = source.columns.get("task_index");
  expect(type?.scalar === "int64" && type.lists === 0, "task_index is no column of int64");
  const text = texts[0]?.[0];
  if (text === undefined) return [];
  const tasks: string[] = [];
  for (const [row, values] of (await readRows(source, [text, "task_index"])).entries()) {
    const [task, number] = [values[text], wholeOf(values["task_index"])];
    expect(typeof task === "string", `row ${row} has no text`);
    expect(number === row, `row ${row} has the task_index ${number ?? "nothing"}, expected ${row}`);
    expect(!tasks.includes(String(task)), `the task ${JSON.stringify(task)} is there twice`);
    tasks.push(String(task));
  }
  expect(
    tasks.length === info.total_tasks,
    `${tasks.length} tasks, but info.json says ${info.total_tasks}`,
  );
  return tasks;
};

const indexColumns = (source: ParquetSource): unknown[] => {
  try {
    const { index_columns: columns } = JSON.parse(source.facts.get("pandas") ?? "{}") as {
      index_columns?: unknown;
    };
    return Array.isArray(columns) ? columns : [];
  } catch {
    return [];
  }
};

/** The episodes of one file, which follow `before`. */
export const checkEpisodes = async (
  source: ParquetSource,
  file: string,
  info: DatasetInfo,
  tasks: readonly string[],
  before: { index: number; to: number },
  findings: Findings,
): Promise<FoundEpisode[]> => {
  const expect = (holds: boolean, problem: string): boolean =>
    findings.expect(holds, "episodes", file, problem);
  const videoKeys = Object.keys(info.features).filter((name) => isVideo(info.features[name]!));
  const needed = [
    "episode_index",
    "length",
    "data/chunk_index",
    "data/file_index",
    "dataset_from_index",
    "dataset_to_index",
    "meta/episodes/chunk_index",
    "meta/episodes/file_index",
    ...videoKeys.flatMap((key) => VIDEO_COLUMNS.map((part) => `videos/${key}/${part}`)),
  ];
  const missing = needed.filter((name) => !source.columns.has(name));
  if (!expect(missing.length === 0, `the columns ${missing.join(", ")} are missing`)) return [];
  const stats = [...source.columns.keys()].filter((name) => name.startsWith("stats/"));
  const own = placeOf(file);
  const found: FoundEpisode[] = [];
  for await (const rows of source.read([...needed, "tasks", ...stats]))
    for (const row of rows) {
      const episode = episodeOf(row, videoKeys, stats, file);
      if (
        !expect(
          episode !== undefined,
          `a row after episode ${before.index} holds no whole numbers where it must`,
        ) ||
        !episode
      )
        continue;
      const { index, length, from, to } = episode;
      const what = `episode ${index}`;
      expect(index === before.index + 1, `${what} follows episode ${before.index}`);
      expect(from === before.to, `${what} begins at row ${from}, expected ${before.to}`);
      expect(
        length > 0 && length === to - from,
        `${what} has the length ${length}, expected ${to - from}`,
      );
      const [chunk, at] = ["meta/episodes/chunk_index", "meta/episodes/file_index"].map((key) =>
        wholeOf(row[key]),
      );
      expect(
        own?.chunk === chunk && own?.file === at,
        `${what} says it stands in ${pathOf(EPISODES_PATH, { chunk: chunk ?? -1, file: at ?? -1 })}`,
      );
      if (source.columns.has("tasks"))
        expect(
          episode.tasks !== undefined &&
            episode.tasks.length > 0 &&
            episode.tasks.every((task) => tasks.includes(task)),
          `${what} has tasks that are not in ${TASKS_PATH}`,
        );
      for (const [key, { fromS, toS }] of episode.videos)
        expect(
          fromS >= 0 && Math.abs(toS - fromS - length / info.fps) < 1 / info.fps,
          `${what} takes ${key} from ${fromS} s to ${toS} s, expected ${length / info.fps} s`,
        );
      before.index = index;
      before.to = to;
      found.push(episode);
    }
  return found;
};

const episodeOf = (
  row: Row,
  videoKeys: readonly string[],
  stats: readonly string[],
  file: string,
): FoundEpisode | undefined => {
  const wholes = [
    "episode_index",
    "length",
    "dataset_from_index",
    "dataset_to_index",
    "data/chunk_index",
    "data/file_index",
  ].map((key) => wholeOf(row[key]));
  if (wholes.some((value) => value === undefined || value < 0)) return undefined;
  const [index, length, from, to, chunk, at] = wholes as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const videos = new Map<string, Place & { fromS: number; toS: number }>();
  for (const key of videoKeys) {
    const [videoChunk, videoFile] = [
      wholeOf(row[`videos/${key}/chunk_index`]),
      wholeOf(row[`videos/${key}/file_index`]),
    ];
    const [fromS, toS] = [row[`videos/${key}/from_timestamp`], row[`videos/${key}/to_timestamp`]];
    if (
      videoChunk === undefined ||
      videoFile === undefined ||
      typeof fromS !== "number" ||
      typeof toS !== "number"
    )
      return undefined;
    videos.set(key, { chunk: videoChunk, file: videoFile, fromS, toS });
  }
  const tasks = row["tasks"];
  const isTexts = Array.isArray(tasks) && tasks.every((task) => typeof task === "string");
  return {
    index,
    length,
    from,
    to,
    data: { chunk, file: at },
    tasks: isTexts ? (tasks as string[]) : undefined,
    videos,
    statistics: new Map(stats.map((name) => [name.slice("stats/".length), row[name]])),
    file,
  };
};
