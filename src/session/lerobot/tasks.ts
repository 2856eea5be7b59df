// meta/tasks.parquet is a pandas frame: its index, named "task", is the text, and the footer says so.
import type { ParquetFile, Schema } from "./parquet-writer.ts";

export const TASK_SCHEMA: Schema = new Map([
  ["task_index", "int64"],
  ["task", "string"],
]);

const column = (name: string, pandas: string, numpy: string): Record<string, unknown> => ({
  name,
  field_name: name,
  pandas_type: pandas,
  numpy_type: numpy,
  metadata: null,
});

export const TASK_METADATA = {
  pandas: JSON.stringify({
    index_columns: ["task"],
    column_indexes: [
      {
        ...column("", "unicode", "object"),
        name: null,
        field_name: null,
        metadata: { encoding: "UTF-8" },
      },
    ],
    columns: [column("task_index", "int64", "int64"), column("task", "unicode", "object")],
    creator: { library: "efference", version: "1" },
    pandas_version: "2.2.3",
  }),
};

/** Tasks by their text, numbered in the order in which they came. */
export class TaskList {
  readonly #indices = new Map<string, number>();

  indexOf(task: string): number {
    const known = this.#indices.get(task);
    if (known !== undefined) return known;
    this.#indices.set(task, this.#indices.size);
    return this.#indices.size - 1;
  }

  get size(): number {
    return this.#indices.size;
  }

  async write(file: ParquetFile): Promise<void> {
    await file.writeGroup(
      new Map<string, readonly unknown[]>([
        ["task_index", [...this.#indices.values()]],
        ["task", [...this.#indices.keys()]],
      ]),
    );
    await file.close();
  }
}
