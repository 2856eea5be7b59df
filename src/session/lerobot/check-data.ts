// The rules of data/: a row a frame, one row group an episode, columns as info.json says; indices that go
// on, times that start again with each episode, and the statistics of it all.
import { checkStatistics, Moments } from "./check-statistics.ts";
import type { FoundEpisode } from "./check-tables.ts";
import type { Findings } from "./findings.ts";
import { type DatasetInfo, type Feature, isPicture, TOLERANCE_S } from "./layout.ts";
import {
  type FoundType,
  numbersOf,
  type ParquetSource,
  type Row,
  wholeOf,
} from "./parquet-reader.ts";

/** How each dtype stands in parquet. */
const SCALARS: Readonly<Record<string, FoundType["scalar"]>> = {
  float32: "float",
  float64: "double",
  int64: "int64",
  uint64: "int64",
  int32: "int32",
  uint32: "int32",
  int16: "int32",
  uint16: "int32",
  int8: "int32",
  uint8: "int32",
  bool: "bool",
  string: "string",
};

export class DataCheck {
  readonly #info: DatasetInfo;
  readonly #tasks: readonly string[];
  readonly #findings: Findings;
  /** Features that stand in the parquet files as numbers. */
  readonly #numeric: readonly (readonly [string, Feature])[];
  readonly #all = new Map<string, Moments>();

  constructor(info: DatasetInfo, tasks: readonly string[], findings: Findings) {
    this.#info = info;
    this.#tasks = tasks;
    this.#findings = findings;
    this.#numeric = Object.entries(info.features).filter(
      ([, feature]) =>
        !isPicture(feature) && SCALARS[feature.dtype] !== undefined && feature.dtype !== "string",
    );
    for (const [name, feature] of this.#numeric) this.#all.set(name, new Moments(widthOf(feature)));
  }

  /** Of all rows so far, by feature. */
  get moments(): ReadonlyMap<string, Moments> {
    return this.#all;
  }

  /** The episodes of one file. */
  async checkFile(
    source: ParquetSource,
    file: string,
    episodes: readonly FoundEpisode[],
  ): Promise<void> {
    const expect = (holds: boolean, problem: string): boolean =>
      this.#findings.expect(holds, "data", file, problem);
    this.#checkColumns(source, file);
    const total = episodes.reduce((sum, { length }) => sum + length, 0);
    const rowsFit = expect(
      source.rows === total,
      `${source.rows} rows, but its episodes have ${total}`,
    );
    const sizes = source.groups.map(({ rows }) => rows).join();
    expect(
      sizes === episodes.map(({ length }) => length).join(),
      `${source.groups.length} row groups, expected one for each of its ${episodes.length} episodes`,
    );
    for (const [at, { codecs }] of source.groups.entries())
      expect(
        [...codecs].join() === "SNAPPY",
        `row group ${at} is packed by ${[...codecs].join(", ")}, expected SNAPPY`,
      );
    let row = 0;
    for (const episode of episodes) {
      if (!rowsFit && row + episode.length > source.rows) return;
      await this.#checkEpisode(source, file, episode, row);
      row += episode.length;
    }
  }

