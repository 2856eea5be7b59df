import { mkdtemp, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it, onTestFinished } from "vitest";
import { writeCheckpoint } from "../../../src/training/checkpoint.ts";
import { feedsOf } from "../../../src/training/batch.ts";
import { OPTIMISERS, stepScalars } from "../../../src/training/optimiser.ts";
import { learningRateAt } from "../../../src/training/schedule.ts";
import { tokenLearner } from "../../../src/training/token-learner.ts";
import { Trainer } from "../../../src/training/trainer.ts";
import { stepGraph } from "../../../src/training/training-graphs.ts";
import { batchOf, bitsOf, openTrainer, options, train } from "./training-fixture.ts";

const folder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), "trainer-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
};

describe("a trainer", () => {
  it("learns a batch by heart", async () => {
    const trainer = await openTrainer();
    const batch = batchOf(1);
    const before = await trainer.evaluate(batch);
    for (let step = 0; step < 40; step++) await trainer.step(batch);
    const after = await trainer.evaluate(batch);
    expect(before.loss).toBeGreaterThan(Math.log(24) * 0.9); // knows nothing yet
    expect(after.loss).toBeLessThan(0.3);
    expect(after.correct).toBeGreaterThan(0.9 * after.counted);
    expect(after.counted).toBe(4 * 11);
  });

  it("comes to the same bits from the same seed, and to others from another", async () => {
    const [a, b, c] = [await openTrainer(), await openTrainer(), await openTrainer({ seed: 6 })];
    for (const trainer of [a, b, c]) await train(trainer, 0, 5);
    expect(bitsOf(a).equals(bitsOf(b))).toBe(true);
    expect(bitsOf(a).equals(bitsOf(c))).toBe(false);
  });

  it("comes to the same bits on two threads each time", async () => {
    const [a, b] = [await openTrainer({ threads: 2 }), await openTrainer({ threads: 2 })];
    for (const trainer of [a, b]) await train(trainer, 0, 5);
    expect(bitsOf(a).equals(bitsOf(b))).toBe(true);
  });

  it("goes on from a checkpoint to the bits of a trainer that never stopped", async () => {
    const path = join(await folder(), "checkpoint.safetensors");
    const whole = await openTrainer();
    await train(whole, 0, 6);
    const first = await openTrainer();
    await train(first, 0, 3);
    await first.save(path);
    const second = await Trainer.resume(path, tokenLearner);
    onTestFinished(() => second.close());
    expect(second.steps).toBe(3);
    await train(second, 3, 6);
    expect(bitsOf(second).equals(bitsOf(whole))).toBe(true);
  });

  it("makes of four gathered quarters the step of one whole batch", async () => {
    const whole = await openTrainer({ batch: 8 });
    const quarters = await openTrainer({ batch: 2, accumulate: 4 });
    for (let seed = 0; seed < 3; seed++) {
      const a = await whole.step(batchOf(seed, 8));
      const b = await quarters.step(batchOf(seed, 8));
      expect(b.loss).toBeCloseTo(a.loss, 5);
      expect(b.gradientNorm / a.gradientNorm).toBeCloseTo(1, 4);
    }
    const [a, b] = [whole, quarters].map((t) => t.parameters().get("embedding")!.data);
    const worst = a!.reduce((most, value, i) => Math.max(most, Math.abs(value - b![i]!)), 0);
    expect(worst).toBeLessThan(1e-4); // Adam divides by the root of a sum that starts near 0
  });

  it("moves the embedding by a multiple of the rate where it is told to, and nothing else", async () => {
    const [plain, fast] = [
      await openTrainer(),
      await openTrainer({ tableRate: 3, weightDecay: 0 }),
    ];
    const slow = await openTrainer({ weightDecay: 0 });
    const start = (await openTrainer()).parameters();
    for (const trainer of [plain, fast, slow]) await trainer.step(batchOf(1));
    for (const [name, { data }] of slow.parameters()) {
      const other = fast.parameters().get(name)!.data;
      const from = start.get(name)!.data;
      const factor = name === "embedding" ? 3 : 1;
      for (const [i, value] of data.entries())
        expect(other[i]! - from[i]!).toBeCloseTo(factor * (value - from[i]!), 6);
    }
  });

  it("passes over the part of a batch that has nothing to learn", async () => {
    const [half, both] = [await openTrainer(), await openTrainer({ accumulate: 2 })];
    const batch = batchOf(1, 8);
    const idle = { ...batch, weights: batch.weights.map((w, at) => (at < 64 ? w : 0)) };
    const a = await half.step(batchOf(1, 4));
    const b = await both.step(idle);
    expect(b.loss).toBeCloseTo(a.loss, 6);
    expect(b.gradientNorm).toBeCloseTo(a.gradientNorm, 5);
  });

  it("learns nothing from places without weight", async () => {
    const [a, b] = [await openTrainer(), await openTrainer()];
    const batch = batchOf(1);
    const targets = batch.targets.map((id, at) => (batch.weights[at] === 0 ? 23 - id : id));
    await a.step(batch);
    await b.step({ ...batch, targets });
    expect(bitsOf(a).equals(bitsOf(b))).toBe(true);
  });

  it("keeps to the schedule: up in a line, down in a line", async () => {
    const trainer = await openTrainer();
    const rates: number[] = [];
    for (let seed = 0; seed < 4; seed++)
      rates.push((await trainer.step(batchOf(seed))).learningRate / 5e-3);
    expect(rates.slice(0, 3)).toEqual([1 / 3, 2 / 3, 1].map((r) => expect.closeTo(r, 9)));
    const perStep = 1 / (options.totalSteps + 1 - options.warmupSteps);
    expect(rates[3]).toBeCloseTo(1 - perStep, 9);
    const { totalSteps } = options;
    expect(learningRateAt(totalSteps, options) / 5e-3).toBeCloseTo(perStep, 9); // the last one learns, too
    expect([totalSteps + 1, 1000].map((step) => learningRateAt(step, options))).toEqual([0, 0]);
  });

  it("refuses a batch that does not fit, and one with nothing to learn", async () => {
    const trainer = await openTrainer();
    const batch = batchOf(1);
    const short = { ...batch, ids: batch.ids.subarray(1) };
    await expect(trainer.step(short)).rejects.toThrow(
      "batch.ids holds 63 numbers, expected 4 rows of 16",
    );
    const strange = { ...batch, ids: batch.ids.map((id, at) => (at === 7 ? 24 : id)) };
    await expect(trainer.step(strange)).rejects.toThrow("token id 24, expected 0 to 23");
    const idle = { ...batch, weights: new Float32Array(64) };
    await expect(trainer.step(idle)).rejects.toThrow("weights sum to 0");
  });

  it("says so when training diverges", async () => {
    const trainer = await openTrainer();
    trainer.parameters().get("norm")!.data[0] = Number.NaN;
    await expect(trainer.step(batchOf(1))).rejects.toThrow("training diverged in step 1");
  });

  it("refuses a file that is no checkpoint, and says which", async () => {
    const path = join(await folder(), "broken.safetensors");
    await writeFile(path, "not a checkpoint at all");
    await expect(Trainer.resume(path, tokenLearner)).rejects.toThrow(
      `${path} is no whole checkpoint`,
    );
    await expect(Trainer.resume(`${path}.gone`, tokenLearner)).rejects.toThrow("check the path");
    await (await openTrainer()).save(path);
    await truncate(path, (await stat(path)).size - 4);
    await expect(Trainer.resume(path, tokenLearner)).rejects.toThrow(
      `${path} is no whole checkpoint`,
    );
    await writeCheckpoint(path, new Map(), { model: options.model, options, steps: 1 });
    await expect(Trainer.resume(path, tokenLearner)).rejects.toThrow(
      "the checkpoint holds 0 numbers of embedding, expected 768",
    );
  });

  it("refuses a model whose sizes do not go together", async () => {
    const model = { ...options.model, heads: 3 };
    await expect(openTrainer({ model })).rejects.toThrow("heads divides width");
    await expect(openTrainer({ batch: 0 })).rejects.toThrow("batch is 0");
  });
});

