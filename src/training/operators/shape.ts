// Operators that move numbers without changing them: reshape, transpose, slice, split, concat.
import { sizeOf, UNKNOWN, type Value } from "../graph.ts";

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((dim, axis) => dim === b[axis]);

/** The same numbers in another shape; one size may be UNKNOWN on both sides. */
export const reshape = (x: Value, dims: readonly number[]): Value => {
  if (same(x.dims, dims)) return x;
  if (![...x.dims, ...dims].includes(UNKNOWN) && sizeOf(x.dims) !== sizeOf(dims))
    throw new RangeError(`can't reshape [${x.dims.join(", ")}] to [${dims.join(", ")}]`);
  const y = x.graph.node("Reshape", [x, x.graph.integers(dims)], dims);
  x.graph.record([y], [[x, (g) => reshape(g, x.dims)]]);
  return y;
};

/** Axis `order[i]` of x becomes axis i. */
export const transpose = (x: Value, order: readonly number[]): Value => {
  const dims = order.map((axis) => x.dims[axis]!);
  const y = x.graph.node("Transpose", [x], dims, { attributes: { perm: order } });
  const inverse = order.map((_, axis) => order.indexOf(axis));
  x.graph.record([y], [[x, (g) => transpose(g, inverse)]]);
  return y;
};

const withSize = (dims: readonly number[], axis: number, size: number): number[] =>
  dims.map((dim, i) => (i === axis ? size : dim));

/** Joined along an axis. */
export const concat = (parts: readonly Value[], axis: number): Value => {
  const { graph, dims } = parts[0]!;
  const sizes = parts.map((part) => part.dims[axis]!);
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  const y = graph.node("Concat", parts, withSize(dims, axis, whole), { attributes: { axis } });
  graph.record(
    [y],
    parts.map((part, i) => {
      const start = sizes.slice(0, i).reduce((sum, size) => sum + size, 0);
      return [part, (g) => slice(g, axis, start, start + sizes[i]!)];
    }),
  );
  return y;
};

/** The parts of these sizes along an axis. */
export const split = (x: Value, axis: number, sizes: readonly number[]): Value[] => {
  const parts = x.graph.nodes(
    "Split",
    [x, x.graph.integers(sizes)],
    sizes.map((size) => withSize(x.dims, axis, size)),
    { attributes: { axis } },
  );
  x.graph.record(parts, [[x, (...gradients) => concat(gradients, axis)]]);
  return parts;
};

/** Places start .. end-1 of an axis. */
export const slice = (x: Value, axis: number, start: number, end: number): Value => {
  const { graph, dims } = x;
  if (start === 0 && end === dims[axis]) return x;
  const at = [[start], [end], [axis]].map((list) => graph.integers(list));
  const y = graph.node("Slice", [x, ...at], withSize(dims, axis, end - start));
  graph.record(
    [y],
    [
      [
        x,
        (g) => {
          const nothing = (size: number): Value[] =>
            size === 0 ? [] : [graph.zeros(withSize(dims, axis, size))];
          return concat([...nothing(start), g, ...nothing(dims[axis]! - end)], axis);
        },
      ],
    ],
  );
  return y;
};
