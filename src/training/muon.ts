// Muon (Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"), as nodes of the
// graph: the update of a matrix is its momentum with all singular values made about 1, so that a step
// turns every direction alike and not only the few that dominate a gradient.
import type { Graph, Value } from "./graph.ts";
import { nextName } from "./in-place.ts";
import { add, multiply, scale } from "./operators/arithmetic.ts";
import { matMul } from "./operators/matmul.ts";
import { sqrt } from "./operators/pointwise.ts";
import { transpose } from "./operators/shape.ts";
import type { Rule } from "./update-rule.ts";

const MOMENTUM = 0.95;
/** Of the quintic that brings singular values in 0..1 to 0.7..1.2 in five rounds. */
const [A, B, C] = [3.4445, -4.775, 2.0315];
const ROUNDS = 5;
/**
 * The root mean square of an update, as a share of the rate: 0.2 is AdamW's (Liu et al. 2025, "Muon is
 * Scalable for LLM Training"), and Muon bears four times that, so one rate will do for both.
 */
const SIZE = 4 * 0.2;
const EPSILON = 1e-7;

export const muonScalars = (learningRate: number) => ({ "muon.rate": learningRate });

const momentum = (name: string): string => `muon.m.${name}`;

export const muonMoments = (name: string): readonly string[] => [momentum(name)];

export const muon = (graph: Graph, clip: Value): Rule => {
  const rate = graph.input("muon.rate", []);
  return (name, { dims }, gradient) => {
    const m = graph.input(momentum(name), dims);
    const g = multiply(gradient, clip);
    const next = add(scale(m, MOMENTUM), g);
    graph.output(nextName(momentum(name)), next);
    const ahead = add(scale(next, MOMENTUM), g); // as Nesterov looks
    const spread = Math.sqrt(Math.max(...dims)); // the root mean square of 1 / what it is of the whole
    return multiply(orthogonalised(ahead), scale(rate, SIZE * spread));
  };
};

/**
 * A matrix [rows, columns] with its singular values brought near 1 by Newton and Schulz's iteration. A round turns x into
 * m x, where m is a polynomial of x x': what the rounds make together is found among products of the shorter
 * side, and x itself meets it once.
 */
export const orthogonalised = (matrix: Value): Value => {
  const { graph, dims } = matrix;
  const isTall = dims[0]! > dims[1]!;
  const wide = isTall ? transpose(matrix, [1, 0]) : matrix;
  const options = { attributes: { keepdims: 0 } };
  const size = sqrt(graph.node("ReduceSumSquare", [wide], [], options));
  const inverse = graph.node("Reciprocal", [add(size, graph.scalar(EPSILON))], []);
  const x = multiply(wide, inverse);
  let gram = matMul(x, x, { transposeB: true });
  let turn = identity(graph, Math.min(...dims));
  for (let round = 1; round <= ROUNDS; round++) {
    const bent = add(scale(gram, B), scale(matMul(gram, gram), C)); // m is A + bent
    turn = add(scale(turn, A), matMul(bent, turn));
    if (round === ROUNDS) break;
    const half = add(scale(gram, A), matMul(bent, gram));
    gram = add(scale(half, A), matMul(half, bent));
  }
  const y = matMul(turn, x);
  return isTall ? transpose(y, [1, 0]) : y;
};

const identity = (graph: Graph, size: number): Value => {
  const entries = new Float32Array(size * size);
  for (let i = 0; i < size; i++) entries[i * size + i] = 1;
  return graph.constant(entries, [size, size]);
};
