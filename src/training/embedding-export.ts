// The inference graph of a trained embedding model: the token model's decode graph (decode-graph.ts, the
// same caches and the same endless stream), read by rows of numbers and answered by a gate and an action.
import { type DecodeContract, ENTRIES } from "../core/policy-card.ts";
import type { NamedTensor } from "./checkpoint.ts";
import { CONTRACT_KEY, decodeContract } from "./decode-contract.ts";
import { cachedAttention } from "./decode-graph.ts";
import {
  type EmbeddingModel,
  embeddingModel,
  type EmbeddingModelConfig,
  gate,
  think,
} from "./embedding-model.ts";
import { Graph, UNKNOWN } from "./graph.ts";
import { multiply } from "./operators/arithmetic.ts";
import { takeRows } from "./operators/gather.ts";
import { reshape } from "./operators/shape.ts";

/** Sound and slow senses bring some five rows a tick. */
const BLOCK = 32;

/**
 * The contract of decode-contract.ts, but for what is read and said. Inputs: `frames`, rows of numbers
 * in the place of ids; `places`, `rows` and the caches as there; `noise`, normal numbers for each row
 * wanted, where the head leaves something to chance. Outputs: `entries`; `gate`, log-odds that now is
 * the moment to act; `action`, degrees [rows, curves * servos] that each curve of the motion basis
 * (tokens/motion-basis.ts) turns each servo by.
 */
const embeddingContract = ({ sizes, actions, head }: EmbeddingModel): DecodeContract => {
  const { inputs, outputs, ...rest } = decodeContract(
    sizes,
    Math.min(BLOCK, sizes.context - sizes.sinks),
  );
  const float = (name: string, ...dims: (number | string)[]) => ({ name, type: "float32", dims });
  return {
    ...rest,
    inputs: [
      float("frames", 1, "tokens", sizes.vocabulary),
      ...inputs.slice(1, 3),
      ...(head.noise > 0 ? [float("noise", "rows", head.noise)] : []),
      ...inputs.slice(3),
    ],
    outputs: [...outputs.slice(0, -1), float("gate", "rows", 1), float("action", "rows", actions)],
  };
};

/** The bytes of a decode file (ONNX), and the contract that it keeps. */
export const exportEmbeddingGraph = (
  config: EmbeddingModelConfig,
  parameters: ReadonlyMap<string, NamedTensor>,
): { bytes: Uint8Array; contract: DecodeContract } => {
  const model = embeddingModel(config);
  const { sizes, head, scaleDeg, servos, actions } = model;
  const contract = embeddingContract(model);
  const graph = new Graph();
  const weights = new Map(
    Array.from(
      parameters,
      ([name, { dims, data }]) => [name, graph.constant(data, dims, name)] as const,
    ),
  );
  const frames = graph.input("frames", [1, "tokens", sizes.vocabulary]);
  const places = graph.input("places", ["tokens"], "int64");
  const rows = graph.input("rows", ["rows"], "int64");
  const noise = head.noise > 0 ? graph.input("noise", ["rows", head.noise]) : undefined;
  const both = graph.node("Shape", [reshape(places, [1, UNKNOWN])], [2], { type: "int64" });
  const run = { shape: both, places, streams: 1 };
  const { attend, entries } = cachedAttention(run, sizes, contract);
  const shape = { batch: 1, length: UNKNOWN };
  const read = reshape(frames, [UNKNOWN, sizes.vocabulary]);
  const hidden = takeRows(think(model, weights, read, shape, attend), rows);
  graph.output(ENTRIES, entries());
  graph.output("gate", gate(weights, hidden));
  const degrees = scaleDeg.flatMap((deg) => Array<number>(servos).fill(deg));
  const scale = graph.constant(Float32Array.from(degrees), [actions]);
  graph.output("action", multiply(head.draw(weights, hidden, noise), scale));
  return { bytes: graph.encode({ [CONTRACT_KEY]: JSON.stringify(contract) }), contract };
};