  #checkColumns(source: ParquetSource, file: string): void {
    const expect = (holds: boolean, problem: string): boolean =>
      this.#findings.expect(holds, "data", file, problem);
    for (const [name, feature] of Object.entries(this.#info.features)) {
      const type = source.columns.get(name);
      if (feature.dtype === "video") {
        expect(!source.columns.has(name), `has a column of the video ${name}`);
        continue;
      }
      if (!expect(source.columns.has(name), `has no column ${name}`)) continue;
      const scalar = SCALARS[feature.dtype];
      if (scalar === undefined) continue; // pictures and languages are structs
      const lists = feature.shape.join() === "1" ? 0 : feature.shape.length;
      expect(
        type?.scalar === scalar && type.lists === lists,
        `has ${name} as ${typeInWords(type)}, expected ${typeInWords({ scalar, lists })}`,
      );
    }
    for (const name of source.columns.keys())
      expect(
        Object.hasOwn(this.#info.features, name),
        `has the column ${name}, which info.json does not know`,
      );
  }

  async #checkEpisode(
    source: ParquetSource,
    file: string,
    episode: FoundEpisode,
    start: number,
  ): Promise<void> {
    const { fps } = this.#info;
    const what = `episode ${episode.index}`;
    const expect = (holds: boolean, problem: string): boolean =>
      this.#findings.expect(holds, "data", file, `${what} ${problem}`);
    const moments = new Map(
      this.#numeric.map(([name, feature]) => [name, new Moments(widthOf(feature))]),
    );
    const columns = this.#numeric.map(([name]) => name);
    const seen = new Set<string>();
    let frame = 0;
    for await (const rows of source.read(columns, start, start + episode.length))
      for (const row of rows) {
        const whole = (name: string): number | undefined => wholeOf(row[name]);
        expect(
          whole("frame_index") === frame,
          `has the frame_index ${whole("frame_index")}, expected ${frame}`,
        );
        expect(
          whole("episode_index") === episode.index,
          `has the episode_index ${whole("episode_index")}`,
        );
        expect(
          whole("index") === episode.from + frame,
          `has the index ${whole("index")}, expected ${episode.from + frame}`,
        );
        const timestamp = row["timestamp"];
        const dueS = frame / fps;
        expect(
          typeof timestamp === "number" &&
            Math.abs(timestamp - dueS) <= TOLERANCE_S + dueS * 2 ** -23,
          `has the timestamp ${String(timestamp)}, expected ${dueS}`,
        );
        const task = this.#tasks[whole("task_index") ?? -1];
        if (
          expect(
            task !== undefined,
            `has the task_index ${whole("task_index")} of ${this.#tasks.length} tasks`,
          )
        )
          seen.add(task!);
        this.#checkNumbers(row, moments, expect);
        frame++;
      }
    for (const task of seen)
      expect(
        episode.tasks?.includes(task) ?? true,
        `does the task ${JSON.stringify(task)}, which its row in meta/episodes does not name`,
      );
    this.#compare(episode, moments);
  }

  #checkNumbers(
    row: Row,
    moments: ReadonlyMap<string, Moments>,
    expect: (holds: boolean, problem: string) => boolean,
  ): void {
    for (const [name, feature] of this.#numeric) {
      const values = numbersOf(row[name]);
      const size = widthOf(feature);
      if (
        !expect(
          values?.length === size,
          `has ${values?.length ?? "no"} numbers in ${name}, expected ${size}`,
        )
      )
        continue;
      if (
        !expect(
          values!.every(Number.isFinite),
          `has a number in ${name} that is none (NaN or infinite)`,
        )
      )
        continue;
      moments.get(name)!.add(values!);
      this.#all.get(name)!.add(values!);
    }
  }

  #compare({ index, statistics, file }: FoundEpisode, moments: ReadonlyMap<string, Moments>): void {
    for (const [name, feature] of Object.entries(this.#info.features)) {
      if (!hasStatistics(feature)) continue;
      const own = [...statistics].filter(([key]) => key.slice(0, key.lastIndexOf("/")) === name);
      const found = Object.fromEntries(
        own.map(([key, value]) => [key.slice(name.length + 1), value]),
      );
      checkStatistics(own.length > 0 ? found : undefined, feature, moments.get(name), {
        file,
        what: `${name} of episode ${index}`,
        findings: this.#findings,
      });
    }
  }
}

/** Text has none. */
export const hasStatistics = ({ dtype }: Feature): boolean =>
  dtype !== "string" && dtype !== "language";

const widthOf = ({ shape }: Feature): number => shape.reduce((a, b) => a * b, 1);

const typeInWords = (type: FoundType | undefined): string =>
  type === undefined ? "a struct" : `${"list of ".repeat(type.lists)}${type.scalar}`;
