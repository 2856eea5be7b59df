// Sums and means over axes, and the reverse of broadcasting.
import { sizeOf, UNKNOWN, type Value } from "../graph.ts";
import { reshape } from "./shape.ts";

const kept = (dims: readonly number[], axes: readonly number[]): number[] =>
  dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));

/** Repeats what was summed; a size known only at the run is never one of those, and stays. */
const spread = (g: Value, dims: readonly number[]): Value => {
  const repeats = g.graph.integers(dims.map((dim) => (dim === UNKNOWN ? 1 : dim)));
  return g.graph.node("Expand", [g, repeats], dims);
};

/** Sum over `axes`, which stay as size 1. */
export const sum = (x: Value, axes: readonly number[]): Value => {
  const y = x.graph.node("ReduceSum", [x, x.graph.integers(axes)], kept(x.dims, axes));
  x.graph.record([y], [[x, (g) => spread(g, x.dims)]]);
  return y;
};

/** Mean over `axes`, which stay as size 1. */
export const mean = (x: Value, axes: readonly number[]): Value => {
  const { graph } = x;
  const y = graph.node("ReduceMean", [x, graph.integers(axes)], kept(x.dims, axes));
  graph.record(
    [y],
    [
      [
        x,
        (g) => {
          const share = graph.scalar(1 / sizeOf(axes.map((axis) => x.dims[axis]!)));
          return spread(graph.node("Mul", [g, share], g.dims), x.dims);
        },
      ],
    ],
  );
  return y;
};

/** Sums what broadcasting had repeated: the gradient of a tensor of shape `dims`. */
export const sumTo = (g: Value, dims: readonly number[]): Value => {
  const lead = g.dims.length - dims.length;
  const repeated = [...g.dims.keys()].filter(
    (axis) => axis < lead || (dims[axis - lead] === 1 && g.dims[axis] !== 1),
  );
  return reshape(repeated.length === 0 ? g : sum(g, repeated), dims);
};
