import { describe, expect, it } from "vitest";
import { Random } from "../../../src/core/random.ts";
import { fit, type FitProgress } from "../../../src/training/fit.ts";
import type { TokenStream } from "../../../src/training/token-stream.ts";

/** A stream in which 7 is always answered by 8 and everything else by 9. */
const dialogue = (seed: number): TokenStream => {
  const random = new Random(seed);
  const ids: number[] = [];
  const weights: number[] = [];
  for (let i = 0; i < 400; i++) {
    const asked = 3 + random.index(5);
    ids.push(asked, asked === 7 ? 8 : 9);
    weights.push(0, 1);
  }
  return { ids: Int32Array.from(ids), weights: Float32Array.from(weights) };
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
});
