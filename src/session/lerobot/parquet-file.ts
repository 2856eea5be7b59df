// A parquet file as the library reads it, in the process that may break over it (parquet-process.ts).
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
import type { Footer, FoundType, Row } from "./parquet-calls.ts";

/** No row of a data set takes less than a bit on the disk, however well it is compressed. */
const MOST_ROWS_A_BYTE = 1000;

const compressors: Compressors = {
  GZIP: (input) => gunzipSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
  ZSTD: (input, size) => decompress(input, size),
};

export class ParquetFile {
  readonly #handle: FileHandle;
  readonly #file: AsyncBuffer;
  readonly #metadata: FileMetaData;

  /** Throws whatever error the library meets damage with. */
  static async open(path: string): Promise<ParquetFile> {
    await isLoaded;
    const handle = await open(path, "r");
    try {
      const { size } = await handle.stat();
      const file = bufferOf(handle, size);
      const metadata = await parquetMetadataAsync(file);
      refuseNonsense(metadata, size);
      return new ParquetFile(handle, file, metadata);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  private constructor(handle: FileHandle, file: AsyncBuffer, metadata: FileMetaData) {
    this.#handle = handle;
    this.#file = file;
    this.#metadata = metadata;
  }

  footer(): Footer {
    const metadata = this.#metadata;
    return {
      rows: Number(metadata.num_rows),
      groups: metadata.row_groups.map(({ num_rows: rows, columns }) => ({
        rows: Number(rows),
        codecs: new Set(columns.map((column) => column.meta_data?.codec ?? "none")),
      })),
      columns: new Map(
        parquetSchema(metadata).children.map((node) => [node.element.name, typeOf(node)]),
      ),
      facts: new Map(
        (metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ""]),
      ),
    };
  }

  rows(columns: readonly string[], rowStart: number, rowEnd: number): Promise<Row[]> {
    const [file, metadata] = [this.#file, this.#metadata];
    const range = { rowStart, rowEnd, columns: [...columns] };
    return parquetReadObjects({ file, metadata, compressors, ...range });
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

const bufferOf = (handle: FileHandle, byteLength: number): AsyncBuffer => ({
  byteLength,
  slice: async (start, end = byteLength) => {
    if (!(start >= 0 && end >= start && end <= byteLength))
      throw new Error(`it points to bytes ${start} to ${end} of ${byteLength}`);
    const bytes = new Uint8Array(end - start);
    await handle.read(bytes, 0, bytes.byteLength, start);
    return bytes.buffer;
  },
});

/** Sizes that can't be true would be believed, and memory asked for. */
const refuseNonsense = (metadata: FileMetaData, size: number): void => {
  const { num_rows: rows, row_groups: groups, schema } = metadata;
  if (!Array.isArray(groups) || !Array.isArray(schema) || typeof rows !== "bigint")
    throw new Error("its footer says neither rows nor columns");
  const most = BigInt(size) * BigInt(MOST_ROWS_A_BYTE);
  if (rows < 0n || rows > most) throw new Error(`${rows} rows in ${size} bytes`);
  let sum = 0n;
  for (const { num_rows: own, columns } of groups) {
    if (typeof own !== "bigint" || own < 0n || !Array.isArray(columns))
      throw new Error("a row group without a number of rows");
    sum += own;
    for (const { meta_data: column } of columns)
      if (column !== undefined && !(column.num_values >= 0n && column.num_values <= most))
        throw new Error(`${column.num_values} values in ${size} bytes`);
  }
  if (sum !== rows) throw new Error(`${rows} rows, but ${sum} in its row groups`);
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
