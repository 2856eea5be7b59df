// Sums of rows of a table by their ids (an embedding), and the rows of a batch that matter.
import { UNKNOWN, type Value } from "../graph.ts";
import { matMul } from "./matmul.ts";
import { reshape } from "./shape.ts";

const INT64 = { type: "int64" } as const;

/** A size of x, as it is at the run: int64 [1]. */
const sizeAt = (x: Value, axis: number): Value => {
  const { graph } = x;
  const shape = graph.node("Shape", [x], [x.dims.length], INT64);
  const at = [axis, axis + 1].map((place) => graph.integers([place]));
  return graph.node("Slice", [shape, ...at], [1], INT64);
};

/**
 * Sums of rows of table [rows, width], by ids [n, slots] of which each counts once: [n, width]. It is a
 * product with zeros and ones, whose gradient is one, too: nothing is added where ids repeat, which
 * ScatterND's "add" does wrong on the CPU.
 */
export const embedding = (table: Value, ids: Value): Value => {
  const { graph } = table;
  const rows = table.dims[0]!;
  const dims = [ids.dims[0]!, rows];
  const shape = graph.node("Shape", [ids], [2], INT64);
  const whole = { attributes: { axis: 0 }, ...INT64 };
  const height = rows === UNKNOWN ? sizeAt(table, 0) : graph.integers([rows]);
  const hotShape = graph.node("Concat", [sizeAt(ids, 0), height], [2], whole);
  const silent = graph.node("Expand", [graph.scalar(0), hotShape], dims);
  const sounding = graph.node("Expand", [graph.scalar(1), shape], ids.dims);
  const hot = graph.node("ScatterElements", [silent, ids, sounding], dims, {
    attributes: { axis: 1 },
  });
  return matMul(hot, table);
};

/** The rows of x [rows, width] at int64 places [n], no place twice: [n, width]. */
export const takeRows = (x: Value, places: Value): Value => {
  const { graph } = x;
  const dims = [places.dims[0]!, x.dims[1]!];
  const y = graph.node("Gather", [x, places], dims, { attributes: { axis: 0 } });
  const toRows = (g: Value): Value =>
    graph.node("ScatterND", [graph.zeros(x.dims), reshape(places, [dims[0]!, 1]), g], x.dims);
  graph.record([y], [[x, toRows]]);
  return y;
};
