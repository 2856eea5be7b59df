import { expect, test } from "vitest";
import { median } from "../../../src/cli/bench/table.ts";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

test("the interval of a median: of 6 values the outer ones, of fewer none", () => {
  expect(median(upTo(5)).interval).toBeNull();
  expect(median(upTo(6))).toEqual({ value: 3.5, interval: [1, 6] });
  expect(median(upTo(100))).toEqual({ value: 50.5, interval: [40, 61] }); // by the tables
});

test("of more values than a power of two holds: half of them, give or take", () => {
  const { interval } = median(upTo(4000));
  expect(interval![0]).toBeCloseTo(2000 - 1.96 * Math.sqrt(1000), -1);
  expect(interval![1]).toBeCloseTo(2001 + 1.96 * Math.sqrt(1000), -1);
});
