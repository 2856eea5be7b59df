// What a data set says about itself: info.json, the tasks and where each episode stands. Damage is a finding;
// what the rest can't do without is undefined.
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { SessionError } from "../../core/errors.ts";
import { checkInfo } from "./check-info.ts";
import { checkEpisodes, checkTasks, type FoundEpisode } from "./check-tables.ts";
import type { Findings } from "./findings.ts";
import {
  type DatasetInfo,
  EPISODES_PATH,
  FIRST_PLACE,
  INFO_PATH,
  pathOf,
  placeAfter,
  TASKS_PATH,
} from "./layout.ts";
import { ParquetError, ParquetSource } from "./parquet-reader.ts";

export interface Tables {
  readonly info: DatasetInfo;
  /** Their texts by their number. */
  readonly tasks: readonly string[];
  readonly episodes: readonly FoundEpisode[];
}

/** @throws SessionError for a folder that is no data set, or has no episodes */
export const readTables = async (folder: string, findings: Findings): Promise<Tables> => {
  const tables = await new DatasetTables(folder, findings).read();
  if (tables && tables.episodes.length > 0) return tables;
  const [first] = findings.result();
  throw new SessionError(
    `${folder} holds no LeRobotDataset v3.0 that can be read: ${first ? `${first.file}: ${first.problem}` : "it has no episodes"}; see efference check lerobot ${folder}. Older versions: convert them with LeRobot first`,
  );
};

export class DatasetTables {
  readonly #folder: string;
  readonly #findings: Findings;
  readonly #onProgress: ((file: string) => void) | undefined;

  constructor(folder: string, findings: Findings, onProgress?: (file: string) => void) {
    this.#folder = folder;
    this.#findings = findings;
    this.#onProgress = onProgress;
  }

  /** Undefined where info.json is of no use. */
  async read(): Promise<Tables | undefined> {
    const findings = this.#findings;
    const info = checkInfo(await this.json("info", INFO_PATH), findings);
    if (info === undefined) return undefined;
    const tasks =
      (await this.open("tasks", TASKS_PATH, (source) => checkTasks(source, info, findings))) ?? [];
    return { info, tasks, episodes: await this.#episodes(info, tasks) };
  }

  /** What `work` makes of a parquet file; where it can't be read that is told. */
  async open<T>(
    rule: string,
    path: string,
    work: (source: ParquetSource) => Promise<T>,
  ): Promise<T | undefined> {
    this.#onProgress?.(path);
    try {
      await using source = await ParquetSource.open(join(this.#folder, path));
      return await work(source);
    } catch (error) {
      if (!(error instanceof ParquetError)) throw error;
      this.#findings.add(rule, path, `can't be read as parquet: ${error.message}`);
      return undefined;
    }
  }

  async json(rule: string, path: string): Promise<unknown> {
    try {
      return JSON.parse(await readFile(join(this.#folder, path), "utf8"));
    } catch (error) {
      this.#findings.add(rule, path, `can't be read as JSON: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** The files of the layout's three folders. */
  async files(): Promise<string[]> {
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

  async #episodes(info: DatasetInfo, tasks: readonly string[]): Promise<FoundEpisode[]> {
    const findings = this.#findings;
    const episodes: FoundEpisode[] = [];
    const before = { index: -1, to: 0 };
    const files = new Set((await this.files()).filter((path) => path.startsWith("meta/episodes/")));
    for (let place = FIRST_PLACE, path; ; place = placeAfter(place, info.chunks_size)) {
      path = pathOf(EPISODES_PATH, place);
      if (!files.has(path)) break;
      const own = await this.open("episodes", path, (source) =>
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
}
