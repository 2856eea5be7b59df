// The embedding model (the essay "Why are we using tokens?"): the token model's backbone over rows of
// numbers that were never quantised (tokens/frame-features.ts says which), one a sensed frame. What the
// model thinks at the last row before an answer says whether to act at all, the gate, and what: a head
// turns it into the amplitudes of a chunk of motion. Nothing it says passes through a vocabulary.
import type { Value } from "./graph.ts";
import { energyHead } from "./heads/energy-head.ts";
import type { Head } from "./heads/head.ts";
import { l1Head } from "./heads/l1-head.ts";
import { mixtureHead } from "./heads/mixture-head.ts";
import { matMul } from "./operators/matmul.ts";
import { rmsNorm } from "./operators/norm.ts";
import {
  type Attend,
  backbone,
  backboneShapes,
  tokenModel,
  type TokenModel,
  type TokenModelConfig,
} from "./token-model.ts";

const HEADS = { l1: l1Head, mixture: mixtureHead, energy: energyHead };
export type HeadName = keyof typeof HEADS;
export const HEAD_NAMES = Object.keys(HEADS) as readonly HeadName[];

export interface EmbeddingModelConfig extends Omit<TokenModelConfig, "vocabulary"> {
  /** Columns of a row. */
  readonly features: number;
  readonly servos: number;
  /** Degrees that are 1 to the head, for each curve of the motion basis. */
  readonly scaleDeg: readonly number[];
  readonly head: HeadName;
}

export interface EmbeddingModel {
  /** Sizes of the backbone; its vocabulary is the columns of a row, whose table is the embedding. */
  readonly sizes: TokenModel;
  /** Numbers of an action: [curves, servos]. */
  readonly actions: number;
  readonly scaleDeg: readonly number[];
  readonly servos: number;
  readonly head: Head;
}

/** Checks a config; RangeError with what to change. */
export const embeddingModel = (config: EmbeddingModelConfig): EmbeddingModel => {
  const { features, servos, scaleDeg, head, ...sizes } = config;
  return {
    sizes: tokenModel({ ...sizes, vocabulary: features }),
    actions: scaleDeg.length * servos,
    scaleDeg,
    servos,
    head: HEADS[head],
  };
};

/** Shape of every parameter by its name; matrices are [in, out]. */
export const embeddingShapes = ({
  sizes,
  actions,
  head,
}: EmbeddingModel): ReadonlyMap<string, readonly number[]> =>
  new Map([
    ["embedding.frames", [sizes.vocabulary, sizes.width]],
    ...backboneShapes(sizes),
    ["head.gate", [sizes.width, 1]],
    ...head.shapes({ width: sizes.width, actions }),
  ]);

/** Normed hidden states [batch * length, width] of rows [batch * length, features]. */
export const think = (
  { sizes }: EmbeddingModel,
  weights: ReadonlyMap<string, Value>,
  rows: Value,
  shape: { batch: number; length: number },
  attend: Attend,
): Value => {
  const read = matMul(rows, weights.get("embedding.frames")!);
  return rmsNorm(backbone(sizes, weights, read, shape, attend), weights.get("norm")!);
};

/** Log-odds [n, 1] that now is the moment to act, by hidden [n, width]. */
export const gate = (weights: ReadonlyMap<string, Value>, hidden: Value): Value =>
  matMul(hidden, weights.get("head.gate")!);
