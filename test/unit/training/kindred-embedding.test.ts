import { describe, expect, it } from "vitest";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { Chords } from "../../../src/tokens/chords.ts";
import { buildVocabulary, rangeNamed } from "../../../src/tokens/vocabulary.ts";
import { relateNotes } from "../../../src/training/kindred-embedding.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const chords = new Chords(robot, vocabulary);
const WIDTH = 64;
const related = (seed = 1): Float32Array => {
  const embedding = new Float32Array(chords.notes * WIDTH).fill(7);
  relateNotes(embedding, chords.dials, WIDTH, seed);
  return embedding;
};
const rows = related();

/** What a model is told of a frame: the sum of its notes' rows. */
const told = (...ids: number[]): Float32Array => {
  const sum = new Float32Array(WIDTH);
  chords.frame(Int32Array.from(ids), (chord) => {
    for (const note of chord) for (let i = 0; i < WIDTH; i++) sum[i]! += rows[note * WIDTH + i]!;
  });
  return sum;
};
const distance = (a: Float32Array, b: Float32Array): number =>
  Math.hypot(...a.map((x, i) => x - b[i]!));
const markerOf = (sensor: string): number =>
  rangeNamed(vocabulary, "marker").start + robot.sensors.findIndex(({ name }) => name === sensor);

describe("a kindred embedding", () => {
  it("puts near temperatures near and far ones far", () => {
    const { start, parameters } = rangeNamed(vocabulary, "heat");
    const marker = markerOf((parameters["sensors"] as string[])[0]!);
    const heat = (level: number): Float32Array => told(marker, start + level);
    expect(distance(heat(20), heat(21))).toBeGreaterThan(0);
    expect(distance(heat(20), heat(21))).toBeLessThan(0.8 * distance(heat(20), heat(50)));
  });

  it("puts codes that differ in one digit nearer than codes that differ in all", () => {
    const { start, parameters } = rangeNamed(vocabulary, "voice");
    const marker = markerOf((parameters["sensors"] as string[])[0]!);
    const code = (a: number, b: number, c: number, d: number): Float32Array =>
      told(marker, start + a + 8 * (b + 8 * (c + 8 * d)));
    expect(distance(code(3, 2, 2, 2), code(4, 2, 2, 2))).toBeGreaterThan(0);
    expect(distance(code(3, 2, 2, 2), code(4, 2, 2, 2))).toBeLessThan(
      0.7 * distance(code(3, 2, 2, 2), code(0, 0, 7, 7)),
    );
  });

  it("gives every quantity a row of one size, and leaves names as they were", () => {
    for (const { start, levels, isNamed } of chords.dials)
      for (const note of [start, start + (levels >> 1), start + levels - 1]) {
        const row = rows.subarray(note * WIDTH, (note + 1) * WIDTH);
        const deviation = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0) / WIDTH);
        expect(deviation).toBeCloseTo(isNamed ? 7 : 0.1, 5);
      }
    const named = chords.dials.filter(({ isNamed }) => isNamed).map(({ levels }) => levels);
    for (const name of ["special", "marker", "act", "pace"])
      expect(named).toContain(rangeNamed(vocabulary, name).size);
    expect(named.length).toBeLessThan(chords.dials.length);
  });

  it("is the same for a seed and another for another", () => {
    expect(related(1)).toEqual(rows);
    expect(related(2)).not.toEqual(rows);
  });
});
