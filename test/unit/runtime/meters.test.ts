import { expect, it } from "vitest";
import { monotonicNs } from "../../../src/core/clock.ts";
import { createMeters } from "../../../src/runtime/meters.ts";

const busy = (ms: number): void => {
  const untilNs = monotonicNs() + ms * 1e6;
  while (monotonicNs() < untilNs);
};

it("a stage is not charged for what is recorded within it", () => {
  const { tokenise, record } = createMeters();
  tokenise.time(() => {
    busy(1);
    record.time(() => busy(20));
    record.time(() => busy(20));
  }, record);
  record.time(() => busy(5)); // and that is nobody's
  expect(record.totalMs).toBeGreaterThanOrEqual(45);
  expect(tokenise.totalMs).toBeGreaterThanOrEqual(1);
  expect(tokenise.totalMs).toBeLessThan(record.totalMs / 2);
});
