import { describe, expect, it } from "vitest";
import { Random } from "../../../src/core/random.ts";

const draw = (random: Random, count: number): number[] =>
  Array.from({ length: count }, () => random.uniform());

describe("random", () => {
  it("repeats for a seed and a stream, and differs for any other", () => {
    expect(draw(new Random(7, "a"), 20)).toEqual(draw(new Random(7, "a"), 20));
    expect(draw(new Random(7, "a"), 20)).not.toEqual(draw(new Random(7, "b"), 20));
    expect(draw(new Random(7, "a"), 20)).not.toEqual(draw(new Random(8, "a"), 20));
  });

  it("fills its range evenly", () => {
    const random = new Random(1);
    const bins = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 20_000; i++) bins[random.index(10)]!++;
    const chiSquare = bins.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0);
    expect(chiSquare).toBeLessThan(27.9); // 0.1 % of even sources exceed this at 9 degrees of freedom
  });

  it("draws normal values of the deviation asked for", () => {
    const random = new Random(2);
    const values = Array.from({ length: 20_000 }, () => random.normal(3));
    const mean = values.reduce((a, b) => a + b) / values.length;
    const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(Math.abs(deviation - 3)).toBeLessThan(0.1);
  });
});
