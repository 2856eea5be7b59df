import { describe, expect, it } from "vitest";
import { Random } from "../../../src/core/random.ts";
import { Windows } from "../../../src/training/windows.ts";

const LENGTH = 64;

/** How often each place of each stream is in a window of so many. */
const timesLearned = (sizes: readonly number[], draws: number, often = 1): readonly number[][] => {
  const streams = sizes.map((size) => ({ weights: new Float32Array(size).fill(1) }));
  const windows = new Windows(
    streams,
    ({ weights }) => ({ size: weights.length, often: weights.length === sizes[0] ? often : 1 }),
    LENGTH,
    "places",
  );
  const counts = sizes.map((size) => Array.from({ length: size }, () => 0));
  const drawn = windows.drawn(new Random(1, "windows"));
  for (let i = 0; i < draws; i++) {
    const { stream, from } = drawn.next().value;
    const seen = counts[streams.indexOf(stream)]!;
    for (let place = from; place < from + LENGTH; place++) seen[place]!++;
  }
  return counts;
};

const mean = (counts: readonly number[]): number =>
  counts.reduce((sum, count) => sum + count, 0) / counts.length;

describe("windows", () => {
  it("learn the ends of a stream as often as its middle, or up to twice", () => {
    const [counts] = timesLearned([640], 40_000);
    const middle = mean(counts!.slice(2 * LENGTH, -2 * LENGTH));
    for (const end of [counts!.slice(0, LENGTH), counts!.slice(-LENGTH)]) {
      expect(Math.min(...end)).toBeGreaterThan(0.9 * middle);
      expect(Math.max(...end)).toBeLessThan(2.1 * middle);
    }
  });

  it("learn streams that say so oftener, place by place", () => {
    const [often, once] = timesLearned([1000, 1200], 100_000, 3);
    expect(mean(often!) / mean(once!)).toBeCloseTo(3, 0);
  });

  it("are whole streams where those are hardly longer", () => {
    const [counts] = timesLearned([LENGTH + 1], 1000);
    expect(Math.min(...counts!)).toBeGreaterThan(400);
  });

  it("read all there is, long streams and short ones, before anything is read again", () => {
    const sizes = [4000, 700, LENGTH + 1];
    const windows = sizes.reduce((sum, size) => sum + (size + LENGTH - 1) / LENGTH, 0);
    const passes = 20;
    for (const counts of timesLearned(sizes, Math.round(passes * windows))) {
      expect(Math.min(...counts)).toBeGreaterThan(passes - 2);
      expect(Math.max(...counts)).toBeLessThan(2 * (passes + 2));
    }
  });

  it("of which nothing is to be learned are left out", () => {
    const weights = new Float32Array(1000);
    weights[500] = 1;
    const windows = new Windows(
      [{ weights }],
      ({ weights: { length } }) => ({ size: length }),
      LENGTH,
      "places",
    );
    const drawn = windows.drawn(new Random(2, "windows"));
    const froms = Array.from({ length: 200 }, () => drawn.next().value.from);
    expect(Math.min(...froms)).toBeGreaterThan(500 - LENGTH);
    expect(Math.max(...froms)).toBeLessThanOrEqual(500);
    expect(new Set(froms).size).toBeGreaterThan(LENGTH / 2);
  });
});
