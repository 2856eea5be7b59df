// Softmax over the last axis, and attention's use of it.
import type { Value } from "../graph.ts";
import { multiply, subtract } from "./arithmetic.ts";
import { matMul } from "./matmul.ts";
import { sum } from "./reduce.ts";

const LAST = { attributes: { axis: -1 } };

export const softmax = (x: Value): Value => {
  const y = x.graph.node("Softmax", [x], x.dims, LAST);
  const toX = (g: Value): Value =>
    multiply(subtract(g, sum(multiply(g, y), [x.dims.length - 1])), y);
  x.graph.record([y], [[x, toX]]);
  return y;
};

/** log(sum(exp(x))) over the last axis, which stays as size 1. */
export const logSumExp = (x: Value): Value => {
  const { graph, dims } = x;
  const axes = graph.integers([-1]);
  const y = graph.node("ReduceLogSumExp", [x, axes], [...dims.slice(0, -1), 1]);
  graph.record([y], [[x, (g) => multiply(g, graph.node("Softmax", [x], dims, LAST))]]);
  return y;
};

/**
 * softmax(scores) values: scores [..., queries, keys], values [..., keys, width]. Softmax's backward
 * needs rowsum(dP P), which equals rowsum(dO O): as long as a head is wide, not a sequence.
 */
export const weigh = (scores: Value, values: Value): Value => {
  const shares = scores.graph.node("Softmax", [scores], scores.dims, LAST);
  const dims = [...scores.dims.slice(0, -1), values.dims.at(-1)!];
  const y = scores.graph.node("MatMul", [shares, values], dims);
  const toScores = (g: Value): Value => {
    const toShares = matMul(g, values, { transposeB: true });
    return multiply(subtract(toShares, sum(multiply(g, y), [y.dims.length - 1])), shares);
  };
  const toValues = (g: Value): Value => matMul(shares, g, { transposeA: true });
  scores.graph.record(
    [y],
    [
      [scores, toScores],
      [values, toValues],
    ],
  );
  return y;
};
