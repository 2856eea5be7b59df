// AdamW (Loshchilov and Hutter 2019) with clipping by the global norm, as nodes of the graph.
//
// The updated tensors are written over the ones fed in (in-place.ts). That is safe because whatever reads a weight in the forward or backward pass leads to some
// gradient, every gradient leads to the global norm, and every update waits for the norm.
import type { Graph, Value } from "./graph.ts";
import { nextName } from "./in-place.ts";
import { add, divide, multiply, scale, subtract } from "./operators/arithmetic.ts";
import { sqrt } from "./operators/pointwise.ts";

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;
const CLIP_EPSILON = 1e-6; // as torch.nn.utils.clip_grad_norm_

/** The scalars that change from step to step, by the names of their inputs. */
export const adamInputs = ["adam.rate", "adam.epsilon", "adam.keep"] as const;

/**
 * Their values at step 1, 2, ... The bias corrections of both moments are folded into the rate and
 * epsilon (Kingma and Ba 2015, end of section 2), which spares two divisions a weight.
 */
export const adamScalars = (
  step: number,
  learningRate: number,
  weightDecay: number,
): Readonly<Record<(typeof adamInputs)[number], number>> => {
  const root = Math.sqrt(1 - BETA2 ** step);
  return {
    "adam.rate": (learningRate * root) / (1 - BETA1 ** step),
    "adam.epsilon": EPSILON * root,
    "adam.keep": 1 - learningRate * weightDecay,
  };
};

/** Where a parameter's moments come in; their successors leave under nextName. */
export const firstMoment = (name: string): string => `adam.m.${name}`;
export const secondMoment = (name: string): string => `adam.v.${name}`;

/**
 * Appends the update of every parameter from its gradient; outputs the successors of parameters and
 * moments, and `gradientNorm`, the norm before clipping. Matrices decay, gains don't.
 */
export const appendAdamW = (
  graph: Graph,
  parameters: ReadonlyMap<string, Value>,
  gradients: ReadonlyMap<string, Value>,
  clipNorm: number,
): void => {
  const [rate, epsilon, keep] = adamInputs.map((name) => graph.input(name, [])) as [
    Value,
    Value,
    Value,
  ];
  const options = { attributes: { keepdims: 0 } };
  const squares = [...gradients.values()].map((g) =>
    graph.node("ReduceSumSquare", [g], [], options),
  );
  const norm = sqrt(graph.node("Sum", squares, []));
  const room = divide(graph.scalar(clipNorm), add(norm, graph.scalar(CLIP_EPSILON)));
  const clip = graph.node("Min", [room, graph.scalar(1)], []);
  const intoFirst = scale(clip, 1 - BETA1);
  const intoSecond = scale(multiply(clip, clip), 1 - BETA2);

  for (const [name, parameter] of parameters) {
    const g = gradients.get(name)!;
    const m = graph.input(firstMoment(name), parameter.dims);
    const v = graph.input(secondMoment(name), parameter.dims);
    const nextM = add(scale(m, BETA1), multiply(g, intoFirst));
    const nextV = add(scale(v, BETA2), multiply(multiply(g, g), intoSecond));
    const change = multiply(divide(nextM, add(sqrt(nextV), epsilon)), rate);
    const kept = parameter.dims.length > 1 ? multiply(parameter, keep) : parameter;
    graph.output(nextName(name), subtract(kept, change));
    graph.output(nextName(firstMoment(name)), nextM);
    graph.output(nextName(secondMoment(name)), nextV);
  }
  graph.output("gradientNorm", norm);
};
