import { describe, expect, it, onTestFinished, vi } from "vitest";
import { every, pause, RealClock, SimulatedClock } from "../../../src/core/clock.ts";

describe("a simulated clock", () => {
  it("runs tasks in the order of their stamps, and of asking where stamps are equal", () => {
    const clock = new SimulatedClock();
    const ran: string[] = [];
    clock.at(20, () => ran.push("late"));
    clock.at(10, () => ran.push("first"));
    clock.at(10, () => ran.push("second"));
    clock.advanceTo(15);
    expect(ran).toEqual(["first", "second"]);
    expect(clock.nowNs()).toBe(15);
    expect(clock.nextNs()).toBe(20);
  });

  it("shows each task its own stamp and runs what a task asks for in the same sweep", () => {
    const clock = new SimulatedClock();
    const stamps: number[] = [];
    clock.at(10, () => {
      stamps.push(clock.nowNs());
      clock.at(12, () => stamps.push(clock.nowNs()));
    });
    clock.advanceTo(100);
    expect(stamps).toEqual([10, 12]);
  });

  it("moves its followers to a stamp before it runs the tasks of that stamp", () => {
    const clock = new SimulatedClock();
    const log: string[] = [];
    clock.followedBy((timeNs) => log.push(`physics ${timeNs}`));
    clock.at(5, () => log.push("task 5"));
    clock.advanceTo(8);
    expect(log).toEqual(["physics 5", "task 5", "physics 8"]);
  });

  it("forgets a cancelled task and never runs backwards", () => {
    const clock = new SimulatedClock();
    const cancel = clock.at(10, () => expect.unreachable());
    cancel();
    clock.advanceTo(20);
    clock.advanceTo(3);
    expect(clock.nowNs()).toBe(20);
  });
});

describe("every", () => {
  it("emits at its period from the first stamp on and stops with its subscriber", () => {
    const clock = new SimulatedClock();
    const seen: number[] = [];
    const subscription = every(clock, 20, 5).subscribe((timeNs) => seen.push(timeNs));
    clock.advanceTo(50);
    subscription.unsubscribe();
    clock.advanceTo(500);
    expect(seen).toEqual([5, 25, 45]);
    expect(clock.nextNs()).toBeUndefined();
  });

  it("keeps whole stamps, and its rate, where the period is no whole number", () => {
    const clock = new SimulatedClock();
    const seen: number[] = [];
    every(clock, 1e9 / 30).subscribe((timeNs) => seen.push(timeNs));
    clock.advanceTo(10e9);
    expect(seen.every(Number.isInteger)).toBe(true);
    expect(seen.at(-1)).toBe(10e9);
    expect(seen).toHaveLength(301);
  });

  it("skips what a stall made it miss and keeps its phase", async () => {
    const clock = new RealClock();
    const periodNs = 5e6;
    const firstNs = clock.nowNs();
    const due: number[] = [];
    await new Promise<void>((resolve) => {
      const subscription = every(clock, periodNs, firstNs).subscribe((stamp) => {
        due.push(stamp);
        const untilNs = clock.nowNs() + (due.length === 2 ? 4 * periodNs : 0);
        while (clock.nowNs() < untilNs);
        if (due.length < 5) return;
        subscription.unsubscribe();
        resolve();
      });
    });
    for (const stamp of due) expect((stamp - firstNs) % periodNs).toBe(0);
    // The one that fell due during the stall comes late, and those after it not at all.
    expect(due[3]! - due[1]!).toBeGreaterThanOrEqual(4 * periodNs);
    expect(due.every((stamp, i) => i === 0 || stamp > due[i - 1]!)).toBe(true);
  });
});

describe("pause", () => {
  it("ends at its time on the clock it was given", async () => {
    const clock = new SimulatedClock();
    const done = pause(clock, 2).then(() => clock.nowNs());
    clock.advanceTo(2e6);
    expect(await done).toBe(2e6);
  });

  it("ends at once when the signal aborts, leaving nothing on the clock", async () => {
    const clock = new SimulatedClock();
    const abort = new AbortController();
    const done = pause(clock, 1000, abort.signal);
    abort.abort();
    await done;
    expect(clock.nextNs()).toBeUndefined();
  });
});

describe("real time", () => {
  it("never comes early: a timer of whole milliseconds would, and what is due then would not be there", async () => {
    const clock = new RealClock();
    const early: number[] = [];
    for (let i = 0; i < 200; i++) {
      const dueNs = clock.nowNs() + 0.1e6 + (i % 37) * 0.13e6;
      await new Promise<void>((resolve) => clock.at(dueNs, resolve));
      if (clock.nowNs() < dueNs) early.push(dueNs - clock.nowNs());
    }
    expect(early).toEqual([]);
  });

  it("goes on where the clock begins anew: a gamepad that is looked at beforehand is looked at on", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "hrtime"] });
    onTestFinished(() => void vi.useRealTimers());
    const clock = new RealClock();
    const looksMs: number[] = [];
    const subscription = every(clock, 5e6).subscribe(() => looksMs.push(clock.nowNs() / 1e6));
    const everyFive = (fromMs: number, toMs: number): number[] =>
      Array.from({ length: (toMs - fromMs) / 5 + 1 }, (_, k) => fromMs + 5 * k);
    vi.advanceTimersByTime(302);
    expect(looksMs.splice(0)).toEqual(everyFive(0, 300));
    let askedMs: number | undefined;
    clock.at(clock.nowNs() + 20e6, () => (askedMs = clock.nowNs() / 1e6));
    clock.begin();
    vi.advanceTimersByTime(101);
    subscription.unsubscribe();
    // What was due at 305 comes when it would have come; then its phase begins anew, and it makes up for nothing.
    expect(looksMs).toEqual([3, ...everyFive(5, 100)]);
    expect(askedMs).toBe(20);
  });
});
