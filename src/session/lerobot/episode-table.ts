// The rows of the episode at hand, a column a feature: what a parquet row group is made of, and the
// statistics of it. A sense that had told nothing by a frame has there what it told first.
import { SessionError } from "../../core/errors.ts";
import type { DataColumn, EpisodeEnd } from "./features.ts";
import type { Feature } from "./layout.ts";
import type { ColumnType, Schema } from "./parquet-writer.ts";
import type { Frame } from "./session-frames.ts";
import { type Statistics, statisticsOf } from "./statistics.ts";

const SCALARS: Readonly<Record<string, ColumnType>> = {
  float32: "float",
  int64: "int64",
  bool: "bool",
  string: "string",
};

/** The parquet type of a feature that is no picture. */
const columnType = ({ dtype, shape }: Feature): ColumnType => {
  const scalar = SCALARS[dtype]!;
  return shape.length === 1 && shape[0] === 1 ? scalar : [scalar];
};

export const schemaOf = (features: Readonly<Record<string, Feature>>): Schema =>
  new Map(Object.entries(features).map(([name, feature]) => [name, columnType(feature)]));

export class EpisodeTable {
  readonly #columns: readonly DataColumn[];
  readonly #rows: (readonly number[] | string | undefined)[][];
  #length = 0;

  constructor(columns: readonly DataColumn[]) {
    this.#columns = columns;
    this.#rows = columns.map(() => []);
  }

  get length(): number {
    return this.#length;
  }

  push(frame: Frame, end: EpisodeEnd): void {
    this.#length++;
    for (const [at, column] of this.#columns.entries()) {
      const value = column.read(frame, end);
      this.#rows[at]!.push(
        value === undefined || typeof value === "string" ? value : rounded(value, column.feature),
      );
    }
  }

  /** The columns, filled up; `what` names the episode in an error. */
  columns(what: string): Map<string, readonly unknown[]> {
    return new Map(
      this.#columns.map(({ name, feature }, at) => {
        const rows = this.#rows[at]!;
        const first = rows.find((row) => row !== undefined);
        if (first === undefined)
          throw new SessionError(
            `${what} has nothing for ${name}: it was never told there; leave its session out, or export it by itself`,
          );
        const isScalar = typeof columnType(feature) === "string";
        return [
          name,
          rows.map((row = first) =>
            typeof row === "string" || !isScalar
              ? row
              : feature.dtype === "bool"
                ? row[0] === 1
                : row[0],
          ),
        ];
      }),
    );
  }
}

const rounded = (values: ArrayLike<number>, { dtype }: Feature): number[] =>
  dtype === "float32" ? Array.from(values, Math.fround) : Array.from(values);

/** The statistics of a column as {@link EpisodeTable.columns} gives it; undefined for text. */
export const columnStatistics = (rows: readonly unknown[]): Statistics | undefined => {
  const [first] = rows;
  if (typeof first === "string") return undefined;
  if (Array.isArray(first)) return statisticsOf((rows as number[][]).flat(), first.length);
  return statisticsOf(rows.map(Number), 1);
};
