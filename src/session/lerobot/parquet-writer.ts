// A parquet file that is written a row group at a time, so that none is in memory but the one at hand:
// snappy, as pyarrow's writer does it. The footer, without which there is no file, comes at the end.
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";

export type ColumnType = "int64" | "float" | "double" | "bool" | "string" | readonly [ColumnType];

/** Columns by name, in their order. */
export type Schema = ReadonlyMap<string, ColumnType>;

const PHYSICAL = {
  int64: { type: "INT64" },
  float: { type: "FLOAT" },
  double: { type: "DOUBLE" },
  bool: { type: "BOOLEAN" },
  string: { type: "BYTE_ARRAY", converted_type: "UTF8" },
} as const;

const elementsOf = (name: string, type: ColumnType): SchemaElement[] => {
  const nullable = { name, repetition_type: "OPTIONAL" } as const;
  if (typeof type === "string") return [{ ...nullable, ...PHYSICAL[type] }];
  return [
    { ...nullable, converted_type: "LIST", num_children: 1 },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    ...elementsOf("element", type[0]),
  ];
};

/** int64 is a bigint to the library. */
const stored = (value: unknown, type: ColumnType): unknown => {
  if (Array.isArray(type)) return Array.from(value as unknown[], (v) => stored(v, type[0]));
  return type === "int64" ? BigInt(value as number) : value;
};

export class ParquetFile implements AsyncDisposable {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #schema: Schema;
  readonly #bytes = new ByteWriter();
  readonly #writer: ParquetWriter;
  #written = 0;

  /** Creates the file and its folders; `metadata` goes into the footer. */
  static async create(
    path: string,
    schema: Schema,
    metadata: Readonly<Record<string, string>> = {},
  ): Promise<ParquetFile> {
    await mkdir(dirname(path), { recursive: true });
    return new ParquetFile(path, await open(path, "wx"), schema, metadata);
  }

  private constructor(
    path: string,
    handle: FileHandle,
    schema: Schema,
    metadata: Readonly<Record<string, string>>,
  ) {
    this.path = path;
    this.#handle = handle;
    this.#schema = schema;
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: [
        { name: "schema", num_children: schema.size },
        ...[...schema].flatMap(([name, type]) => elementsOf(name, type)),
      ],
      kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    });
  }

  /** On the disk so far. */
  get bytes(): number {
    return this.#written;
  }

  /** Writes one row group: of each column as many values, numbers for int64 too. */
  async writeGroup(columns: ReadonlyMap<string, readonly unknown[]>): Promise<void> {
    const columnData = [...this.#schema].map(([name, type]) => {
      const data = columns.get(name);
      if (data === undefined) throw new TypeError(`${this.path}: no column "${name}" was given`);
      return { name, data: data.map((value) => stored(value, type)), offsetIndex: false };
    });
    const rows = columnData[0]?.data.length ?? 0;
    void this.#writer.write({ columnData, rowGroupSize: Math.max(1, rows) }); // into memory
    await this.#flush();
  }

  async close(): Promise<void> {
    try {
      void this.#writer.finish();
      await this.#flush();
      await this.#handle.datasync();
    } finally {
      await this.#handle.close();
    }
  }

  /** Leaves a file without a footer: to be called where something failed. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#handle.close();
  }

  async #flush(): Promise<void> {
    const bytes = this.#bytes.getBytes();
    await this.#handle.writeFile(bytes);
    this.#written += bytes.byteLength;
    this.#bytes.index = 0;
  }
}
