// Five steps against PyTorch's, recorded by test/golden/gpt-pytorch.py: the model, the schedule, the
// loss, every gradient (by their norm), clipping and AdamW must all agree for the losses to.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { openTrainer, type TokenTraining } from "./training-fixture.ts";

interface Golden extends Omit<TokenTraining, "seed"> {
  readonly steps: readonly { loss: number; gradientNorm: number; learningRate: number }[];
  readonly parameters: Readonly<Record<string, { sum: number; first: number; last: number }>>;
}

const TOLERANCE = 1e-4;

it("five steps give PyTorch's losses, gradient norms and parameters", async () => {
  const file = new URL("../../golden/gpt-pytorch.json", import.meta.url);
  const golden = JSON.parse(readFileSync(file, "utf8")) as Golden;
  const { batch, length, model, learningRate, warmupSteps, totalSteps, weightDecay, clipNorm } =
    golden;
  const schedule = { learningRate, warmupSteps, totalSteps };
  const optimiser = "adamw";
  const sizes = { batch, length, model };
  const trainer = await openTrainer({ ...sizes, weightDecay, clipNorm, optimiser, ...schedule });

  const parameters = [...trainer.parameters()];
  expect(parameters.map(([name]) => name)).toEqual(Object.keys(golden.parameters));
  for (const [p, [, { dims, data }]] of parameters.entries()) {
    const [scale, middle] = dims.length === 1 ? [0.1, 1] : [0.3, 0];
    for (let i = 0; i < data.length; i++)
      data[i] = middle + scale * Math.sin(1 + 0.7 * p + 1.3 * i + 0.001 * i * i);
  }
  for (const [index, expected] of golden.steps.entries()) {
    const step = index + 1;
    const places = Int32Array.from({ length: batch * length }, (_, i) => i);
    const found = await trainer.step({
      ids: places.map((i) => (i * i * 3 + i * 7 + step * 5) % model.vocabulary),
      targets: places.map((i) => (i * 5 + step * 11 + 2) % model.vocabulary),
      weights: Float32Array.from(places, (i) => (i + step) % 3),
    });
    expect(Math.abs(found.loss - expected.loss)).toBeLessThan(TOLERANCE);
    expect(Math.abs(found.gradientNorm / expected.gradientNorm - 1)).toBeLessThan(TOLERANCE);
    expect(found.learningRate).toBeCloseTo(expected.learningRate, 9);
  }
  for (const [name, { data }] of parameters) {
    const { sum, first, last } = golden.parameters[name]!;
    const total = data.reduce((a, b) => a + b, 0);
    expect(Math.abs(total - sum) / Math.sqrt(data.length)).toBeLessThan(TOLERANCE);
    expect(Math.abs(data[0]! - first)).toBeLessThan(TOLERANCE);
    expect(Math.abs(data.at(-1)! - last)).toBeLessThan(TOLERANCE);
  }
});
