// How parameters follow their gradients: clipped by the global norm, then the matrices of the hidden layers
// by Muon and all else by AdamW, or all by AdamW. Matrices decay, gains don't. The embedding may go faster than
// the rest, where most of its rows are read once in a while.
//
// The updated tensors are written over the ones fed in (in-place.ts). That is safe because whatever reads
// a weight in the forward or backward pass leads to some gradient, every gradient leads to the global
// norm, and every update waits for the norm.
import { adamMoments, adamScalars, adamw } from "./adamw.ts";
import type { Graph, Value } from "./graph.ts";
import { nextName } from "./in-place.ts";
import { muon, muonMoments, muonScalars } from "./muon.ts";
import { add, divide, multiply, scale, subtract } from "./operators/arithmetic.ts";
import { sqrt } from "./operators/pointwise.ts";

export const OPTIMISERS = ["muon", "adamw"] as const;
export type Optimiser = (typeof OPTIMISERS)[number];

const CLIP_EPSILON = 1e-6; // as torch.nn.utils.clip_grad_norm_

const isHidden = (name: string, dims: readonly number[]): boolean =>
  dims.length === 2 && name.startsWith("layer.");

const goesByMuon = (optimiser: Optimiser, name: string, dims: readonly number[]): boolean =>
  optimiser === "muon" && isHidden(name, dims);

/** Names of the tensors that an optimiser keeps beside a parameter, each of its shape. */
export const momentsOf = (
  optimiser: Optimiser,
  name: string,
  dims: readonly number[],
): readonly string[] => (goesByMuon(optimiser, name, dims) ? muonMoments(name) : adamMoments(name));

/** What changes from step to step, by the names of the graph's inputs, at step 1, 2, ... */
export const stepScalars = (
  optimiser: Optimiser,
  step: number,
  learningRate: number,
  weightDecay: number,
): Readonly<Record<string, number>> => ({
  keep: 1 - learningRate * weightDecay,
  ...adamScalars(step, learningRate),
  ...(optimiser === "muon" && muonScalars(learningRate)),
});

export interface UpdateOptions {
  /** The largest global norm of the gradients. */
  readonly clipNorm: number;
  readonly optimiser: Optimiser;
  /** Rate of the embedding, as a multiple of the others'; 1 where left out. */
  readonly tableRate?: number;
}

/**
 * Appends the update of every parameter from its gradient; outputs the successors of parameters and
 * moments, and `gradientNorm`, the norm before clipping.
 */
export const appendUpdates = (
  graph: Graph,
  parameters: ReadonlyMap<string, Value>,
  gradients: ReadonlyMap<string, Value>,
  { clipNorm, optimiser, tableRate = 1 }: UpdateOptions,
): void => {
  const keep = graph.input("keep", []);
  const options = { attributes: { keepdims: 0 } };
  const squares = [...gradients.values()].map((g) =>
    graph.node("ReduceSumSquare", [g], [], options),
  );
  const norm = sqrt(graph.node("Sum", squares, []));
  const room = divide(graph.scalar(clipNorm), add(norm, graph.scalar(CLIP_EPSILON)));
  const clip = graph.node("Min", [room, graph.scalar(1)], []);
  const byAdamW = adamw(graph, clip);
  const byMuon = optimiser === "muon" ? muon(graph, clip) : byAdamW;
  for (const [name, parameter] of parameters) {
    const { dims } = parameter;
    const rule = goesByMuon(optimiser, name, dims) ? byMuon : byAdamW;
    const step = rule(name, parameter, gradients.get(name)!);
    const change = name === "embedding" && tableRate !== 1 ? scale(step, tableRate) : step;
    const kept = dims.length > 1 ? multiply(parameter, keep) : parameter;
    graph.output(nextName(name), subtract(kept, change));
  }
  graph.output("gradientNorm", norm);
};
