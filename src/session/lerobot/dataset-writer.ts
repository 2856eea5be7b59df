// Writes a LeRobotDataset v3.0, an episode after the other. In memory are the episode at hand, the tasks and
// the pooled statistics.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { columnStatistics, schemaOf } from "./episode-table.ts";
import {
  CHUNKS_SIZE,
  CODEBASE_VERSION,
  DATA_FILES_MB,
  DATA_PATH,
  type DatasetInfo,
  DEFAULT_FEATURES,
  EPISODES_PATH,
  type Feature,
  FIRST_PLACE,
  INFO_PATH,
  isPicture,
  isVideo,
  pathOf,
  type Place,
  placeAfter,
  STATS_PATH,
  TASKS_PATH,
  VIDEO_FILES_MB,
  VIDEO_PATH,
  type VideoSpan,
} from "./layout.ts";
import { type ColumnType, ParquetFile, type Schema } from "./parquet-writer.ts";
import { pooled, STATISTICS, type Statistics, statisticsJson } from "./statistics.ts";
import { TASK_METADATA, TASK_SCHEMA, TaskList } from "./tasks.ts";

/** One of the data set's videos. */
export interface VideoTrack extends AsyncDisposable {
  readonly name: string;
  readonly feature: Feature;
  /** Where the pictures of the episode at hand stand; `what` names it in an error. */
  end(what: string): { readonly span: VideoSpan; readonly statistics: Statistics };
  close(): Promise<void>;
}

export interface DatasetOptions {
  /** An empty folder: what is in it is no data set until this is closed (session/draft.ts). */
  readonly folder: string;
  readonly fps: number;
  readonly robotType: string | null;
  /** Those that stand in the parquet files, but for the ones that every data set has. */
  readonly features: Readonly<Record<string, Feature>>;
  readonly videos: readonly VideoTrack[];
  /** Top-level facts of our own for info.json. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** After how much a file is full; LeRobot's own limit unless said. */
  readonly dataFileBytes?: number;
}

export class DatasetWriter implements AsyncDisposable {
  readonly #options: DatasetOptions;
  readonly #features: Readonly<Record<string, Feature>>;
  readonly #tasks = new TaskList();
  readonly #statistics = new Map<string, Statistics>();
  readonly #episodeSchema: Schema;
  #data: ParquetFile | undefined;
  #dataPlace: Place = FIRST_PLACE;
  #episodeFile: ParquetFile | undefined;
  #episodes = 0;
  #frames = 0;

  static async open(options: DatasetOptions): Promise<DatasetWriter> {
    await mkdir(join(options.folder, "meta"), { recursive: true });
    return new DatasetWriter(options);
  }

