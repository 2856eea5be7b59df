// From random weights to a decode file: a task that needs attention (find what followed the last
// time, and say it again), learned, exported and decoded.
import { expect, it } from "vitest";
import type { Batch } from "../../../src/training/batch.ts";
import { Stream } from "./fixture.ts";
import { copyBatch, openTrainer } from "./training-fixture.ts";

const LENGTH = 48;
const ROWS = 16;
const VOCABULARY = 32;
const model = {
  vocabulary: VOCABULARY,
  width: 64,
  layers: 2,
  heads: 2,
  keyValueHeads: 1,
  feedForward: 128,
  context: LENGTH,
};

const rowsOf = (seed: number): Batch => copyBatch(ROWS, LENGTH, VOCABULARY, [4, 12], seed);

it("learns to copy, and its decode file says the same with the same certainty", async () => {
  const trainer = await openTrainer({
    model,
    batch: ROWS,
    length: LENGTH,
    learningRate: 2e-3,
    warmupSteps: 50,
    totalSteps: 1500,
    weightDecay: 0.05,
  });
  const before = process.cpuUsage();
  for (let seed = 0; seed < 600; seed++) await trainer.step(rowsOf(seed));
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6).toBeLessThan(20); // seconds of CPU
  const unseen = rowsOf(1e6);
  const judged = await trainer.evaluate(unseen);
  expect(judged.loss).toBeLessThan(0.05);
  expect(judged.correct / judged.counted).toBeGreaterThan(0.98);

  const stream = await Stream.open(model, trainer.parameters());
  let [nats, weight] = [0, 0];
  for (let row = 0; row < ROWS; row++) {
    stream.moveTo(0);
    const at = row * LENGTH;
    const logits = await stream.readInBlocks(unseen.ids.subarray(at, at + LENGTH), [1]);
    for (const [i, scores] of logits.entries()) {
      const w = unseen.weights[at + i]!;
      const all = Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0));
      nats += w * (all - scores[unseen.targets[at + i]!]!);
      weight += w;
    }
  }
  expect(nats / weight).toBeCloseTo(judged.loss, 5);
}, 60_000);
