// What is asked of the process that reads parquet files, and what it answers.

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

/** What a file says of itself. */
export interface Footer {
  readonly rows: number;
  readonly groups: readonly FoundGroup[];
  readonly columns: ReadonlyMap<string, FoundType | undefined>;
  readonly facts: ReadonlyMap<string, string>;
}

/** One at a time; a file stays open from its first question to `close`. */
export type ParquetQuestion =
  | { readonly type: "footer" | "close"; readonly path: string }
  | {
      readonly type: "rows";
      readonly path: string;
      readonly columns: readonly string[];
      readonly rowStart: number;
      readonly rowEnd: number;
    };

export type ParquetAnswer = { readonly value: unknown } | { readonly error: string };
