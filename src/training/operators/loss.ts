// What training makes small.
import type { Value } from "../graph.ts";
import { multiply, negate, subtract } from "./arithmetic.ts";
import { abs } from "./pointwise.ts";
import { mean } from "./reduce.ts";
import { reshape } from "./shape.ts";

/** Classes that stand for quantities in order: to foretell a neighbour is nearly right. */
export interface Scale {
  /** Its first class, and how many there are. */
  readonly first: number;
  readonly levels: number;
  /** Levels by which the target is spread, a Gaussian's deviation. */
  readonly deviation: number;
}

/**
 * [classes, classes] what is wanted of each class where one is the target: all of that one, but on the
 * scale a bell around it (Imani and White 2018, "Improving regression performance with distributional losses").
 */
export const spreadTargets = (
  classes: number,
  { first, levels, deviation }: Scale,
): Float32Array => {
  const wanted = new Float32Array(classes * classes);
  for (let target = 0; target < classes; target++) {
    const row = wanted.subarray(target * classes, (target + 1) * classes);
    if (target < first || target >= first + levels) row[target] = 1;
    else {
      for (let at = first; at < first + levels; at++)
        row[at] = Math.exp(-0.5 * ((at - target) / deviation) ** 2);
      const sum = row.reduce((total, share) => total + share, 0);
      for (let at = first; at < first + levels; at++) row[at]! /= sum;
    }
  }
  return wanted;
};

/**
 * sum of weights * -(wanted . log softmax(logits)), of which wanted [classes, classes] holds the row of
 * each target: {@link spreadTargets}. Shapes as of {@link crossEntropy}.
 */
export const spreadCrossEntropy = (
  logits: Value,
  targets: Value,
  weights: Value,
  wanted: Value,
): Value => {
  const { graph, dims } = logits;
  const options = { attributes: { axis: 1 } };
  const flat = reshape(targets, [dims[0]!]);
  const goals = graph.node("Gather", [wanted, flat], dims, { attributes: { axis: 0 } });
  const logShares = graph.node("LogSoftmax", [logits], dims, options);
  const each = graph.node("Mul", [graph.node("Mul", [goals, logShares], dims), weights], dims);
  const total = graph.node("ReduceSum", [each], [], { attributes: { keepdims: 0 } });
  const y = graph.node("Neg", [total], []);
  // d/dlogits = weight * (softmax - goals), as the goals of each sum to 1.
  const toLogits = (g: Value): Value => {
    const w = multiply(weights, g);
    return multiply(subtract(graph.node("Softmax", [logits], dims, options), goals), w);
  };
  graph.record([y], [[logits, toLogits]]);
  return y;
};

/**
 * sum of weights * -log softmax(logits)[target]: logits [n, classes], targets int32 or int64 [n, 1],
 * weights [n, 1]; weights that sum to 1 make it a mean.
 */
export const crossEntropy = (logits: Value, targets: Value, weights: Value): Value => {
  const { graph, dims } = logits;
  const options = { attributes: { axis: 1 } };
  const logShares = graph.node("LogSoftmax", [logits], dims, options);
  const chosen = graph.node("GatherElements", [logShares, targets], [dims[0]!, 1], options);
  const weighted = graph.node("Mul", [chosen, weights], [dims[0]!, 1]);
  const total = graph.node("ReduceSum", [weighted], [], { attributes: { keepdims: 0 } });
  const y = graph.node("Neg", [total], []);
  // d/dlogits = weight * (softmax - one at the target). Softmax again, since onnxruntime's exp of the
  // logarithms at hand takes longer.
  const toLogits = (g: Value): Value => {
    const w = multiply(weights, g);
    const pull = multiply(graph.node("Softmax", [logits], dims, options), w);
    return graph.node("ScatterElements", [pull, targets, negate(w)], dims, {
      attributes: { axis: 1, reduction: "add" },
    });
  };
  graph.record([y], [[logits, toLogits]]);
  return y;
};

/** Whether the likeliest class is the target: bool [n, 1] of logits [n, classes] and targets [n, 1]. */
export const hits = (logits: Value, targets: Value): Value => {
  const { graph } = logits;
  const options = { attributes: { axis: 1, keepdims: 1 }, type: "int64" } as const;
  const likeliest = graph.node("ArgMax", [logits], targets.dims, options);
  const toInt64 = { attributes: { to: 7 }, type: "int64" } as const;
  const wide = graph.node("Cast", [targets], targets.dims, toInt64);
  return graph.node("Equal", [likeliest, wide], targets.dims, { type: "bool" });
};

const overall = (x: Value): Value => reshape(mean(x, [...x.dims.keys()]), []);

/** Mean absolute difference. */
export const l1Loss = (x: Value, goal: Value): Value => overall(abs(subtract(x, goal)));

/** Mean squared difference. */
export const squaredLoss = (x: Value, goal: Value): Value => {
  const difference = subtract(x, goal);
  return overall(multiply(difference, difference));
};
