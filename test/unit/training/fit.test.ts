import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Random } from "../../../src/core/random.ts";
import { fit, type FitProgress } from "../../../src/training/fit.ts";
import type { TokenStream } from "../../../src/training/token-stream.ts";

/** A stream in which 7 is always answered by one and everything else by another. */
const dialogue = (seed: number, [ofSeven, ofOthers] = [8, 9]): TokenStream => {
  const random = new Random(seed);
  const ids: number[] = [];
  const targets: number[] = [];
  const weights: number[] = [];
  for (let i = 0; i < 400; i++) {
    const asked = 3 + random.index(5);
    const answer = asked === 7 ? ofSeven : ofOthers;
    ids.push(asked, answer);
    targets.push(answer, 0);
    weights.push(1, 0);
  }
  return {
    notes: Int32Array.from(ids),
    starts: Int32Array.from({ length: ids.length + 1 }, (_, i) => i),
    tokens: ids.length,
    targets: Int32Array.from(targets),
    weights: Float32Array.from(weights),
  };
};

const options = {
  model: { vocabulary: 12, width: 32, layers: 1, heads: 2, feedForward: 48, context: 32 },
  train: [dialogue(1), dialogue(2)],
  heldOut: [dialogue(3)],
  rows: 4,
  length: 32,
  steps: 200,
  learningRate: 3e-3,
  seed: 1,
  patience: 5,
};

describe("fitting", () => {
  it("learns what can be learned, tells how it goes, and keeps the best", async () => {
    const told: FitProgress[] = [];
    const result = await fit({ ...options, onProgress: (progress) => told.push(progress) });
    expect(result.accuracy).toBe(1);
    expect(result.loss.heldOut).toBeLessThan(0.05);
    expect(told.map(({ step }) => step)).toEqual([100, 200]);
    expect(result.curve).toHaveLength(2);
    expect(result.parameters.get("embedding")!.dims).toEqual([12, 32]);
  });

  it("gives the same weights for the same seed", async () => {
    const once = await fit({ ...options, steps: 20 });
    const again = await fit({ ...options, steps: 20 });
    const other = await fit({ ...options, steps: 20, seed: 2 });
    const weights = (result: typeof once) => result.parameters.get("layer.0.attention.in")!.data;
    expect(weights(again)).toEqual(weights(once));
    expect(weights(other)).not.toEqual(weights(once));
  });

  it("goes on from a checkpoint to the weights it would have had, and keeps the best of both", async () => {
    const checkpoint = mkdtempSync(join(tmpdir(), "efference-run-"));
    const whole = await fit({ ...options, learningRate: 3e-4 });
    const abort = new AbortController();
    const half = { ...options, learningRate: 3e-4, checkpoint };
    const broken = await fit({ ...half, signal: abort.signal, onProgress: () => abort.abort() });
    expect(broken.steps).toBe(100);
    const resumed = await fit(half);
    expect(resumed.steps).toBe(200);
    expect(resumed.curve).toEqual(whole.curve);
    expect(resumed.parameters).toEqual(whole.parameters);
    await expect(fit({ ...half, seed: 2 })).rejects.toThrow(
      /was begun with seed 1, found 2; give it the same options/,
    );
    await expect(fit({ ...half, train: [dialogue(1)] })).rejects.toThrow(
      /learned from other lessons.*another --checkpoint/,
    );
    rmSync(checkpoint, { recursive: true });
  });

  it("goes on from a checkpoint with the lessons that it was begun with only", async () => {
    const checkpoint = mkdtempSync(join(tmpdir(), "efference-run-"));
    const run = { ...options, steps: 100, checkpoint };
    const whole = await fit(run);
    expect(await fit(run)).toMatchObject({ steps: 100, curve: whole.curve }); // it was over
    for (const other of [
      { train: [dialogue(1), dialogue(4)] },
      { heldOut: [dialogue(4)] },
      { start: whole.parameters },
      { model: { ...options.model, feedForward: 64 } },
    ])
      await expect(fit({ ...run, ...other })).rejects.toThrow(
        /learned from other lessons.*another --checkpoint/,
      );
    rmSync(checkpoint, { recursive: true });
  });

  it("goes on from the parameters that it is given", async () => {
    const { parameters } = await fit(options);
    const more = await fit({ ...options, start: parameters, steps: 1, learningRate: 1e-9 });
    expect(more.accuracy).toBe(1);
  });

  it("keeps what the last step left, where that is asked for, though others did better", async () => {
    const contrary = { ...options, heldOut: [dialogue(3, [9, 8])] };
    const [best, last] = [await fit(contrary), await fit({ ...contrary, keepsLast: true })];
    const [early, late] = last.curve.map(({ heldOut }) => heldOut);
    expect(late).toBeGreaterThan(early!);
    expect([best.loss.heldOut, last.loss.heldOut]).toEqual([early, late]);
    expect(last.parameters).not.toEqual(best.parameters);
  });

  it("ends early, with the best so far, when it is told to", async () => {
    const abort = new AbortController();
    const result = await fit({
      ...options,
      steps: 100_000,
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    expect(result.steps).toBe(100);
    expect(result.accuracy).toBeGreaterThan(0.9);
  });

  it("that is broken off between two looks is looked at, and goes on to the same weights", async () => {
    const checkpoint = mkdtempSync(join(tmpdir(), "efference-run-"));
    const run = { ...options, learningRate: 3e-4 };
    const whole = await fit(run);
    let looks = 0;
    const signal = {
      get aborted() {
        return looks++ > 100;
      },
    } as AbortSignal; // some fifty steps, two looks each
    const broken = await fit({ ...run, checkpoint, signal });
    expect(broken.steps).toBeGreaterThan(0);
    expect(broken.steps).toBeLessThan(100);
    expect(broken.curve.at(-1)!.step).toBe(broken.steps);
    expect(broken.loss.train).toBeGreaterThan(0);
    const resumed = await fit({ ...run, checkpoint });
    expect(resumed.parameters).toEqual(whole.parameters);
    expect(resumed.curve).toEqual(whole.curve);
    rmSync(checkpoint, { recursive: true });
  });

  it("that is ended before its first step has learned nothing, and says so", async () => {
    await expect(fit({ ...options, signal: AbortSignal.abort() })).rejects.toThrow(
      /ended before its first step/,
    );
  });

  it("goes on where a checkpoint can't be written, and says so", async () => {
    const checkpoint = mkdtempSync(join(tmpdir(), "efference-run-"));
    const errors: string[] = [];
    const result = await fit({
      ...options,
      checkpoint,
      onProgress: () => rmSync(checkpoint, { recursive: true, force: true }),
      onUnsaved: ({ message }) => errors.push(message),
    });
    expect(result.steps).toBe(200);
    expect(errors).toHaveLength(2);
    expect(errors[0]).toMatch(/ENOENT/);
  });
});
