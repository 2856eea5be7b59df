// The embedding model as a trainer sees it: at each answer, whether it acted (cross entropy of the gate)
// and, where it did, what it did (the head's loss).
import { Tensor } from "onnxruntime-node";
import {
  embeddingModel,
  type EmbeddingModelConfig,
  embeddingShapes,
  gate,
  think,
} from "./embedding-model.ts";
import { drawParameters } from "./initial-parameters.ts";
import type { Value } from "./graph.ts";
import type { Learner } from "./learner.ts";
import { add, multiply, subtract } from "./operators/arithmetic.ts";
import { takeRows } from "./operators/gather.ts";
import { matMul } from "./operators/matmul.ts";
import { softplus } from "./operators/pointwise.ts";
import { reshape } from "./operators/shape.ts";
import { sequenceAttention } from "./training-attention.ts";

/** Sequences of one length, flat. */
export interface EmbeddingBatch {
  /** [rows, length, features] */
  readonly frames: Float32Array;
  /** [rows, length] how much the answer after each counts; 0 where there is none */
  readonly weights: Float32Array;
  /** [rows, length] 1 where the answer acts */
  readonly acts: Uint8Array;
  /** [acting answers, actions] in the model's scale, in their order */
  readonly actions: Float32Array;
  /** [acting answers, draws, noise] normal */
  readonly noise: Float32Array;
}

const placesWhere = (count: number, from: number, is: (at: number) => boolean): number[] =>
  Array.from({ length: count }, (_, i) => from + i).filter(is);

/** RangeError where the sizes of the model do not go together. */
export const embeddingLearner = (config: EmbeddingModelConfig): Learner<EmbeddingBatch> => {
  const model = embeddingModel(config);
  const { sizes, actions, head } = model;
  const noisePerAct = head.draws * head.noise;
  return {
    config,
    shapes: embeddingShapes(model),
    start: (seed) => drawParameters(embeddingShapes(model), sizes.layers, seed),

    appendLoss: (graph, parameters, { batch, length }) => {
      const frames = graph.input("frames", [batch * length, sizes.vocabulary]);
      const rows = graph.input("rows", ["answers"], "int64");
      const acted = graph.input("acted", ["answers", 1]);
      const weights = graph.input("weights", ["answers", 1]);
      const acting = graph.input("acting", ["acts"], "int64");
      const wanted = graph.input("actions", ["acts", actions]);
      const shares = graph.input("shares", ["acts", 1]);
      const noise = noisePerAct > 0 ? graph.input("noise", ["draws", head.noise]) : undefined;
      const attend = sequenceAttention(graph, sizes, length);
      const hidden = think(model, parameters, frames, { batch, length }, attend);
      const odds = gate(parameters, takeRows(hidden, rows)); // [answers, 1]
      const surprise = subtract(softplus(odds), multiply(odds, acted));
      const off = head.loss(parameters, takeRows(hidden, acting), wanted, noise); // [acts, 1]
      const weigh = (share: Value, nats: Value): Value => matMul(share, nats, { transposeA: true });
      const loss = reshape(add(weigh(weights, surprise), weigh(shares, off)), []);
      const look = (): void => {
        const isOpen = graph.node("Greater", [odds, graph.scalar(0)], odds.dims, { type: "bool" });
        const shouldBe = graph.node("Greater", [acted, graph.scalar(0.5)], odds.dims, {
          type: "bool",
        });
        graph.output("hits", graph.node("Equal", [isOpen, shouldBe], odds.dims, { type: "bool" }));
      };
      return { loss, look };
    },

    check: ({ frames, weights, acts, actions: all, noise }, rows, length) => {
      const places = rows * length;
      const count = acts.reduce((sum, act) => sum + act, 0);
      const sized = [
        ["frames", frames, places * sizes.vocabulary],
        ["weights", weights, places],
        ["acts", acts, places],
        ["actions", all, count * actions],
        ["noise", noise, count * noisePerAct],
      ] as const;
      for (const [name, { length: found }, expected] of sized)
        if (found !== expected)
          throw new RangeError(
            `batch.${name} holds ${found} numbers, expected ${expected} for ${rows} rows of ${length} with ${count} acts`,
          );
      if (!weights.some((weight) => weight > 0))
        throw new RangeError(
          "no answer of the batch has any weight; leave out batches with nothing to learn",
        );
    },

    feeds: (batch, run, { batch: rows, length }) => {
      const [from, count] = [run * rows * length, rows * length];
      const answers = placesWhere(count, from, (at) => batch.weights[at]! > 0);
      if (answers.length === 0) return undefined;
      const acting = placesWhere(count, from, (at) => batch.acts[at] === 1);
      const before = placesWhere(from, 0, (at) => batch.acts[at] === 1).length;
      const total = batch.weights.reduce((sum, weight) => sum + weight, 0);
      const acted = batch.weights.reduce((sum, weight, at) => sum + weight * batch.acts[at]!, 0);
      const rowsOfActs = Math.max(1, acting.length); // no operator has to bear an empty tensor
      const part = (all: Float32Array, size: number): Float32Array => {
        const out = new Float32Array(rowsOfActs * size);
        out.set(all.subarray(before * size, (before + acting.length) * size));
        return out;
      };
      const float = (data: Float32Array, ...dims: number[]): Tensor =>
        new Tensor("float32", data, dims);
      const places = (at: readonly number[]): Tensor =>
        new Tensor(
          "int64",
          BigInt64Array.from(at, (place) => BigInt(place - from)),
          [at.length],
        );
      const column = (values: number[]): Tensor =>
        float(Float32Array.from(values), values.length, 1);
      const { vocabulary: features } = sizes;
      return {
        frames: float(
          batch.frames.subarray(from * features, (from + count) * features),
          count,
          features,
        ),
        rows: places(answers),
        acted: column(answers.map((at) => batch.acts[at]!)),
        weights: column(answers.map((at) => batch.weights[at]! / total)),
        acting: places(acting.length > 0 ? acting : [from]),
        actions: float(part(batch.actions, actions), rowsOfActs, actions),
        shares: column(
          acted > 0 && acting.length > 0
            ? acting.map((at) => batch.weights[at]! / acted)
            : Array<number>(rowsOfActs).fill(0),
        ),
        ...(noisePerAct > 0 && {
          noise: float(part(batch.noise, noisePerAct), rowsOfActs * head.draws, head.noise),
        }),
      };
    },
  };
};
