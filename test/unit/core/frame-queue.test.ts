import { expect, it } from "vitest";
import { FrameQueue } from "../../../src/core/frame-queue.ts";

const frame = (timeNs: number) => ({ sensor: "eye", timeNs, ids: Int32Array.of(1) });

it("frames wait in their order until they are asked for, once", () => {
  const queue = new FrameQueue();
  for (const timeNs of [1, 2, 3]) expect(queue.push(frame(timeNs))).toBe(0);
  expect(queue.take().map(({ timeNs }) => timeNs)).toEqual([1, 2, 3]);
  expect(queue.take()).toEqual([]);
});

it("whoever never asks gets the newest: so many, and none that is older than half a minute", () => {
  const queue = new FrameQueue();
  let gone = 0;
  for (let i = 0; i < 10_000; i++) gone += queue.push(frame(i * 1e6));
  const many = queue.take();
  expect(many).toHaveLength(4096);
  expect(many.at(-1)!.timeNs).toBe(9999e6);
  expect(gone).toBe(10_000 - 4096);
  for (let s = 0; s < 100; s++) gone += queue.push(frame(s * 1e9));
  expect(queue.take().map(({ timeNs }) => timeNs / 1e9)).toEqual(
    Array.from({ length: 31 }, (_, i) => 69 + i),
  );
});
