import { describe, expect, it } from "vitest";
import {
  costPerSuccess,
  effectiveCount,
  mcnemarExact,
  pairedBootstrap,
  quantile,
  shareOf,
  tInterval,
  wilson,
} from "../../../src/evaluation/statistics.ts";
import { Random } from "../../../src/core/random.ts";

describe("wilson", () => {
  // Newcombe (1998), Statistics in Medicine 17, table I, method 3.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])("gives Newcombe's interval for %i of %i", (successes, count, low, high) => {
    const [from, to] = wilson(successes, count);
    expect(from).toBeCloseTo(low, 4);
    expect(to).toBeCloseTo(high, 4);
  });

  it("never leaves 0 to 1, and knows nothing without attempts", () => {
    expect(wilson(50, 50)[1]).toBe(1);
    expect(wilson(0, 50)[0]).toBe(0);
    expect(wilson(0, 0)).toEqual([0, 1]);
  });
});

describe("effectiveCount", () => {
  const cluster = (attempts: number, successes: number) => ({ attempts, successes });

  it("is of all attempts where those of an episode have nothing to do with each other", () => {
    const random = new Random(3);
    const clusters = Array.from({ length: 4000 }, () => {
      const attempts = 1 + random.index(4);
      return cluster(
        attempts,
        Array.from({ length: attempts }, () => random.uniform()).filter((u) => u < 0.8).length,
      );
    });
    const attempts = clusters.reduce((sum, one) => sum + one.attempts, 0);
    expect(effectiveCount(clusters)).toBeGreaterThan(0.94 * attempts);
    expect(effectiveCount(clusters)).toBeLessThanOrEqual(attempts);
  });

  it("is of all attempts where there is one in each episode", () => {
    expect(effectiveCount([cluster(1, 1), cluster(1, 0), cluster(1, 1)])).toBeCloseTo(3, 9);
  });

  it("is of episodes where all of an episode goes one way", () => {
    const clusters = Array.from({ length: 50 }, (_, i) => cluster(3, i % 5 === 0 ? 0 : 3));
    expect(effectiveCount(clusters)).toBeCloseTo(50, 9);
  });

  it("is of episodes where nothing tells how alike their attempts are, and never of those without any", () => {
    expect(effectiveCount([cluster(3, 3), cluster(2, 2), cluster(0, 0)])).toBe(2);
    expect(effectiveCount([cluster(3, 0)])).toBe(1);
    expect(effectiveCount([cluster(3, 1)])).toBe(1);
    expect(effectiveCount([])).toBe(0);
  });

  it("holds the true share as often as its interval promises, of episodes that are easy or hard", () => {
    const random = new Random(4);
    let held = 0;
    for (let run = 0; run < 400; run++) {
      const clusters = Array.from({ length: 60 }, () => {
        const chance = random.uniform() < 0.3 ? 0.2 : 0.9; // 0.69 in all
        return cluster(
          4,
          Array.from({ length: 4 }, () => random.uniform()).filter((u) => u < chance).length,
        );
      });
      const successes = clusters.reduce((sum, one) => sum + one.successes, 0);
      const [low, high] = shareOf(successes, 240, effectiveCount(clusters)).wilson95;
      if (low <= 0.69 && 0.69 <= high) held++;
    }
    expect(held / 400).toBeGreaterThan(0.92);
    expect(held / 400).toBeLessThan(0.98);
  });
});

describe("mcnemarExact", () => {
  it("sums the binomial tail on both sides", () => {
    expect(mcnemarExact(1, 9)).toBeCloseTo((2 * (1 + 10)) / 2 ** 10, 12);
    expect(mcnemarExact(5, 0)).toBeCloseTo(2 / 2 ** 5, 12);
    expect(mcnemarExact(9, 1)).toBe(mcnemarExact(1, 9));
  });

  it("sees no difference where both sides won as often, or nobody did", () => {
    expect(mcnemarExact(4, 4)).toBe(1);
    expect(mcnemarExact(0, 0)).toBe(1);
  });

  it("keeps its precision for thousands of pairs", () => {
    // Of 2000 fair throws 1060 or more on one side: z = 2.66 with the continuity correction.
    expect(mcnemarExact(940, 1060)).toBeCloseTo(0.0078, 4);
  });
});

describe("quantile", () => {
  it("joins the ordered values by straight lines", () => {
    expect(quantile([4, 1, 3, 2], 0.4)).toBeCloseTo(2.2, 12);
    expect(quantile([4, 1, 3, 2], 0)).toBe(1);
    expect(quantile([4, 1, 3, 2], 1)).toBe(4);
    expect(quantile([], 0.5)).toBeNaN();
  });
});

describe("pairedBootstrap", () => {
  const random = new Random(1);
  const differences = Array.from({ length: 400 }, () => 3 + random.normal(2));

  it("comes to the interval of the normal approximation for many pairs", () => {
    const { mean, interval } = pairedBootstrap(differences, 7);
    expect(mean).toBeCloseTo(3, 0);
    expect(interval![0]).toBeCloseTo(mean - 1.96 * 0.1, 1);
    expect(interval![1]).toBeCloseTo(mean + 1.96 * 0.1, 1);
  });

  it("is the same for a seed, and none where pairs are few or all agree: that tells nothing of how they scatter", () => {
    expect(pairedBootstrap(differences, 7)).toEqual(pairedBootstrap(differences, 7));
    expect(pairedBootstrap([2, 2, 2, 2, 2, 2, 2], 7)).toEqual({ mean: 2, interval: null });
    expect(pairedBootstrap([1, 2, 3, 4, 5], 7)).toEqual({ mean: 3, interval: null });
    expect(pairedBootstrap([1, 2, 3, 4, 5, 6], 7).interval).not.toBeNull();
  });
});

describe("tInterval", () => {
  it("is Student's, of two to ten values", () => {
    // Gosset (1908), Biometrika 6, the first set: hours of sleep gained; mean 0.75, deviation 1.789.
    const gained = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
    const [low, high] = tInterval(gained)!;
    expect(low).toBeCloseTo(-0.53, 2);
    expect(high).toBeCloseTo(2.03, 2);
    expect(tInterval([1])).toBeNull();
    expect(tInterval([...gained, 1])).toBeNull();
  });
});

describe("costPerSuccess", () => {
  const episodes = (count: number, every: number) =>
    Array.from({ length: count }, (_, i) => ({ cost: 100, successes: i % every === 0 ? 1 : 0 }));

  it("lets successes pay for every episode, and knows no cost without one", () => {
    expect(costPerSuccess(episodes(200, 2))?.value).toBe(200);
    expect(costPerSuccess(episodes(3, 1))?.value).toBe(100);
    expect(costPerSuccess([{ cost: 100, successes: 0 }])).toBeNull();
    expect(costPerSuccess([])).toBeNull();
  });

  it("comes to what the spread of the successes makes of it", () => {
    // 100 of 200 succeed: 0.5 +- 1.96 sqrt(0.25 / 200), by which the cost of 100 is divided.
    const [low, high] = costPerSuccess(episodes(200, 2))!.interval!;
    expect(low).toBeCloseTo(100 / 0.5693, -1);
    expect(high).toBeCloseTo(100 / 0.4307, -1);
  });

  it("has no upper bound where a sample may be without any success, and no interval of a few episodes, nor of such as are all alike", () => {
    expect(costPerSuccess(episodes(6, 6))!.interval![1]).toBeNull();
    expect(costPerSuccess(episodes(5, 5))!.interval).toBeNull();
    expect(costPerSuccess(episodes(30, 1))!.interval).toBeNull();
  });
});
