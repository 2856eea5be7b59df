// A recogniser of words in stacks of sound, as small as can be told apart: the token model's backbone, one
// position a stack, whose input is the sum of learned rows. What it reads is a design's matter.
import { Tensor } from "onnxruntime-node";
import { drawParameters } from "./initial-parameters.ts";
import type { Learner } from "./learner.ts";
import { crossEntropy, hits } from "./operators/loss.ts";
import { matMul } from "./operators/matmul.ts";
import { rmsNorm } from "./operators/norm.ts";
import { backbone, backboneShapes, tokenModel } from "./token-model.ts";
import { sequenceAttention } from "./training-attention.ts";

export interface RecogniserConfig {
  /** Numbers a stack: of tokens 0 and 1, which rows are read; else quantities. */
  readonly inputs: number;
  readonly classes: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly length: number;
}

export interface WordBatch {
  /** [rows * length, inputs] */
  readonly read: Float32Array;
  /** Places where a word is over, and which it was. */
  readonly places: readonly number[];
  readonly labels: readonly number[];
}

/** Where `read` starts: [inputs, width] in the deviation given for each input. */
export type StartOfRows = (rows: Float32Array, width: number, seed: number) => void;

export const wordLearner = (
  config: RecogniserConfig,
  startRows: StartOfRows,
): Learner<WordBatch> => {
  const { inputs, classes, width, layers, heads } = config;
  const model = tokenModel({
    vocabulary: classes,
    width,
    layers,
    heads,
    feedForward: 2 * width,
    context: config.length,
  });
  const shapes = new Map<string, readonly number[]>([
    ["read", [inputs, width]],
    ...backboneShapes(model),
    ["say", [width, classes]],
  ]);
  return {
    config,
    shapes,
    start: (seed) => {
      const parameters = drawParameters(shapes, layers, seed);
      startRows(parameters.get("read")!.data, width, seed);
      return parameters;
    },
    appendLoss: (graph, parameters, { batch, length }) => {
      const read = graph.input("read_in", [batch * length, inputs]);
      const places = graph.input("places", ["words"], "int64");
      const labels = graph.input("labels", ["words", 1], "int32");
      const weights = graph.input("weights", ["words", 1]);
      const attend = sequenceAttention(graph, model, length);
      const seen = matMul(read, parameters.get("read")!);
      const hidden = backbone(model, parameters, seen, { batch, length }, attend, places);
      const last = rmsNorm(hidden, parameters.get("norm")!);
      const logits = matMul(last, parameters.get("say")!); // [words, classes]
      const loss = crossEntropy(logits, labels, weights);
      const look = (): void => {
        graph.output("hits", hits(logits, labels));
      };
      return { loss, look };
    },
    check: ({ read, places }, rows, length) => {
      if (read.length !== rows * length * inputs || places.length === 0)
        throw new RangeError(
          `recogniser: ${read.length} numbers and ${places.length} words, expected ${rows * length * inputs} and some`,
        );
    },
    feeds: ({ read, places, labels }, _, { batch, length }) => ({
      read_in: new Tensor("float32", read, [batch * length, inputs]),
      places: new Tensor("int64", BigInt64Array.from(places, BigInt), [places.length]),
      labels: new Tensor("int32", Int32Array.from(labels), [labels.length, 1]),
      weights: new Tensor("float32", new Float32Array(places.length).fill(1 / places.length), [
        places.length,
        1,
      ]),
    }),
  };
};
