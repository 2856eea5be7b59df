// Every operator's gradient against finite differences, over random shapes and numbers.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Random } from "../../../src/core/random.ts";
import type { Graph, Value } from "../../../src/training/graph.ts";
import { gelu, silu } from "../../../src/training/operators/activation.ts";
import { add, divide, multiply, subtract } from "../../../src/training/operators/arithmetic.ts";
import { embedding, takeRows } from "../../../src/training/operators/gather.ts";
import {
  crossEntropy,
  l1Loss,
  spreadCrossEntropy,
  spreadTargets,
  squaredLoss,
} from "../../../src/training/operators/loss.ts";
import { matMul } from "../../../src/training/operators/matmul.ts";
import { layerNorm, rmsNorm } from "../../../src/training/operators/norm.ts";
import {
  abs,
  exp,
  log,
  sigmoid,
  softplus,
  sqrt,
  tanh,
  where,
} from "../../../src/training/operators/pointwise.ts";
import { mean, sum } from "../../../src/training/operators/reduce.ts";
import { rotate } from "../../../src/training/operators/rotary.ts";
import { concat, reshape, slice, split, transpose } from "../../../src/training/operators/shape.ts";
import { logSumExp, softmax, weigh } from "../../../src/training/operators/softmax.ts";
import { type Case, gradientError } from "./finite-differences.ts";

const TOLERANCE = 3e-4; // of the largest gradient: f32 kernels, differences over 1/32

type Sizes = readonly [a: number, b: number, c: number];
type Operator = (sizes: Sizes, seed: number) => Case;

const positive = (random: Random): number => random.uniform(0.5, 2);
/** Away from the kink that a difference would straddle. */
const awayFromZero = (random: Random): number =>
  random.uniform(0.2, 2) * (random.uniform() < 0.5 ? -1 : 1);

const unary =
  (f: (x: Value) => Value, draw?: Case["draw"]): Operator =>
  ([a, b]) => ({ shapes: [[a, b]], build: (_, [x]) => f(x!), ...(draw && { draw }) });

const binary =
  (f: (x: Value, y: Value) => Value, draw?: Case["draw"]): Operator =>
  ([a, b, c], seed) => {
    const others = [[a, b, c], [b, c], [c], [a, 1, c], [1, b, 1], []];
    const other = others[seed % others.length]!;
    const shapes = seed % 2 === 0 ? [[a, b, c], other] : [other, [a, b, c]];
    return { shapes, build: (_, [x, y]) => f(x!, y!), ...(draw && { draw }) };
  };

/** Rows far from constant and from zero, where a norm bends too sharply for differences. */
const sloped = (x: Value): Value => {
  const width = x.dims.at(-1)!;
  const slope = Float32Array.from({ length: width }, (_, i) => 3 * (i + 1));
  return add(x, x.graph.constant(slope, [width]));
};

const ids = (
  graph: Graph,
  dims: readonly [number] | readonly [number, number],
  below: number,
  seed: number,
): Value =>
  graph.constant(
    Int32Array.from({ length: dims[0] * (dims[1] ?? 1) }, (_, i) => (seed + i * i) % below),
    dims,
  );

