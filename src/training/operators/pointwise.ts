// Functions of one number at a time, and the choice between two.
import type { Value } from "../graph.ts";
import { divide, multiply, scale, subtract } from "./arithmetic.ts";
import { sumTo } from "./reduce.ts";

/** `slope` gives dy/dx times the gradient, from x and y. */
const pointwise = (
  operator: string,
  x: Value,
  slope: (g: Value, x: Value, y: Value) => Value,
): Value => {
  const y = x.graph.node(operator, [x], x.dims);
  x.graph.record([y], [[x, (g) => slope(g, x, y)]]);
  return y;
};

export const exp = (x: Value): Value => pointwise("Exp", x, (g, _, y) => multiply(g, y));

export const log = (x: Value): Value => pointwise("Log", x, (g) => divide(g, x));

export const sqrt = (x: Value): Value =>
  pointwise("Sqrt", x, (g, _, y) => divide(scale(g, 0.5), y));

/** Absolute value, of slope 0 at 0. */
export const abs = (x: Value): Value =>
  pointwise("Abs", x, (g) => multiply(g, x.graph.node("Sign", [x], x.dims)));

export const tanh = (x: Value): Value =>
  pointwise("Tanh", x, (g, _, y) => subtract(g, multiply(g, multiply(y, y))));

export const sigmoid = (x: Value): Value =>
  pointwise("Sigmoid", x, (g, _, y) => multiply(g, subtract(y, multiply(y, y))));

/** log(1 + exp(x)), also where exp(x) has no number. */
export const softplus = (x: Value): Value =>
  pointwise("Softplus", x, (g) => multiply(g, x.graph.node("Sigmoid", [x], x.dims)));

/** `yes` where the condition holds, else `no`; the condition may broadcast, the two may not. */
export const where = (condition: Value, yes: Value, no: Value): Value => {
  const { graph } = yes;
  const y = graph.node("Where", [condition, yes, no], yes.dims, { type: yes.type });
  const none = graph.scalar(0);
  const options = { type: yes.type };
  graph.record(
    [y],
    [
      [yes, (g) => sumTo(graph.node("Where", [condition, g, none], g.dims, options), yes.dims)],
      [no, (g) => sumTo(graph.node("Where", [condition, none, g], g.dims, options), no.dims)],
    ],
  );
  return y;
};
