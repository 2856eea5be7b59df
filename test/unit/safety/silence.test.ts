// The dead-man: what the kernel does, and when, while nobody speaks.
import { describe, expect, it } from "vitest";
import { SafetyKernel } from "../../../src/safety/kernel.ts";
import { Driver, MS, rest, robot } from "./fixture.ts";

const active = () => {
  const driver = new Driver(new SafetyKernel(robot));
  driver.activate();
  return driver;
};

describe("silence", () => {
  it("leads to hold, rest and limp at its times, each told once", () => {
    const driver = active();
    driver.command(...rest);
    const changes: [number, string][] = [];
    let last = "active";
    for (let ms = 1; ms <= 6000; ms++) {
      const { mode } = driver.step(1);
      if (mode !== last) changes.push([ms, mode]);
      last = mode;
    }
    expect(changes).toEqual([
      [250, "hold"],
      [1000, "rest"],
      [5000, "limp"],
    ]);
    expect(driver.events()).toEqual(["stale_hold", "stale_rest", "stale_limp"]);
  });

  it("brakes to a stop within the limits, short of the target, and holds there", () => {
    const driver = active();
    driver.command(0, 5, 0); // lift has 90 deg to go
    const atMs = (count: number) => driver.silence(count, 1).angleDeg[2]!;
    const before = atMs(249);
    expect(driver.kernel.mode).toBe("active");
    // 200 deg/s2 have led to 49.8 deg/s, which take 249 ms and half of 249 x 0.0498 deg to lose.
    const stopped = atMs(252);
    expect(driver.kernel.mode).toBe("hold");
    expect(before - stopped).toBeCloseTo((248 * 0.0498) / 2, 2);
    expect(atMs(400)).toBe(stopped);
  });

  it("moves to the rest pose at soft-start speed", () => {
    const driver = active();
    driver.hold(1000, [60, 5, 90]);
    driver.silence(1000, 1);
    expect(driver.kernel.mode).toBe("rest");
    const from = driver.step(1).angleDeg[0]!;
    const to = driver.silence(500, 1).angleDeg[0]!;
    expect(from - to).toBeLessThanOrEqual(0.5 * 60 + 1e-9);
    expect(from - to).toBeGreaterThan(0.45 * 60);
    expect([...driver.silence(1000).angleDeg]).toEqual([...rest]);
  });

  it("takes all its steps at once after a stall", () => {
    const driver = active();
    expect(driver.step(6000).mode).toBe("limp");
    expect(driver.events()).toEqual(["stale_hold", "stale_rest", "stale_limp"]);
  });

  it("is counted from arming while no command has come", () => {
    const driver = new Driver(new SafetyKernel(robot));
    driver.step(60_000);
    driver.order("arm");
    expect(driver.silence(240).mode).toBe("soft_start");
    expect(driver.silence(20).mode).toBe("hold");
  });

  it("is not broken by orders, nor by commands that are refused", () => {
    const driver = active();
    for (let frame = 0; frame < 15; frame++) {
      driver.order("arm");
      driver.order("clear");
      driver.command(1);
      driver.kernel.command(Number.NaN, Float64Array.of(...rest));
      driver.step();
    }
    expect(driver.kernel.mode).toBe("hold");
  });

  it("can't be put off by a stamp from the future", () => {
    const driver = active();
    driver.kernel.command(Number.MAX_SAFE_INTEGER, Float64Array.of(...rest));
    driver.kernel.order(Number.MAX_SAFE_INTEGER, "arm", "");
    expect(driver.silence(300).mode).toBe("hold");
    expect(driver.hold(20, rest).mode).toBe("active");
  });
});

describe("a complete command after silence", () => {
  it("makes a holding robot active at once", () => {
    const driver = active();
    driver.silence(500);
    expect(driver.hold(20, rest).mode).toBe("active");
  });

  it("starts a resting robot softly", () => {
    const driver = active();
    driver.silence(2000);
    expect(driver.hold(20, rest).mode).toBe("soft_start");
  });

  it("starts a robot that silence made limp softly, from where it stands", () => {
    const driver = active();
    driver.hold(1000, [60, 5, 90]);
    expect(driver.silence(9000).powered).toBe(false);
    driver.timeMs += 10_000;
    driver.command(60, 5, 90);
    const applied = driver.step(1);
    expect(applied.mode).toBe("soft_start");
    expect(applied.angleDeg[0]).toBeCloseTo(0.002, 12);
  });

  it("does not start one that has since been ordered limp, parked or stopped", () => {
    for (const order of ["limp", "park", "estop"] as const) {
      const driver = active();
      driver.silence(6000);
      driver.order(order);
      driver.order("clear");
      expect(driver.hold(200, rest).powered).toBe(false);
    }
  });

  it("with a stamp from before a leap of time starts nothing", () => {
    const driver = active();
    driver.kernel.step(1e15);
    expect(driver.kernel.mode).toBe("limp");
    driver.kernel.command(driver.timeMs * MS, Float64Array.of(...rest));
    expect(driver.kernel.step(1e15).powered).toBe(false);
  });
});
