// An energy head as in CALM (Shao et al. 2025): noise becomes an action through a few gated blocks that
// see the hidden state. The loss is the energy score (Gneiting and Raftery 2007) with exponent 1:
// 2 E|X - Y| - E|X - X'|. It is least only where the draws X are distributed as what was shown, Y, so
// two equally good ways stay two; it needs no likelihood, and one step a draw.
import type { Value } from "../graph.ts";
import { silu } from "../operators/activation.ts";
import { add, multiply, scale, subtract } from "../operators/arithmetic.ts";
import { matMul } from "../operators/matmul.ts";
import { rmsNorm } from "../operators/norm.ts";
import { sqrt } from "../operators/pointwise.ts";
import { mean, sum } from "../operators/reduce.ts";
import { reshape } from "../operators/shape.ts";
import type { Head, HeadSizes, Weights } from "./head.ts";

const NOISE = 16;
const DRAWS = 6;
const BLOCKS = 2;
/** Under the root of a distance, whose slope at 0 has no number. */
const NEAREST = 1e-6;

const block = (index: number, part: string): string => `head.block.${index}.${part}`;

/** Actions [n * draws, actions] of hidden [n, width] and noise [n * draws, NOISE]. */
const generate = (weights: Weights, hidden: Value, noise: Value, draws: number): Value => {
  const weight = (name: string): Value => weights.get(name)!;
  const width = weight("head.noise").dims[1]!;
  const n = hidden.dims[0]!;
  /** What the hidden state says, to each of its draws. */
  const told = (x: Value, name: string): Value => {
    const once = reshape(matMul(hidden, weight(name)), [n, 1, width]);
    return reshape(add(reshape(x, [n, draws, width]), once), x.dims);
  };
  let x = told(matMul(noise, weight("head.noise")), "head.hidden");
  for (let index = 0; index < BLOCKS; index++) {
    const part = (name: string): Value => weight(block(index, name));
    const inner = rmsNorm(x, part("norm"));
    const gate = silu(told(matMul(inner, part("gate")), block(index, "hidden")));
    x = add(x, matMul(multiply(gate, matMul(inner, part("in"))), part("out")));
  }
  return matMul(rmsNorm(x, weight("head.norm")), weight("head.action"));
};

/** Distances of the last axis, which stays as size 1. */
const distance = (a: Value, b: Value): Value => {
  const off = subtract(a, b);
  const squares = sum(multiply(off, off), [off.dims.length - 1]);
  return sqrt(add(squares, off.graph.scalar(NEAREST)));
};

export const energyHead: Head = {
  noise: NOISE,
  draws: DRAWS,
  shapes: ({ width, actions }: HeadSizes) => {
    const shapes = new Map<string, readonly number[]>([
      ["head.noise", [NOISE, width]],
      ["head.hidden", [width, width]],
    ]);
    for (let index = 0; index < BLOCKS; index++) {
      shapes.set(block(index, "norm"), [width]);
      for (const part of ["gate", "hidden", "in", "out"])
        shapes.set(block(index, part), [width, width]);
    }
    return shapes.set("head.norm", [width]).set("head.action", [width, actions]);
  },

  /** As a share of the distance that one unit in every number is. */
  loss: (weights, hidden, wanted, noise) => {
    const [n, actions] = wanted.dims as [number, number];
    const drawn = generate(weights, hidden, noise!, DRAWS);
    const one = reshape(drawn, [n, DRAWS, 1, actions]);
    const other = reshape(drawn, [n, 1, DRAWS, actions]);
    const goal = reshape(wanted, [n, 1, 1, actions]);
    const toGoal = mean(distance(one, goal), [1]); // [n, 1, 1, 1]
    // Of DRAWS squared pairs, DRAWS are of a draw with itself, at no distance.
    const apart = scale(mean(distance(one, other), [1, 2]), DRAWS / (DRAWS - 1));
    const score = scale(subtract(scale(toGoal, 2), apart), 1 / Math.sqrt(actions));
    return reshape(score, [n, 1]);
  },

  draw: (weights, hidden, noise) => generate(weights, hidden, noise!, 1),
};
