// Real numbers of a range, for property tests.
import fc from "fast-check";

const STEPS = 2 ** 32 - 1;

/**
 * Numbers from `min` to `max`: three in four anywhere between, evenly; one in four as `fc.double` has them. Those alone
 * test little of a range: `fc.double` draws a number by its bits, and nine in ten of them are within 0.001 of 0.
 */
export const real = (min: number, max: number): fc.Arbitrary<number> =>
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc
        .nat({ max: STEPS })
        .map((step) => Math.min(max, min + (step / STEPS) * (max - min))),
    },
    { weight: 1, arbitrary: fc.double({ min, max, noNaN: true }) },
  );
