// The four operations with NumPy's broadcasting: sizes align from the right, and 1 repeats.
import type { Value } from "../graph.ts";
import { sumTo } from "./reduce.ts";

const broadcast = (a: readonly number[], b: readonly number[]): number[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, axis) => {
    const [x, y] = [a, b].map((dims) => dims.at(axis - Math.max(a.length, b.length)) ?? 1);
    if (x !== y && x !== 1 && y !== 1)
      throw new RangeError(`can't broadcast [${a.join(", ")}] with [${b.join(", ")}]`);
    return x === 1 ? y! : x!;
  });

const elementwise = (
  operator: string,
  a: Value,
  b: Value,
  toA: (g: Value) => Value,
  toB: (g: Value) => Value,
): Value => {
  const y = a.graph.node(operator, [a, b], broadcast(a.dims, b.dims));
  a.graph.record(
    [y],
    [
      [a, (g) => sumTo(toA(g), a.dims)],
      [b, (g) => sumTo(toB(g), b.dims)],
    ],
  );
  return y;
};

export const add = (a: Value, b: Value): Value =>
  elementwise(
    "Add",
    a,
    b,
    (g) => g,
    (g) => g,
  );

export const subtract = (a: Value, b: Value): Value => elementwise("Sub", a, b, (g) => g, negate);

export const multiply = (a: Value, b: Value): Value =>
  elementwise(
    "Mul",
    a,
    b,
    (g) => multiply(g, b),
    (g) => multiply(g, a),
  );

export const divide = (a: Value, b: Value): Value => {
  const y = elementwise(
    "Div",
    a,
    b,
    (g) => divide(g, b),
    (g) => negate(divide(multiply(g, y), b)), // d(a/b)/db = -(a/b)/b
  );
  return y;
};

/** Every number times one known when the graph is built. */
export const scale = (x: Value, factor: number): Value => multiply(x, x.graph.scalar(factor));

export const negate = (x: Value): Value => {
  const y = x.graph.node("Neg", [x], x.dims);
  x.graph.record([y], [[x, negate]]);
  return y;
};
