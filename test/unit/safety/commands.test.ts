// What becomes of a command: followed, clamped, limited or refused, and how that is told.
import { describe, expect, it } from "vitest";
import { SafetyKernel } from "../../../src/safety/kernel.ts";
import { Driver, MS, rest, robot } from "./fixture.ts";

const active = () => {
  const driver = new Driver(new SafetyKernel(robot));
  driver.activate();
  return driver;
};

describe("a command", () => {
  it("moves the servos to its target exactly", () => {
    const driver = active();
    const target = [33.3, -7.7, 71.1];
    expect([...driver.hold(1500, target).angleDeg]).toEqual(target);
    expect(driver.kernel.counts.position).toBe(0);
  });

  it("to a robot that is not armed is refused, counted each time and told once", () => {
    const driver = new Driver(new SafetyKernel(robot));
    driver.hold(100, rest);
    expect(driver.kernel.counts.not_armed).toBe(5);
    expect(driver.events()).toEqual(["not_armed"]);
  });

  it("of another length is refused", () => {
    const driver = active();
    for (const target of [[], [1], [1, 2, 3, 4]]) driver.command(...target);
    expect([...driver.step().angleDeg]).toEqual([...rest]);
    expect(driver.kernel.counts.wrong_length).toBe(3);
    expect(driver.kernel.takeEvents()[0]!.detail).toBe(
      "asked for 0 angles, allowed 3, one a servo",
    );
  });

  it("beyond a servo's range is brought to its end, told when it begins", () => {
    const driver = active();
    expect(driver.hold(1000, [1e308, 5, 90]).angleDeg[0]).toBe(90);
    expect(driver.kernel.counts.position).toBe(1);
    const told = driver.kernel.takeEvents().find((e) => e.reason === "position");
    expect(told).toMatchObject({
      servo: "pan",
      detail: "asked for 1e+308 deg, allowed -90 to 90 deg",
    });
    driver.hold(100, [90, 5, 90]);
    driver.hold(100, [90.1, 5, 90]);
    expect(driver.kernel.counts.position).toBe(2);
  });

  it("with a number that is not finite leaves that servo its last target", () => {
    const driver = active();
    driver.hold(500, [20, 20, 90]);
    const { angleDeg } = driver.hold(200, [Number.NaN, 30, Infinity]);
    expect([...angleDeg]).toEqual([20, 30, 90]);
    expect(driver.kernel.counts.not_finite).toBe(2 * 10);
    const told = driver.events().filter((e) => e.startsWith("not_finite"));
    expect(told).toEqual(["not_finite pan", "not_finite lift"]);
  });

  it("with a number that is not finite feeds no timeout and wakes nobody", () => {
    const driver = active();
    expect(driver.hold(220, [Number.NaN, 5, 90]).mode).toBe("active");
    expect(driver.hold(40, [Number.NaN, 50, 90]).mode).toBe("hold");
    expect(driver.hold(800, [Number.NaN, 50, 90]).mode).toBe("rest");
    expect(driver.hold(4200, [Number.NaN, 50, 90]).powered).toBe(false);
  });

  it("stamped before the last one is refused, and the same stamp is not", () => {
    const driver = active();
    driver.command(10, 5, 90);
    driver.kernel.command((driver.timeMs - 1) * MS, Float64Array.of(20, 5, 90));
    expect(driver.kernel.counts.time_reversed).toBe(1);
    driver.kernel.command(driver.timeMs * MS, Float64Array.of(5, 5, 90));
    expect(driver.silence(240).angleDeg[0]).toBe(5);
  });

  it("stamped before one that no step has reached yet is refused too", () => {
    const driver = active();
    driver.kernel.command((driver.timeMs + 20) * MS, Float64Array.of(5, 5, 90));
    driver.kernel.command((driver.timeMs + 10) * MS, Float64Array.of(20, 5, 90));
    expect(driver.kernel.counts.time_reversed).toBe(1);
    expect(driver.silence(240).angleDeg[0]).toBe(5);
  });

  it("without a stamp is refused", () => {
    const driver = active();
    for (const stamp of [Number.NaN, -1, Infinity, 1e308])
      driver.kernel.command(stamp, Float64Array.of(20, 5, 90));
    expect(driver.kernel.counts.time_reversed).toBe(4);
    expect(driver.step().angleDeg[0]).toBe(0);
  });

  it("that would be stale on arrival is refused", () => {
    const driver = active();
    driver.silence(600);
    driver.kernel.command((driver.timeMs - 250) * MS, Float64Array.of(...rest));
    expect(driver.kernel.mode).toBe("hold");
    driver.kernel.command((driver.timeMs - 249) * MS, Float64Array.of(...rest));
    expect(driver.kernel.mode).toBe("active");
  });
});

describe("a limit", () => {
  it("of speed is counted once for a leap, after that of acceleration", () => {
    const driver = active();
    driver.hold(1000, [90, 5, 90]);
    expect(driver.events()).toEqual(["acceleration pan", "speed pan"]);
    driver.hold(1000, [-90, 5, 90]);
    expect(driver.kernel.counts).toMatchObject({ speed: 2, acceleration: 2 });
  });

  it("tells what was asked and what is allowed", () => {
    const driver = active();
    driver.hold(1000, [88.98, 5, 90]);
    // 20 ms cover 210 x 0.002 deg; full speed is met after 150 ms and 22.65 deg, told at 160 ms
    expect(driver.kernel.takeEvents().map((e) => e.detail)).toEqual([
      "asked for 89.0 deg, 88.6 deg ahead of the output; allowed 2000 deg/s2",
      "asked for 89.0 deg, 63.3 deg ahead of the output; allowed 300 deg/s",
    ]);
  });

  it("is silent about a motion that the servo can follow", () => {
    const driver = active();
    for (let frame = 0; frame <= 200; frame++) {
      driver.command(40 * Math.sin(frame / 30), 5, 90);
      driver.step();
    }
    expect(driver.events()).toEqual([]);
  });

  it("is not what makes a servo brake, however far its target", () => {
    const driver = active();
    driver.command(0, 20, 90);
    expect(driver.step().angleDeg[1]).toBeLessThan(18); // tilt brakes since the 18th millisecond
    driver.hold(200, [0, 20, 90]);
    expect(driver.events()).toEqual([]);
  });

  it("of soft start is counted as such", () => {
    const driver = new Driver(new SafetyKernel(robot));
    driver.order("arm");
    driver.hold(500, [90, 5, 90]);
    expect(driver.events()).toEqual(["soft_start pan"]);
  });
});
