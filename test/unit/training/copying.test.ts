// From random weights to a decode file: a task that needs attention (say again what was said a
// period ago, at a period that changes from row to row), learned, exported and decoded.
import { expect, it } from "vitest";
import { Random } from "../../../src/core/random.ts";
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
  heads: 4,
  keyValueHeads: 2,
  feedForward: 128,
  context: LENGTH,
};

const rowsOf = (seed: number, rows: number): Batch => {
  const random = new Random(seed, "periods");
  const parts = Array.from({ length: rows }, (_, row) =>
    copyBatch(1, LENGTH, VOCABULARY, 4 + random.index(13), seed * ROWS + row),
  );
  return {
    ids: Int32Array.from(parts.flatMap((part) => [...part.ids])),
    targets: Int32Array.from(parts.flatMap((part) => [...part.targets])),
    weights: Float32Array.from(parts.flatMap((part) => [...part.weights])),
  };
};

it("learns to copy, and its decode file says the same with the same certainty", async () => {
  const trainer = await openTrainer({
    model,
    batch: ROWS,
    length: LENGTH,
    learningRate: 4e-3,
    warmupSteps: 50,
    totalSteps: 900,
    weightDecay: 0.05,
    threads: 2,
  });
  const started = performance.now();
  let steps = 0;
  let loss = Infinity;
  while (loss > 0.04 && steps < 1500) ({ loss } = await trainer.step(rowsOf(++steps, ROWS)));
  const seconds = (performance.now() - started) / 1000;
  if (process.env["VERBOSE"])
    process.stderr.write(`${steps} steps, ${seconds.toFixed(1)} s, loss ${loss}\n`);
  const unseen = rowsOf(1e6, ROWS);
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
  expect(nats / weight).toBeCloseTo(judged.loss, 4);
}, 60_000);
