// Checks a folder against every rule of the LeRobotDataset v3.0 layout. Damage of whatever kind is a
// violation, never an error: what can't be read is told, and the rest is checked.
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { DataCheck, hasStatistics } from "./check-data.ts";
import { checkInfo, isObject } from "./check-info.ts";
import { checkStatistics } from "./check-statistics.ts";
import { checkEpisodes, checkTasks, type FoundEpisode } from "./check-tables.ts";
import { checkVideos } from "./check-videos.ts";
import { Findings, type Violation } from "./findings.ts";
import {
  type DatasetInfo,
  EPISODES_PATH,
  FIRST_PLACE,
  INFO_PATH,
  pathOf,
  placeAfter,
  STATS_PATH,
  TASKS_PATH,
} from "./layout.ts";
import { ParquetError, ParquetSource } from "./parquet-reader.ts";

export interface CheckOptions {
  /** Path of ffprobe; without it videos are not looked into. */
  readonly ffprobe?: string;
  readonly onProgress?: (file: string) => void;
}

export interface CheckResult {
  readonly valid: boolean;
  readonly violations: readonly Violation[];
  readonly episodes: number;
  readonly frames: number;
  /** Whether videos were decoded. */
  readonly videosProbed: boolean;
}

export const checkLerobot = async (
  folder: string,
  options: CheckOptions = {},
): Promise<CheckResult> => {
  const findings = new Findings();
  const check = new Check(folder, findings, options);
  const episodes = await check.run();
  const violations = findings.result();
  return {
    valid: violations.length === 0,
    violations,
    episodes: episodes.length,
    frames: episodes.reduce((sum, { length }) => sum + length, 0),
    videosProbed: options.ffprobe !== undefined,
  };
};

class Check {
  readonly #folder: string;
  readonly #findings: Findings;
  readonly #options: CheckOptions;

  constructor(folder: string, findings: Findings, options: CheckOptions) {
    this.#folder = folder;
    this.#findings = findings;
    this.#options = options;
  }

  async run(): Promise<readonly FoundEpisode[]> {
    const findings = this.#findings;
    const info = checkInfo(await this.#json("info", INFO_PATH), findings);
    if (info === undefined) return [];
    const tasks =
      (await this.#open("tasks", TASKS_PATH, (source) => checkTasks(source, info, findings))) ?? [];
    const episodes = await this.#episodes(info, tasks);
    const known = new Set([INFO_PATH, STATS_PATH, TASKS_PATH, ...episodes.map(({ file }) => file)]);
    const data = await this.#data(info, tasks, episodes, known);
    await this.#statistics(info, data);
    const { ffprobe } = this.#options;
    const videos = await checkVideos({
      folder: this.#folder,
      info,
      episodes,
      findings,
      ...(ffprobe !== undefined && { ffprobe }),
    });
    for (const path of videos) known.add(path);
    for (const path of await this.#files())
      findings.expect(known.has(path), "files", path, "belongs to no episode");
    return episodes;
  }

  async #episodes(info: DatasetInfo, tasks: readonly string[]): Promise<FoundEpisode[]> {
    const findings = this.#findings;
    const episodes: FoundEpisode[] = [];
    const before = { index: -1, to: 0 };
    const files = new Set(
      (await this.#files()).filter((path) => path.startsWith("meta/episodes/")),
    );
    for (let place = FIRST_PLACE, path; ; place = placeAfter(place, info.chunks_size)) {
      path = pathOf(EPISODES_PATH, place);
      if (!files.has(path)) break;
      const own = await this.#open("episodes", path, (source) =>
        checkEpisodes(source, path, info, tasks, before, findings),
      );
      episodes.push(...(own ?? []));
    }
    const expect = (holds: boolean, problem: string): boolean =>
      findings.expect(holds, "info", INFO_PATH, problem);
    expect(
      episodes.length === info.total_episodes,
      `total_episodes is ${info.total_episodes}, but meta/episodes has ${episodes.length}`,
    );
    expect(
      before.to === info.total_frames,
      `total_frames is ${info.total_frames}, but the episodes have ${before.to}`,
    );
    return episodes;
  }

  async #data(
    info: DatasetInfo,
    tasks: readonly string[],
    episodes: readonly FoundEpisode[],
    known: Set<string>,
  ): Promise<DataCheck> {
    const data = new DataCheck(info, tasks, this.#findings);
    const byFile = new Map<string, FoundEpisode[]>();
    for (const episode of episodes) {
      const path = pathOf(info.data_path, episode.data);
      const own = byFile.get(path);
      if (own) own.push(episode);
      else byFile.set(path, [episode]);
    }
    for (const [path, own] of byFile) {
      known.add(path);
      await this.#open("data", path, (source) => data.checkFile(source, path, own));
    }
    return data;
  }

  async #statistics(info: DatasetInfo, data: DataCheck): Promise<void> {
    const found = await this.#json("statistics", STATS_PATH);
    if (found === undefined) return;
    for (const [name, feature] of Object.entries(info.features))
      if (hasStatistics(feature))
        checkStatistics(
          isObject(found) ? found[name] : undefined,
          feature,
          data.moments.get(name),
          {
            file: STATS_PATH,
            what: name,
            findings: this.#findings,
          },
        );
  }

  /** What `work` makes of a parquet file; where it can't be read that is told. */
  async #open<T>(
    rule: string,
    path: string,
    work: (source: ParquetSource) => Promise<T>,
  ): Promise<T | undefined> {
    this.#options.onProgress?.(path);
    try {
      await using source = await ParquetSource.open(join(this.#folder, path));
      return await work(source);
    } catch (error) {
      if (!(error instanceof ParquetError)) throw error;
      this.#findings.add(rule, path, `can't be read as parquet: ${error.message}`);
      return undefined;
    }
  }

  async #json(rule: string, path: string): Promise<unknown> {
    try {
      return JSON.parse(await readFile(join(this.#folder, path), "utf8"));
    } catch (error) {
      this.#findings.add(rule, path, `can't be read as JSON: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** The files of the layout's three folders. */
  async #files(): Promise<string[]> {
    const found: string[] = [];
    for (const part of ["meta", "data", "videos"]) {
      const entries = await readdir(join(this.#folder, part), {
        recursive: true,
        withFileTypes: true,
      }).catch(() => []);
      for (const entry of entries)
        if (entry.isFile())
          found.push(
            relative(this.#folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"),
          );
    }
    return found;
  }
}
