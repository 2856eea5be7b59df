// Rows of a table by their ids (an embedding), and the rows of a batch that matter.
import { sizeOf, type Value } from "../graph.ts";
import { reshape } from "./shape.ts";

/**
 * Rows of table [rows, width] by ids [n], which may repeat: [n, width]. The gradient adds with
 * ScatterElements, whose kernel is sequential: ScatterND's "add" races on the CPU where ids repeat.
 */
export const embedding = (table: Value, ids: Value): Value => {
  const { graph } = table;
  const dims = [ids.dims[0]!, table.dims[1]!];
  const y = graph.node("Gather", [table, ids], dims, { attributes: { axis: 0 } });
  const toTable = (g: Value): Value => {
    sizeOf(dims); // the ids are spread over the width, to a shape that has to be known
    const column = reshape(ids, [dims[0]!, 1]);
    const everywhere = graph.node("Expand", [column, graph.integers(dims)], dims);
    return graph.node("ScatterElements", [graph.zeros(table.dims), everywhere, g], table.dims, {
      attributes: { axis: 0, reduction: "add" },
    });
  };
  graph.record([y], [[table, toTable]]);
  return y;
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
