// The token model as a trainer sees it: what should follow each token that counts, foretold.
import type { Batch } from "./batch.ts";
import { checkBatch, feedsOf } from "./batch.ts";
import { initialParameters } from "./initial-parameters.ts";
import type { Learner } from "./learner.ts";
import { takeRows } from "./operators/gather.ts";
import {
  crossEntropy,
  hits,
  type Scale,
  spreadCrossEntropy,
  spreadTargets,
} from "./operators/loss.ts";
import { matMul } from "./operators/matmul.ts";
import {
  backbone,
  head,
  parameterShapes,
  tokenModel,
  type TokenModelConfig,
} from "./token-model.ts";
import { sequenceAttention } from "./training-attention.ts";

export interface TokenLearning extends TokenModelConfig {
  /** Answers that stand for quantities in order; none where left out. */
  readonly scale?: Scale;
}

/** RangeError where the sizes of the model do not go together. */
export const tokenLearner = (config: TokenLearning): Learner<Batch> => {
  const { scale, ...sizes } = config;
  const model = tokenModel(sizes);
  const { answers } = model;
  return {
    config,
    shapes: parameterShapes(model),
    start: (seed) => initialParameters(model, seed),
    /**
     * Only the `learned` rows, those of weight, reach the last feed-forward and the head: three in ten places teach
     * nothing. And only `notes`, what is read somewhere in the batch, is looked up:
     * four in ten of duo's.
     */
    appendLoss: (graph, parameters, { batch, length }) => {
      const notes = graph.input("notes", ["notes"], "int64");
      const hot = graph.input("hot", [batch * length, "notes"]);
      const rows = graph.input("rows", ["learned"], "int64");
      const targets = graph.input("targets", ["learned", 1], "int32");
      const weights = graph.input("weights", ["learned", 1]);
      const attend = sequenceAttention(graph, model, length);
      const read = matMul(hot, takeRows(parameters.get("embedding")!, notes));
      const hidden = backbone(model, parameters, read, { batch, length }, attend, rows);
      const logits = head(parameters, hidden); // [learned, answers]
      const loss = scale
        ? spreadCrossEntropy(
            logits,
            targets,
            weights,
            graph.constant(spreadTargets(answers, scale), [answers, answers]),
          )
        : crossEntropy(logits, targets, weights);
      const look = (): void => {
        graph.output("hits", hits(logits, targets));
        graph.output("logits", logits);
      };
      return { loss, look };
    },
    check: (batch, rows, length) => void checkBatch(batch, rows, length, model),
    feeds: (batch, run, shape) => {
      const total = batch.weights.reduce((sum, weight) => sum + weight, 0);
      const feeds = feedsOf(batch, run, shape, total);
      return feeds["rows"]!.size === 0 ? undefined : feeds;
    },
  };
};
