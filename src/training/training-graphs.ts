// The graphs that a trainer runs: the whole step in one, or, where a batch is too large for one run,
// a graph that gathers gradients and one that applies them; and one that only looks.
import { Graph, type Value } from "./graph.ts";
import { nextName } from "./in-place.ts";
import type { BatchShape, Learner } from "./learner.ts";
import { add } from "./operators/arithmetic.ts";
import { appendUpdates, type UpdateOptions } from "./optimiser.ts";

/** What of a learner the graphs need, whatever its batches are. */
type Model = Pick<Learner<never>, "shapes" | "appendLoss">;

/** Name of the tensor in which a parameter's gradient is gathered. */
export const gathered = (parameter: string): string => `gradient.${parameter}`;

const declareParameters = (graph: Graph, { shapes }: Model): ReadonlyMap<string, Value> =>
  new Map([...shapes].map(([name, dims]) => [name, graph.parameter(name, dims)] as const));

const gradientsOf = (
  graph: Graph,
  parameters: ReadonlyMap<string, Value>,
  loss: Value,
): ReadonlyMap<string, Value> => {
  const gradients = graph.backward(loss);
  return new Map([...parameters].map(([name, value]) => [name, gradients.get(value)!] as const));
};

/** Forward, loss, backward, clipping and the optimiser. */
export const stepGraph = (model: Model, options: BatchShape & UpdateOptions): Uint8Array => {
  const graph = new Graph();
  const parameters = declareParameters(graph, model);
  const { loss } = model.appendLoss(graph, parameters, options);
  graph.output("loss", loss);
  const gradients = gradientsOf(graph, parameters, loss);
  appendUpdates(graph, parameters, gradients, options);
  return graph.encode();
};

/** Forward, loss, backward; adds to what was gathered before. */
export const gatherGraph = (model: Model, shape: BatchShape): Uint8Array => {
  const graph = new Graph();
  const parameters = declareParameters(graph, model);
  const { loss } = model.appendLoss(graph, parameters, shape);
  graph.output("loss", loss);
  for (const [name, gradient] of gradientsOf(graph, parameters, loss)) {
    const before = graph.input(gathered(name), gradient.dims);
    graph.output(nextName(gathered(name)), add(before, gradient));
  }
  return graph.encode();
};

/** Clipping and the optimiser, from the gathered gradients. */
export const applyGraph = (model: Model, options: UpdateOptions): Uint8Array => {
  const graph = new Graph();
  const parameters = declareParameters(graph, model);
  const gradients = new Map(
    [...parameters].map(([name, { dims }]) => [name, graph.input(gathered(name), dims)] as const),
  );
  appendUpdates(graph, parameters, gradients, options);
  return graph.encode();
};

/** Forward, loss, and what the learner looks at. */
export const evaluationGraph = (model: Model, shape: BatchShape): Uint8Array => {
  const graph = new Graph();
  const { loss, look } = model.appendLoss(graph, declareParameters(graph, model), shape);
  graph.output("loss", loss);
  look();
  return graph.encode();
};
