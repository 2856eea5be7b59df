import { describe, expect, it } from "vitest";
import { Random } from "../../../src/core/random.ts";
import { Windows } from "../../../src/training/windows.ts";

const LENGTH = 64;

/** How often each place of each stream is in a window of so many; one stream may have a share of them. */
const timesLearned = (
  sizes: readonly number[],
  draws: number,
  shared?: { readonly index: number; readonly share: number },
): readonly number[][] => {
  const streams = sizes.map((size) => ({ weights: new Float32Array(size).fill(1) }));
  const stretchOf = (stream: (typeof streams)[number]) => ({
    size: stream.weights.length,
    ...(stream === streams[shared?.index ?? -1] && { share: shared!.share }),
  });
  const windows = new Windows(streams, stretchOf, LENGTH, "places");
  const counts = sizes.map((size) => Array.from({ length: size }, () => 0));
  const drawn = windows.drawn(new Random(1, "windows"));
  for (let i = 0; i < draws; i++) {
    const { stream, from } = drawn.next().value;
    const seen = counts[streams.indexOf(stream)]!;
    for (let place = from; place < from + LENGTH; place++) seen[place]!++;
  }
  return counts;
};

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
const mean = (counts: readonly number[]): number => sum(counts) / counts.length;

describe("windows", () => {
  it("learn the ends of a stream as often as its middle, or up to twice", () => {
    const [counts] = timesLearned([640], 40_000);
    const middle = mean(counts!.slice(2 * LENGTH, -2 * LENGTH));
    for (const end of [counts!.slice(0, LENGTH), counts!.slice(-LENGTH)]) {
      expect(Math.min(...end)).toBeGreaterThan(0.9 * middle);
      expect(Math.max(...end)).toBeLessThan(2.1 * middle);
    }
  });

  it.each([
    ["one longer than all others together", [...Array(20).fill(150), 20_000], 20],
    ["one shorter than each of the others", [...Array(5).fill(3000), 200], 5],
  ])("are as many of a stream as its share, of %s", (_, sizes, index) => {
    for (const share of [0.2, 0.5, 0.9]) {
      const learned = timesLearned(sizes, 20_000, { index, share }).map(sum);
      expect(learned[index]! / sum(learned)).toBeGreaterThan(share - 0.02);
      expect(learned[index]! / sum(learned)).toBeLessThan(share + 0.02);
    }
  });

  it("are as many of a stream as its share, where most windows beside it teach nothing", () => {
    for (const sinks of [0, 4]) {
      const corrected = { weights: new Float32Array(20_000) };
      corrected.weights.fill(1, 3000, 3300);
      const heard = { weights: new Float32Array(4000).fill(1) };
      const windows = new Windows(
        [corrected, heard],
        (stream) => ({
          size: stream.weights.length,
          ...(stream === heard && { share: 0.5 }),
        }),
        LENGTH,
        "places",
        sinks,
      );
      const drawn = windows.drawn(new Random(1, "windows"));
      const draws = Array.from({ length: 20_000 }, () => drawn.next().value.stream);
      const share = draws.filter((stream) => stream === heard).length / draws.length;
      expect(share).toBeGreaterThan(0.48);
      expect(share).toBeLessThan(0.52);
    }
  });

  it("are all of a stream that has a share, and no others beside it", () => {
    const [counts] = timesLearned([200], 1000, { index: 0, share: 0.5 });
    expect(Math.min(...counts!)).toBeGreaterThan(0);
  });

  it("are whole streams where those are no longer", () => {
    expect(new Set(timesLearned([LENGTH], 1000)[0])).toEqual(new Set([1000]));
    const [counts] = timesLearned([LENGTH + 1], 1000);
    expect(Math.min(...counts!)).toBeGreaterThan(400);
  });

  it("read all there is, long streams and short ones, before anything is read again", () => {
    const sizes = [4000, 700, LENGTH + 1];
    const windows = sum(sizes.map((size) => (size + LENGTH - 1) / LENGTH));
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
