// What a trainer can train: anything that names its parameters, appends a loss to a graph and feeds
// it from batches. The trainer knows neither tokens nor embeddings.
import type { Tensor } from "onnxruntime-node";
import type { NamedTensor } from "./checkpoint.ts";
import type { Graph, Value } from "./graph.ts";

/** Sequences a run, and places a sequence. */
export interface BatchShape {
  readonly batch: number;
  readonly length: number;
}

export interface Learner<B> {
  /** JSON from which the same learner can be made again: it stands in every checkpoint. */
  readonly config: unknown;
  /** Shape of every parameter by its name; matrices are [in, out]. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Where training starts, by a seed. */
  start(seed: number): ReadonlyMap<string, NamedTensor>;
  /** Appends inputs, model and loss; `look` then appends what evaluation wants, `hits` (bool) for one. */
  appendLoss(
    graph: Graph,
    parameters: ReadonlyMap<string, Value>,
    shape: BatchShape,
  ): { readonly loss: Value; readonly look: () => void };
  /** RangeError where a batch is not so many rows of `length`, or has nothing to learn. */
  check(batch: B, rows: number, length: number): void;
  /** The inputs of one run's part of a batch; undefined where the part has nothing to learn. */
  feeds(batch: B, run: number, shape: BatchShape): Record<string, Tensor> | undefined;
}
