import { describe, expect, test } from "vitest";
import { SimulatedClock } from "../../../src/core/clock.ts";
import { BlockCutter } from "../../../src/sensors/block-cutter.ts";

const BLOCK_BYTES = 640; // 20 ms at 16 kHz
const MS = 1e6;

const setUp = () => {
  const clock = new SimulatedClock();
  const cutter = new BlockCutter({ name: "ears", rateHz: 16_000, clock });
  return {
    clock,
    stampsMs: (bytes: number) => cutter.push(Buffer.alloc(bytes)).map((s) => s.timeNs / MS),
  };
};

describe("the block cutter", () => {
  test("stamps the first block by its arrival less its length", () => {
    const { clock, stampsMs } = setUp();
    clock.advanceTo(500 * MS);
    expect(stampsMs(3 * BLOCK_BYTES)).toEqual([440, 460, 480]);
  });

  test("counts samples from then on, so that late bursts don't show in the stamps", () => {
    const { clock, stampsMs } = setUp();
    clock.advanceTo(100 * MS);
    expect(stampsMs(BLOCK_BYTES)).toEqual([80]);
    clock.advanceTo(187 * MS);
    expect(stampsMs(4 * BLOCK_BYTES)).toEqual([100, 120, 140, 160]);
    clock.advanceTo(191 * MS);
    expect(stampsMs(BLOCK_BYTES)).toEqual([180]);
  });

  test("keeps the bytes of an unfinished block, split samples included", () => {
    const clock = new SimulatedClock();
    const cutter = new BlockCutter({ name: "ears", rateHz: 16_000, clock });
    const bytes = Buffer.alloc(BLOCK_BYTES);
    bytes.writeInt16LE(-32_768, 200);
    bytes.writeInt16LE(16_384, 638);
    expect(cutter.push(bytes.subarray(0, 201))).toEqual([]);
    const [sample] = cutter.push(bytes.subarray(201));
    expect([sample!.pcm[100], sample!.pcm[319], sample!.pcm[0]]).toEqual([-1, 0.5, 0]);
  });

  test("starts its count anew where the device has lost sound", () => {
    const { clock, stampsMs } = setUp();
    clock.advanceTo(100 * MS);
    expect(stampsMs(BLOCK_BYTES)).toEqual([80]);
    clock.advanceTo(900 * MS);
    expect(stampsMs(BLOCK_BYTES)).toEqual([880]);
  });

  test("never goes back in time, whatever a busy program reads at once, and comes back to what arrives", () => {
    const { clock, stampsMs } = setUp();
    const stamps: number[] = [];
    const read = (atMs: number, blocks: number): void => {
      clock.advanceTo(atMs * MS);
      stamps.push(...stampsMs(blocks * BLOCK_BYTES));
    };
    for (let atMs = 100; atMs <= 1000; atMs += 20) read(atMs, 1);
    read(4000, 102); // of three seconds what fits a pipe, and then what the recorder had kept
    read(4001, 24);
    for (let atMs = 4020; atMs <= 12_000; atMs += 20) read(atMs, 1);
    const steps = stamps.slice(1).map((stamp, i) => stamp - stamps[i]!);
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(10);
    expect(stamps.at(-1)! + 20 - 12_000).toBeLessThan(25); // at most a block ahead
    expect(stamps.at(-1)! + 20 - 12_000).toBeGreaterThanOrEqual(0);
  });

  test("follows a device whose clock is fast", () => {
    const { clock, stampsMs } = setUp();
    let last = 0;
    for (let block = 1; block < 30_000; block++) {
      clock.advanceTo(block * 19.99 * MS);
      last = stampsMs(BLOCK_BYTES)[0]!;
    }
    expect(Math.abs(last + 20 - clock.nowNs() / MS)).toBeLessThan(25);
  });

  test("never stamps sound before its own birth", () => {
    const { clock, stampsMs } = setUp();
    clock.advanceTo(10 * MS);
    expect(stampsMs(2 * BLOCK_BYTES)).toEqual([0, 20]);
  });

  test("refuses a rate whose 20 ms are no whole number of samples", () => {
    const clock = new SimulatedClock();
    expect(() => new BlockCutter({ name: "ears", rateHz: 11_025, clock })).toThrow(
      new RangeError("found a rate of 11025 Hz; write a multiple of 50"),
    );
  });
});
