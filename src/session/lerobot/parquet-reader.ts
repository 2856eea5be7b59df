// Reads parquet files of anybody, also damaged ones: whatever is wrong with one comes as a ParquetError.
// A window of rows is in memory, never the file.
import { type FileHandle, open } from "node:fs/promises";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { decompress, isLoaded } from "@foxglove/wasm-zstd";
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from "hyparquet";

/** What is wrong with a file, in a sentence. */
export class ParquetError extends Error {}

/** What a column holds: a type, in so many lists; undefined for anything else (a struct, a map). */
export interface FoundType {
  readonly scalar: "int64" | "int32" | "float" | "double" | "bool" | "string";
  readonly lists: number;
}

export interface FoundGroup {
  readonly rows: number;
  readonly codecs: ReadonlySet<string>;
}

export type Row = Readonly<Record<string, unknown>>;

/** Rows read at once. */
const WINDOW_ROWS = 5000;
/** No row of a data set takes less than a bit on the disk, however well it is compressed. */
const MOST_ROWS_A_BYTE = 1000;

const compressors: Compressors = {
  GZIP: (input) => gunzipSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
  ZSTD: (input, size) => decompress(input, size),
};

export class ParquetSource implements AsyncDisposable {
  readonly rows: number;
  readonly groups: readonly FoundGroup[];
  readonly columns: ReadonlyMap<string, FoundType | undefined>;
  /** The footer's key-value metadata. */
  readonly facts: ReadonlyMap<string, string>;
  readonly #handle: FileHandle;
  readonly #file: AsyncBuffer;
  readonly #metadata: FileMetaData;

  /** Throws a ParquetError for a file that is none. */
  static async open(path: string): Promise<ParquetSource> {
    await isLoaded;
    const handle = await open(path, "r").catch((cause: Error) => {
      throw new ParquetError(cause.message, { cause });
    });
    try {
      const { size } = await handle.stat();
      const file = bufferOf(handle, size);
      const metadata = await guarded(() => parquetMetadataAsync(file));
      refuseNonsense(metadata, size);
      return await guarded(async () => new ParquetSource(handle, file, metadata));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  private constructor(handle: FileHandle, file: AsyncBuffer, metadata: FileMetaData) {
    this.#handle = handle;
    this.#file = file;
    this.#metadata = metadata;
    this.rows = Number(metadata.num_rows);
    this.groups = metadata.row_groups.map(({ num_rows: rows, columns }) => ({
      rows: Number(rows),
      codecs: new Set(columns.map((column) => column.meta_data?.codec ?? "none")),
    }));
    this.columns = new Map(
      parquetSchema(metadata).children.map((node) => [node.element.name, typeOf(node)]),
    );
    this.facts = new Map(
      (metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ""]),
    );
  }

  /** The rows from `from` up to `to`, a window at a time; throws a ParquetError where they are damaged. */
  async *read(columns: readonly string[], from = 0, to = this.rows): AsyncGenerator<Row[], void> {
    const [file, metadata] = [this.#file, this.#metadata];
    const present = columns.filter((name) => this.columns.has(name));
    for (let rowStart = from; rowStart < to; rowStart += WINDOW_ROWS) {
      const rowEnd = Math.min(to, rowStart + WINDOW_ROWS);
      const range = { rowStart, rowEnd, columns: present };
      const rows = await guarded(() =>
        parquetReadObjects({ file, metadata, compressors, ...range }),
      );
      if (rows.length !== rowEnd - rowStart)
        throw new ParquetError(`found ${rows.length} rows of the ${rowEnd - rowStart} it says`);
      yield rows;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#handle.close();
  }
}

/** All rows of a small file. */
export const readRows = async (
  source: ParquetSource,
  columns: readonly string[],
): Promise<Row[]> => {
  const rows: Row[] = [];
  for await (const window of source.read(columns)) rows.push(...window);
  return rows;
};

const bufferOf = (handle: FileHandle, byteLength: number): AsyncBuffer => ({
  byteLength,
  slice: async (start, end = byteLength) => {
    if (!(start >= 0 && end >= start && end <= byteLength))
      throw new ParquetError(`it points to bytes ${start} to ${end} of ${byteLength}`);
    const bytes = new Uint8Array(end - start);
    await handle.read(bytes, 0, bytes.byteLength, start);
    return bytes.buffer;
  },
});

/** The library meets damage as whatever error it happens to be. */
const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof ParquetError) throw cause;
    throw new ParquetError((cause as Error)?.message ?? String(cause), { cause });
  }
};

/** Sizes that can't be true would be believed, and memory asked for. */
const refuseNonsense = (metadata: FileMetaData, size: number): void => {
  const { num_rows: rows, row_groups: groups, schema } = metadata;
  if (!Array.isArray(groups) || !Array.isArray(schema) || typeof rows !== "bigint")
    throw new ParquetError("its footer says neither rows nor columns");
  const most = BigInt(size) * BigInt(MOST_ROWS_A_BYTE);
  if (rows < 0n || rows > most) throw new ParquetError(`${rows} rows in ${size} bytes`);
  let sum = 0n;
  for (const { num_rows: own, columns } of groups) {
    if (typeof own !== "bigint" || own < 0n || !Array.isArray(columns))
      throw new ParquetError("a row group without a number of rows");
    sum += own;
    for (const { meta_data: column } of columns)
      if (column !== undefined && !(column.num_values >= 0n && column.num_values <= most))
        throw new ParquetError(`${column.num_values} values in ${size} bytes`);
  }
  if (sum !== rows) throw new ParquetError(`${rows} rows, but ${sum} in its row groups`);
};

const typeOf = (node: SchemaTree): FoundType | undefined => {
  const { element, children } = node;
  const [child] = children;
  if (child === undefined) {
    const scalar = scalarOf(element);
    return scalar && { scalar, lists: 0 };
  }
  const isList = element.converted_type === "LIST" || element.logical_type?.type === "LIST";
  if (!isList || children.length !== 1) return undefined;
  const inner = child.children[0] ?? child;
  const found = typeOf(inner);
  return found && { ...found, lists: found.lists + 1 };
};

const scalarOf = ({
  type,
  converted_type: converted,
  logical_type: logical,
}: SchemaTree["element"]): FoundType["scalar"] | undefined => {
  if (type === "BYTE_ARRAY")
    return converted === "UTF8" || logical?.type === "STRING" ? "string" : undefined;
  const scalars = {
    INT64: "int64",
    INT32: "int32",
    FLOAT: "float",
    DOUBLE: "double",
    BOOLEAN: "bool",
  } as const;
  return type !== undefined && Object.hasOwn(scalars, type)
    ? scalars[type as keyof typeof scalars]
    : undefined;
};

/** A whole number of a cell, which the library gives as a bigint; undefined for anything else. */
export const wholeOf = (value: unknown): number | undefined => {
  const number = typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) ? number : undefined;
};

/** The numbers of a cell, a vector or a scalar, lists of lists laid flat; undefined where one is none. */
export const numbersOf = (value: unknown): number[] | undefined => {
  if (Array.isArray(value)) {
    const parts = value.map(numbersOf);
    return parts.includes(undefined) ? undefined : (parts as number[][]).flat();
  }
  if (ArrayBuffer.isView(value)) return numbersOf(Array.from(value as Float64Array));
  if (typeof value === "boolean") return [Number(value)];
  if (typeof value === "bigint") return [Number(value)];
  return typeof value === "number" ? [value] : undefined;
};
