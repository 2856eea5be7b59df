import { describe, expect, it } from "vitest";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { buildVocabulary, rangeNamed } from "../../../src/tokens/vocabulary.ts";
import { relateTokens } from "../../../src/training/kindred-embedding.ts";

const vocabulary = buildVocabulary(loadRobot("duo"));
const WIDTH = 64;
const related = (seed = 1): Float32Array => {
  const embedding = new Float32Array(vocabulary.size * WIDTH).fill(7);
  relateTokens(embedding, vocabulary, seed);
  return embedding;
};
const rows = related();
const distance = (a: number, b: number): number => {
  let sum = 0;
  for (let i = 0; i < WIDTH; i++) sum += (rows[a * WIDTH + i]! - rows[b * WIDTH + i]!) ** 2;
  return Math.sqrt(sum);
};

describe("a kindred embedding", () => {
  it("puts near temperatures near and far ones far", () => {
    const { start } = rangeNamed(vocabulary, "heat");
    expect(distance(start + 20, start + 21)).toBeLessThan(0.8 * distance(start + 20, start + 50));
  });

  it("puts codes that differ in one digit nearer than codes that differ in all", () => {
    const { start } = rangeNamed(vocabulary, "voice");
    const code = (a: number, b: number, c: number, d: number): number =>
      start + a + 8 * (b + 5 * (c + 5 * d));
    expect(distance(code(3, 2, 2, 2), code(4, 2, 2, 2))).toBeLessThan(
      0.7 * distance(code(3, 2, 2, 2), code(0, 0, 4, 4)),
    );
  });

  it("gives every quantity a row of one size, and leaves names as they were", () => {
    const act = rangeNamed(vocabulary, "act");
    expect(rows[act.start * WIDTH]).toBe(7);
    for (const name of ["voice", "prosody", "image", "heat", "motion"]) {
      const { start, size } = rangeNamed(vocabulary, name);
      for (const id of [start, start + (size >> 1), start + size - 1]) {
        const row = rows.subarray(id * WIDTH, (id + 1) * WIDTH);
        const deviation = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0) / WIDTH);
        expect(deviation).toBeCloseTo(0.1, 5);
      }
    }
  });

  it("is the same for a seed and another for another", () => {
    expect(related(1)).toEqual(rows);
    expect(related(2)).not.toEqual(rows);
  });
});