describe("a step in place", () => {
  // onnxruntime writes fetched tensors where they are: nothing in its documentation promises that a
  // tensor may be fed and fetched at once, so this holds it against a run that keeps them apart.
  it.each(OPTIMISERS)(
    "gives the bits of a step of %s whose results go to tensors of their own",
    async (optimiser) => {
      const trainer = await openTrainer({ threads: 2, optimiser });
      const bytes = stepGraph(tokenLearner(options.model), { ...options, optimiser });
      const session = await InferenceSession.create(bytes, { intraOpNumThreads: 2 });
      onTestFinished(() => session.release());
      const parameters = trainer.parameters();
      const state = new Map<string, Tensor>(
        session.inputNames.flatMap((name) => {
          const of = parameters.get(name.replace(/^(adam|muon)\.[mv]\./, ""));
          if (of === undefined) return [];
          const data = parameters.has(name) ? of.data.slice() : new Float32Array(of.data.length);
          return [[name, new Tensor("float32", data, of.dims)] as const];
        }),
      );
      for (let step = 1; step <= 4; step++) {
        const batch = batchOf(step);
        const { learningRate } = await trainer.step(batch);
        const scalars = stepScalars(optimiser, step, learningRate, options.weightDecay);
        const rates = Object.entries(scalars).map(
          ([name, value]) => [name, new Tensor("float32", Float32Array.of(value), [])] as const,
        );
        const total = batch.weights.reduce((sum, weight) => sum + weight, 0);
        const feeds = { ...feedsOf(batch, 0, options, total), ...Object.fromEntries(rates) };
        const outputs = await session.run({ ...Object.fromEntries(state), ...feeds });
        for (const name of state.keys()) state.set(name, outputs[`${name}.next`]!);
      }
      for (const [name, { data }] of parameters) expect(state.get(name)!.data).toEqual(data);
    },
  );
});
