// AdamW (Loshchilov and Hutter 2019), as nodes of the graph.
import type { Graph, Value } from "./graph.ts";
import { nextName } from "./in-place.ts";
import { add, divide, multiply, scale } from "./operators/arithmetic.ts";
import { sqrt } from "./operators/pointwise.ts";
import type { Rule } from "./update-rule.ts";

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/**
 * The scalars of step 1, 2, ... The bias corrections of both moments are folded into the rate and
 * epsilon (Kingma and Ba 2015, end of section 2), which spares two divisions a weight.
 */
export const adamScalars = (step: number, learningRate: number) => {
  const root = Math.sqrt(1 - BETA2 ** step);
  return {
    "adam.rate": (learningRate * root) / (1 - BETA1 ** step),
    "adam.epsilon": EPSILON * root,
  };
};

/** Where a parameter's moments come in; their successors leave under nextName. */
const firstMoment = (name: string): string => `adam.m.${name}`;
const secondMoment = (name: string): string => `adam.v.${name}`;

export const adamMoments = (name: string): readonly string[] => [
  firstMoment(name),
  secondMoment(name),
];

export const adamw = (graph: Graph, clip: Value): Rule => {
  const [rate, epsilon] = ["adam.rate", "adam.epsilon"].map((name) => graph.input(name, []));
  const intoFirst = scale(clip, 1 - BETA1);
  const intoSecond = scale(multiply(clip, clip), 1 - BETA2);
  return (name, { dims }, gradient) => {
    const m = graph.input(firstMoment(name), dims);
    const v = graph.input(secondMoment(name), dims);
    const nextM = add(scale(m, BETA1), multiply(gradient, intoFirst));
    const nextV = add(scale(v, BETA2), multiply(multiply(gradient, gradient), intoSecond));
    graph.output(nextName(firstMoment(name)), nextM);
    graph.output(nextName(secondMoment(name)), nextV);
    return multiply(divide(nextM, add(sqrt(nextV), epsilon!)), rate!);
  };
};
