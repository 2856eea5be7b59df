// The graphs that a trainer runs: the whole step in one, or, where a batch is too large for one run,
// a graph that gathers gradients and one that applies them; and one that only looks.
import { appendAdamW } from "./adamw.ts";
import { Graph, type Value } from "./graph.ts";
import { nextName } from "./in-place.ts";
import { add } from "./operators/arithmetic.ts";
import { takeRows } from "./operators/gather.ts";
import { crossEntropy } from "./operators/loss.ts";
import { decoder, head, parameterShapes, type TokenModel } from "./token-model.ts";
import { sequenceAttention } from "./training-attention.ts";

/** Sequences a run, and tokens a sequence. */
export interface BatchShape {
  readonly batch: number;
  readonly length: number;
}

/** Name of the tensor in which a parameter's gradient is gathered. */
export const gathered = (parameter: string): string => `gradient.${parameter}`;

const declareParameters = (graph: Graph, model: TokenModel): ReadonlyMap<string, Value> =>
  new Map(
    [...parameterShapes(model)].map(([name, dims]) => [name, graph.parameter(name, dims)] as const),
  );

/**
 * Appends the model and its loss. Only the `learned` rows, those of weight, reach the head: it is a
 * third of the work, and most tokens of a stream are sensed, not learned.
 */
const appendLoss = (
  graph: Graph,
  model: TokenModel,
  parameters: ReadonlyMap<string, Value>,
  { batch, length }: BatchShape,
): { loss: Value; logits: Value; targets: Value } => {
  const ids = graph.input("ids", [batch * length], "int32");
  const rows = graph.input("rows", ["learned"], "int64");
  const targets = graph.input("targets", ["learned", 1], "int32");
  const weights = graph.input("weights", ["learned", 1]);
  const attend = sequenceAttention(graph, model, length);
  const hidden = decoder(model, parameters, ids, { batch, length }, attend);
  const logits = head(parameters, takeRows(hidden, rows)); // [learned, vocabulary]
  const loss = crossEntropy(logits, targets, weights);
  graph.output("loss", loss);
  return { loss, logits, targets };
};

const gradientsOf = (
  graph: Graph,
  parameters: ReadonlyMap<string, Value>,
  loss: Value,
): ReadonlyMap<string, Value> => {
  const gradients = graph.backward(loss);
  return new Map([...parameters].map(([name, value]) => [name, gradients.get(value)!] as const));
};

/** Forward, loss, backward, clipping and AdamW. */
export const stepGraph = (model: TokenModel, shape: BatchShape, clipNorm: number): Uint8Array => {
  const graph = new Graph();
  const parameters = declareParameters(graph, model);
  const { loss } = appendLoss(graph, model, parameters, shape);
  appendAdamW(graph, parameters, gradientsOf(graph, parameters, loss), clipNorm);
  return graph.encode();
};

/** Forward, loss, backward; adds to what was gathered before. */
export const gatherGraph = (model: TokenModel, shape: BatchShape): Uint8Array => {
  const graph = new Graph();
  const parameters = declareParameters(graph, model);
  const { loss } = appendLoss(graph, model, parameters, shape);
  for (const [name, gradient] of gradientsOf(graph, parameters, loss)) {
    const before = graph.input(gathered(name), gradient.dims);
    graph.output(nextName(gathered(name)), add(before, gradient));
  }
  return graph.encode();
};

/** Clipping and AdamW from the gathered gradients. */
export const applyGraph = (model: TokenModel, clipNorm: number): Uint8Array => {
  const graph = new Graph();
  const parameters = declareParameters(graph, model);
  const gradients = new Map(
    [...parameters].map(([name, { dims }]) => [name, graph.input(gathered(name), dims)] as const),
  );
  appendAdamW(graph, parameters, gradients, clipNorm);
  return graph.encode();
};

/** Forward and loss; `hits` [learned, 1] is true where the likeliest token is the target. */
export const evaluationGraph = (model: TokenModel, shape: BatchShape): Uint8Array => {
  const graph = new Graph();
  const { logits, targets } = appendLoss(graph, model, declareParameters(graph, model), shape);
  const options = { attributes: { axis: 1, keepdims: 1 }, type: "int64" } as const;
  const likeliest = graph.node("ArgMax", [logits], targets.dims, options);
  const toInt64 = { attributes: { to: 7 }, type: "int64" } as const;
  const wide = graph.node("Cast", [targets], targets.dims, toInt64);
  graph.output("hits", graph.node("Equal", [likeliest, wide], targets.dims, { type: "bool" }));
  graph.output("logits", logits);
  return graph.encode();
};
