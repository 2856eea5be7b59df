// Checks a folder against every rule of the LeRobotDataset v3.0 layout. Damage of whatever kind is a
// violation, never an error: what can't be read is told, and the rest is checked.
import { DataCheck, hasStatistics } from "./check-data.ts";
import { isObject } from "./check-info.ts";
import { checkStatistics } from "./check-statistics.ts";
import type { FoundEpisode } from "./check-tables.ts";
import { checkVideos } from "./check-videos.ts";
import { DatasetTables, type Tables } from "./dataset-tables.ts";
import { Findings, type Violation } from "./findings.ts";
import { type DatasetInfo, INFO_PATH, pathOf, STATS_PATH, TASKS_PATH } from "./layout.ts";

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
  readonly #tables: DatasetTables;

  constructor(folder: string, findings: Findings, options: CheckOptions) {
    this.#folder = folder;
    this.#findings = findings;
    this.#options = options;
    this.#tables = new DatasetTables(folder, findings, options.onProgress);
  }

  async run(): Promise<readonly FoundEpisode[]> {
    const tables = await this.#tables.read();
    if (tables === undefined) return [];
    const { info, episodes } = tables;
    const findings = this.#findings;
    const known = new Set([INFO_PATH, STATS_PATH, TASKS_PATH, ...episodes.map(({ file }) => file)]);
    const data = await this.#data(tables, known);
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
    for (const path of await this.#tables.files())
      findings.expect(known.has(path), "files", path, "belongs to no episode");
    return episodes;
  }

  async #data({ info, tasks, episodes }: Tables, known: Set<string>): Promise<DataCheck> {
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
      await this.#tables.open("data", path, (source) => data.checkFile(source, path, own));
    }
    return data;
  }

  async #statistics(info: DatasetInfo, data: DataCheck): Promise<void> {
    const found = await this.#tables.json("statistics", STATS_PATH);
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
}
