// The rows of a data set's episodes, out of its parquet files, of which one is open at a time.
import { join } from "node:path";
import { SessionError } from "../../core/errors.ts";
import type { FoundEpisode } from "./check-tables.ts";
import type { Tables } from "./dataset-tables.ts";
import { pathOf } from "./layout.ts";
import { ParquetError, ParquetSource, type Row } from "./parquet-reader.ts";

export class DataFiles implements AsyncDisposable {
  readonly #folder: string;
  readonly #template: string;
  readonly #columns: readonly string[];
  /** The row with which each file begins, that of the first episode that stands in it. */
  readonly #firstRows = new Map<string, number>();
  #open: { readonly path: string; readonly source: ParquetSource } | undefined;

  constructor(folder: string, { info, episodes }: Tables, columns: readonly string[]) {
    this.#folder = folder;
    this.#template = info.data_path;
    this.#columns = columns;
    for (const { data, from } of episodes) {
      const path = pathOf(this.#template, data);
      if (!this.#firstRows.has(path)) this.#firstRows.set(path, from);
    }
  }

  /** The rows of an episode. Throws a SessionError where they can't be read. */
  async rows({ data, from, to }: FoundEpisode, what: string): Promise<Row[]> {
    const path = pathOf(this.#template, data);
    const first = this.#firstRows.get(path)!;
    const rows: Row[] = [];
    try {
      const source = await this.#source(path);
      for await (const window of source.read(this.#columns, from - first, to - first))
        rows.push(...window);
    } catch (cause) {
      if (!(cause instanceof ParquetError)) throw cause;
      throw new SessionError(
        `${what} can't be read from ${path}: ${cause.message}; efference check lerobot ${this.#folder} tells more`,
        { cause },
      );
    }
    return rows;
  }

  async #source(path: string): Promise<ParquetSource> {
    if (this.#open?.path === path) return this.#open.source;
    await this[Symbol.asyncDispose]();
    this.#open = { path, source: await ParquetSource.open(join(this.#folder, path)) };
    return this.#open.source;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#open?.source[Symbol.asyncDispose]();
    this.#open = undefined;
  }
}
