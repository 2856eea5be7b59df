// A small trainer and batches for it: copying what came a period ago.
import { onTestFinished } from "vitest";
import { Random } from "../../../src/core/random.ts";
import type { Batch } from "../../../src/training/batch.ts";
import { tokenLearner } from "../../../src/training/token-learner.ts";
import type { TokenModelConfig } from "../../../src/training/token-model.ts";
import { Trainer, type TrainerOptions } from "../../../src/training/trainer.ts";

export interface TokenTraining extends TrainerOptions {
  readonly model: TokenModelConfig;
}

export const options: TokenTraining = {
  model: {
    vocabulary: 24,
    width: 32,
    layers: 2,
    heads: 4,
    keyValueHeads: 2,
    feedForward: 48,
    context: 64,
  },
  batch: 4,
  length: 16,
  seed: 5,
  learningRate: 5e-3,
  warmupSteps: 3,
  totalSteps: 40,
  weightDecay: 0.1,
  clipNorm: 1,
  optimiser: "muon",
  threads: 1,
};

export const openTrainer = async (
  changes: Partial<TokenTraining> = {},
): Promise<Trainer<Batch>> => {
  const { model, ...rest } = { ...options, ...changes };
  const trainer = await Trainer.create(tokenLearner(model), rest);
  onTestFinished(() => trainer.close());
  return trainer;
};

/**
 * Rows that say a word of distinct letters again and again, of a length from `periods` that differs
 * from row to row: only who finds what followed a letter last time can go on. Only that is learned.
 */
export const copyBatch = (
  rows: number,
  length: number,
  vocabulary: number,
  periods: readonly [number, number],
  seed: number,
): Batch => {
  const random = new Random(seed, "copy");
  const ids = new Int32Array(rows * length);
  const targets = new Int32Array(rows * length);
  const weights = new Float32Array(rows * length);
  for (let row = 0; row < rows; row++) {
    const period = periods[0] + random.index(periods[1] - periods[0] + 1);
    const letters = [...Array(vocabulary).keys()];
    const word = letters.map(() => letters.splice(random.index(letters.length), 1)[0]!);
    for (let t = 0; t < length; t++) {
      ids[row * length + t] = word[t % period]!;
      targets[row * length + t] = word[(t + 1) % period]!;
      weights[row * length + t] = Number(t >= period);
    }
  }
  return { ids, targets, weights };
};

export const batchOf = (seed: number, rows = options.batch): Batch =>
  copyBatch(rows, options.length, options.model.vocabulary, [5, 5], seed);

/** Trains on the batches of seeds from .. to-1. */
export const train = async (trainer: Trainer<Batch>, from: number, to: number): Promise<void> => {
  for (let seed = from; seed < to; seed++) await trainer.step(batchOf(seed));
};

/** Every parameter's bits, joined. */
export const bitsOf = (trainer: Trainer<Batch>): Buffer =>
  Buffer.concat(
    Array.from(trainer.parameters().values(), ({ data }) =>
      Buffer.from(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength)),
    ),
  );
