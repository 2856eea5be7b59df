import { describe, expect, it } from "vitest";
import { SimulatedClock } from "../../../src/core/clock.ts";
import { RemoteMicrophone } from "../../../src/sensors/remote-microphone.ts";

const BLOCK = 320; // 20 ms at 16 kHz
const MS = 1e6;

const setUp = () => {
  const clock = new SimulatedClock();
  const microphone = new RemoteMicrophone({ name: "ears", rateHz: 16_000, clock });
  const stampsMs: number[] = [];
  microphone.samples.subscribe(({ timeNs }) => void stampsMs.push(timeNs / MS));
  /** The block that is said from `saidMs` on, on the far end's count, arrives at `atMs`. */
  const say = (saidMs: number, atMs: number, steps = new Int16Array(BLOCK)): boolean => {
    clock.advanceTo(atMs * MS);
    return microphone.take(16 * saidMs, steps);
  };
  return { microphone, stampsMs, say };
};

describe("a remote microphone", () => {
  it("stamps sound by when it was said, however late and in whatever bursts it comes", () => {
    const { stampsMs, say } = setUp();
    say(7000, 1021); // the far end's count has its own beginning
    for (const saidMs of [7020, 7040, 7060, 7080]) say(saidMs, 1400); // it stood still
    say(7100, 1400);
    say(7120, 1430);
    expect(stampsMs).toEqual([1001, 1021, 1041, 1061, 1081, 1101, 1121]);
  });

  it("never gives a stamp that is not younger than the last, though the first blocks were the latest", () => {
    const { stampsMs, say } = setUp();
    say(0, 300); // said 280 ms before it came
    for (let saidMs = 20; saidMs < 1000; saidMs += 20) say(saidMs, Math.max(301, saidMs + 30));
    expect(stampsMs.length).toBeGreaterThan(30);
    const gaps = stampsMs.slice(1).map((stampMs, i) => stampMs - stampsMs[i]!);
    expect(Math.min(...gaps)).toBeGreaterThan(0);
    expect(stampsMs.at(-1)).toBe(980 + 10);
  });

  it("leaves a hole where sound was lost, and says nothing twice", () => {
    const { stampsMs, say } = setUp();
    say(0, 30);
    expect(say(60, 90)).toBe(true);
    expect(say(60, 95)).toBe(false);
    expect(stampsMs).toEqual([10, 70]);
  });

  it("follows a far end whose clock is slower than this one", () => {
    const { stampsMs, say } = setUp();
    const silence = new Int16Array(BLOCK);
    for (let saidMs = 0; saidMs < 300_000; saidMs += 20)
      say(saidMs, 30 + saidMs * 1.00015, silence);
    expect(stampsMs.length).toBe(15_000);
    // Five minutes make 45 ms of difference.
    expect(Math.abs(stampsMs.at(-1)! - 299_980 * 1.00015)).toBeLessThan(20);
  });

  it("begins anew with a far end that begins anew", () => {
    const { stampsMs, say } = setUp();
    say(5000, 1020);
    say(0, 2020);
    say(20, 2040);
    expect(stampsMs).toEqual([1000, 2000, 2020]);
  });

  it("refuses blocks of another size, counts that are none, and what was said over a second ago", () => {
    const { microphone, stampsMs, say } = setUp();
    expect(say(0, 20, new Int16Array(64))).toBe(false);
    expect(microphone.take(Number.NaN, new Int16Array(BLOCK))).toBe(false);
    expect(say(0, 20)).toBe(true);
    expect(say(20, 1500)).toBe(false);
    expect(stampsMs).toEqual([0]);
  });

  it("hears late rather than never where everything comes late", () => {
    const { stampsMs, say } = setUp();
    say(0, 20);
    for (let saidMs = 20; saidMs < 4000; saidMs += 20) say(saidMs, saidMs + 1800);
    const late = stampsMs.slice(1);
    expect(late[0]).toBeGreaterThan(2800);
    expect(late[0]).toBeLessThan(2900);
    const gaps = late.slice(1).map((stampMs, i) => stampMs - late[i]!);
    expect(new Set(gaps)).toEqual(new Set([20]));
    expect(late.length).toBeGreaterThan(100);
  });

  it("keeps the 16 bits that it was told", () => {
    const { microphone } = setUp();
    const heard: number[] = [];
    microphone.samples.subscribe(({ pcm }) => heard.push(...pcm.subarray(0, 3)));
    microphone.take(
      0,
      Int16Array.from({ length: BLOCK }, (_, i) => [-32_768, 1, 32_767][i] ?? 0),
    );
    expect(heard).toEqual([-1, 1 / 32_768, 32_767 / 32_768]);
  });
});