const operators: Record<string, Operator> = {
  add: binary(add),
  subtract: binary(subtract),
  multiply: binary(multiply),
  divide: binary(divide, positive),
  exp: unary(exp),
  log: unary(log, positive),
  sqrt: unary(sqrt, positive),
  abs: unary(abs, awayFromZero),
  tanh: unary(tanh),
  sigmoid: unary(sigmoid),
  softplus: unary(softplus),
  gelu: unary(gelu),
  silu: unary(silu),
  softmax: unary(softmax),
  logSumExp: unary(logSumExp),
  reshape: ([a, b, c]) => ({ shapes: [[a, b, c]], build: (_, [x]) => reshape(x!, [c, a * b]) }),
  transpose: ([a, b, c]) => ({
    shapes: [[a, b, c]],
    build: (_, [x]) => transpose(x!, [1, 2, 0]),
  }),
  slice: ([a, b, c]) => ({ shapes: [[a, b + 2, c]], build: (_, [x]) => slice(x!, 1, 1, b + 1) }),
  concat: ([a, b, c]) => ({
    shapes: [
      [a, b],
      [a, c],
    ],
    build: (_, [x, y]) => concat([x!, y!, x!], 1),
  }),
  split: ([a, b, c]) => ({
    shapes: [[a, b + c + 1]],
    build: (_, [x]) => {
      const [first, , last] = split(x!, 1, [b, c, 1]); // the middle part is left unused
      return multiply(first!, last!);
    },
  }),
  sum: ([a, b, c]) => ({ shapes: [[a, b, c]], build: (_, [x]) => sum(x!, [0, 2]) }),
  mean: ([a, b, c]) => ({ shapes: [[a, b, c]], build: (_, [x]) => mean(x!, [1]) }),
  where: ([a, b], seed) => ({
    shapes: [
      [a, b],
      [a, b],
    ],
    build: (graph, [x, y]) => {
      const chosen = Uint8Array.from({ length: b }, (_, i) => (seed >> i) & 1);
      return where(graph.constant(chosen, [b]), x!, y!);
    },
  }),
  matMul: ([a, b, c], seed) => {
    const [transposeA, transposeB] = [(seed & 1) === 1, (seed & 2) === 2];
    const lead = seed & 4 ? [2] : [];
    return {
      shapes: [
        [...lead, ...(transposeA ? [b, a] : [a, b])],
        [...(seed & 8 ? lead : []), ...(transposeB ? [c, b] : [b, c])],
      ],
      build: (_, [x, y]) => matMul(x!, y!, { transposeA, transposeB, factor: seed & 16 ? 0.7 : 1 }),
    };
  },
  embedding: ([a, b, c], seed) => ({
    shapes: [[a, b]],
    build: (graph, [x]) => embedding(x!, ids(graph, [c + 2, 1 + (seed % 4)], a, seed)), // ids repeat, in a row and between rows
  }),
  takeRows: ([a, b]) => ({
    shapes: [[a + 1, b]],
    build: (graph, [x]) => takeRows(x!, graph.integers([a, 0])),
  }),
  rmsNorm: ([a, b]) => ({
    shapes: [[a, b + 1], [b + 1]],
    build: (_, [x, gain]) => rmsNorm(sloped(x!), gain!),
  }),
  layerNorm: ([a, b]) => ({
    shapes: [[a, b + 2], [b + 2], [b + 2]],
    build: (_, [x, gain, bias]) => layerNorm(sloped(x!), gain!, bias!),
  }),
  rotate: ([a, b, c]) => ({
    shapes: [[a, b, c, 4]],
    build: (graph, [x]) => {
      const angles = Array.from({ length: c * 2 }, (_, i) => 0.7 * i);
      const table = (f: (x: number) => number): Value =>
        graph.constant(Float32Array.from(angles, f), [c, 2]);
      return rotate(x!, { cosine: table(Math.cos), sine: table(Math.sin) });
    },
  }),
  weigh: ([a, b, c]) => ({
    shapes: [
      [2, a, b],
      [2, b, c],
    ],
    build: (_, [scores, values]) => weigh(scores!, values!),
  }),
  crossEntropy: ([a, b], seed) => ({
    shapes: [[a, b + 1]],
    build: (graph, [x]) => {
      const targets = reshape(ids(graph, [a], b + 1, seed), [a, 1]);
      const weights = Float32Array.from({ length: a }, (_, i) => i % 3);
      return multiply(
        crossEntropy(x!, targets, graph.constant(weights, [a, 1])),
        graph.scalar(1.5),
      );
    },
  }),
  spreadCrossEntropy: ([a, b], seed) => ({
    shapes: [[a, b + 3]],
    build: (graph, [x]) => {
      const classes = b + 3;
      const targets = reshape(ids(graph, [a], classes, seed), [a, 1]);
      const weights = Float32Array.from({ length: a }, (_, i) => i % 3);
      const wanted = spreadTargets(classes, { first: 1, levels: b + 1, deviation: 0.8 });
      return multiply(
        spreadCrossEntropy(
          x!,
          targets,
          graph.constant(weights, [a, 1]),
          graph.constant(wanted, [classes, classes]),
        ),
        graph.scalar(1.5),
      );
    },
  }),
  l1Loss: ([a, b]) => ({
    shapes: [[a, b]],
    build: (graph, [x]) => l1Loss(x!, graph.zeros([a, b])),
    draw: awayFromZero,
  }),
  squaredLoss: ([a, b]) => ({
    shapes: [
      [a, b],
      [a, b],
    ],
    build: (_, [x, y]) => squaredLoss(x!, y!),
  }),
};

const size = fc.integer({ min: 1, max: 4 });

describe("the gradient of", () => {
  it.each(Object.entries(operators))("%s is that of finite differences", async (_, operator) => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(size, size, size), fc.nat(1e6), async (sizes, seed) => {
        expect(await gradientError(operator(sizes, seed), seed)).toBeLessThan(TOLERANCE);
      }),
      { numRuns: 24 },
    );
  });
});