  private constructor(options: DatasetOptions) {
    this.#options = options;
    this.#features = {
      ...options.features,
      ...Object.fromEntries(options.videos.map(({ name, feature }) => [name, feature])),
      ...DEFAULT_FEATURES,
    };
    this.#episodeSchema = episodeSchema(this.#features);
  }

  get episodes(): number {
    return this.#episodes;
  }

  get frames(): number {
    return this.#frames;
  }

  get tasks(): number {
    return this.#tasks.size;
  }

  /** Adds an episode of `length` rows; the videos have got its pictures. `what` names it in an error. */
  async addEpisode(
    columns: ReadonlyMap<string, readonly unknown[]>,
    length: number,
    task: string,
    what: string,
  ): Promise<void> {
    const { fps } = this.#options;
    const first = this.#frames;
    const count = <T>(value: (k: number) => T): T[] => Array.from({ length }, (_, k) => value(k));
    const taskIndex = this.#tasks.indexOf(task);
    const rows = new Map<string, readonly unknown[]>([
      ...columns,
      ["timestamp", count((k) => Math.fround(k / fps))],
      ["frame_index", count((k) => k)],
      ["episode_index", count(() => this.#episodes)],
      ["index", count((k) => first + k)],
      ["task_index", count(() => taskIndex)],
    ]);
    const data = await this.#writeData(rows);
    const row = new Map<string, unknown>([
      ["episode_index", this.#episodes],
      ["tasks", [task]],
      ["length", length],
      ["data/chunk_index", data.chunk],
      ["data/file_index", data.file],
      ["dataset_from_index", first],
      ["dataset_to_index", first + length],
      ["meta/episodes/chunk_index", FIRST_PLACE.chunk],
      ["meta/episodes/file_index", FIRST_PLACE.file],
    ]);
    for (const video of this.#options.videos) {
      const { span, statistics } = video.end(what);
      const key = `videos/${video.name}`;
      row.set(`${key}/chunk_index`, span.chunk).set(`${key}/file_index`, span.file);
      row.set(`${key}/from_timestamp`, span.fromS).set(`${key}/to_timestamp`, span.toS);
      this.#count(video.name, statistics, row);
    }
    for (const [name, values] of rows) {
      const statistics = columnStatistics(values);
      if (statistics) this.#count(name, statistics, row);
    }
    await this.#writeEpisode(row);
    this.#episodes++;
    this.#frames += length;
  }

  /** Makes the data set whole. */
  async close(): Promise<void> {
    for (const video of this.#options.videos) await video.close();
    await this.#data?.close();
    await this.#episodeFile?.close();
    const path = this.#pathOf(TASKS_PATH);
    await this.#tasks.write(await ParquetFile.create(path, TASK_SCHEMA, TASK_METADATA));
    await this.#writeJson(INFO_PATH, this.#info());
    await this.#writeJson(
      STATS_PATH,
      Object.fromEntries(
        [...this.#statistics].map(([name, statistics]) => [
          name,
          statisticsJson(statistics, isPicture(this.#features[name]!)),
        ]),
      ),
    );
  }

  /** Ends what still writes. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const video of this.#options.videos) await video[Symbol.asyncDispose]();
  }

  #pathOf(path: string): string {
    return join(this.#options.folder, path);
  }

  #count(name: string, statistics: Statistics, row: Map<string, unknown>): void {
    const feature = this.#features[name]!;
    for (const [key, value] of Object.entries(statisticsJson(statistics, isPicture(feature))))
      row.set(`stats/${name}/${key}`, value);
    const known = this.#statistics.get(name);
    this.#statistics.set(name, known ? pooled(known, statistics) : statistics);
  }

  async #writeData(rows: ReadonlyMap<string, readonly unknown[]>): Promise<Place> {
    const { dataFileBytes = DATA_FILES_MB * 2 ** 20 } = this.#options;
    if (this.#data && this.#data.bytes >= dataFileBytes) {
      await this.#data.close();
      this.#data = undefined;
      this.#dataPlace = placeAfter(this.#dataPlace);
    }
    const stored = Object.entries(this.#features).filter(([, feature]) => !isVideo(feature));
    this.#data ??= await ParquetFile.create(
      this.#pathOf(pathOf(DATA_PATH, this.#dataPlace)),
      schemaOf(Object.fromEntries(stored)),
    );
    await this.#data.writeGroup(rows);
    return this.#dataPlace;
  }

  async #writeEpisode(row: ReadonlyMap<string, unknown>): Promise<void> {
    const path = this.#pathOf(pathOf(EPISODES_PATH, FIRST_PLACE));
    this.#episodeFile ??= await ParquetFile.create(path, this.#episodeSchema);
    await this.#episodeFile.writeGroup(new Map([...row].map(([name, value]) => [name, [value]])));
  }

  #info(): DatasetInfo {
    const { fps, robotType, facts } = this.#options;
    return {
      codebase_version: CODEBASE_VERSION,
      robot_type: robotType,
      total_episodes: this.#episodes,
      total_frames: this.#frames,
      total_tasks: this.#tasks.size,
      chunks_size: CHUNKS_SIZE,
      data_files_size_in_mb: DATA_FILES_MB,
      video_files_size_in_mb: VIDEO_FILES_MB,
      fps,
      splits: { train: `0:${this.#episodes}` },
      data_path: DATA_PATH,
      video_path: this.#options.videos.length > 0 ? VIDEO_PATH : null,
      features: this.#features,
      efference: facts,
    };
  }

  #writeJson(path: string, value: unknown): Promise<void> {
    return writeFile(this.#pathOf(path), `${JSON.stringify(value, undefined, 4)}\n`);
  }
}

/** The columns of meta/episodes, in LeRobot's order. */
const episodeSchema = (features: Readonly<Record<string, Feature>>): Schema => {
  const schema = new Map<string, ColumnType>([
    ["episode_index", "int64"],
    ["tasks", ["string"]],
    ["length", "int64"],
    ["data/chunk_index", "int64"],
    ["data/file_index", "int64"],
    ["dataset_from_index", "int64"],
    ["dataset_to_index", "int64"],
  ]);
  for (const [name, feature] of Object.entries(features)) {
    if (!isVideo(feature)) continue;
    schema.set(`videos/${name}/chunk_index`, "int64").set(`videos/${name}/file_index`, "int64");
    schema.set(`videos/${name}/from_timestamp`, "double");
    schema.set(`videos/${name}/to_timestamp`, "double");
  }
  for (const [name, feature] of Object.entries(features)) {
    if (feature.dtype === "string") continue;
    for (const statistic of STATISTICS)
      schema.set(
        `stats/${name}/${statistic}`,
        statistic === "count" ? ["int64"] : isPicture(feature) ? [[["double"]]] : ["double"],
      );
  }
  schema.set("meta/episodes/chunk_index", "int64").set("meta/episodes/file_index", "int64");
  return schema;
};
