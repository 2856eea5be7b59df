// The modes of the kernel: what arms, what starts softly, what latches, what ends.
import { describe, expect, it } from "vitest";
import { SafetyKernel } from "../../../src/safety/kernel.ts";
import { Driver, MS, rest, robot } from "./fixture.ts";

const setUp = (startDeg?: number[]) =>
  new Driver(new SafetyKernel(robot, startDeg && Float64Array.from(startDeg)));

describe("the kernel at birth", () => {
  it("is limp in the rest pose", () => {
    const applied = setUp().step();
    expect(applied.powered).toBe(false);
    expect(applied.mode).toBe("limp");
    expect([...applied.angleDeg]).toEqual([...rest]);
  });

  it("takes the pose commanded at present", () => {
    expect([...setUp([10, 20, 30]).step().angleDeg]).toEqual([10, 20, 30]);
  });

  it("refuses a start pose that is out of range, not finite or of another length", () => {
    const kernel = (...pose: number[]) => new SafetyKernel(robot, Float64Array.from(pose));
    expect(() => kernel(0, 5, 150.1)).toThrow(RangeError);
    expect(() => kernel(0, Number.NaN, 90)).toThrow(
      'start pose of servo "tilt": found NaN deg, expected -12.3 to 77.7 deg',
    );
    expect(() => kernel(0, 5)).toThrow("found 2 angles, expected 3");
  });

  it("refuses a robot whose rest pose is out of range, even with a good start pose", () => {
    const broken = structuredClone(robot);
    broken.servos[0]!.restDeg = 100;
    expect(() => new SafetyKernel(broken, Float64Array.of(0, 5, 90))).toThrow("rest pose");
  });

  it("does not move the caller's pose", () => {
    const start = Float64Array.of(0, 5, 90);
    const driver = new Driver(new SafetyKernel(robot, start));
    driver.order("arm");
    driver.hold(500, [50, 50, 50]);
    expect([...start]).toEqual([0, 5, 90]);
  });

  it("returns one object, reused by every step", () => {
    const driver = setUp();
    expect(driver.step()).toBe(driver.step());
  });
});

describe("soft start", () => {
  it("begins powered at the pose commanded last, at no more than its own speed", () => {
    const driver = setUp([10, 20, 30]);
    driver.order("arm");
    const first = driver.step(1);
    expect(first.mode).toBe("soft_start");
    expect(first.powered).toBe(true);
    expect([...first.angleDeg]).toEqual([10, 20, 30]);
    let before = 10;
    for (let ms = 0; ms < 500; ms++) {
      driver.command(90, 20, 30);
      const pan = driver.step(1).angleDeg[0]!;
      expect(pan - before).toBeLessThanOrEqual(0.06 + 1e-12);
      before = pan;
    }
    expect(before).toBeGreaterThan(10 + 0.4 * 60);
  });

  it("becomes active after its duration when the target has been reached", () => {
    const driver = setUp();
    driver.order("arm");
    expect(driver.hold(580, rest).mode).toBe("soft_start");
    expect(driver.hold(20, rest).mode).toBe("active");
  });

  it("goes on beyond its duration until the target has been reached", () => {
    const driver = setUp();
    driver.order("arm");
    const target = [60, 5, 90]; // a second at 60 deg/s
    expect(driver.hold(960, target).mode).toBe("soft_start");
    expect(driver.hold(100, target).mode).toBe("active");
  });

  it("ends after ten times its duration behind a target that it never catches", () => {
    const driver = setUp();
    driver.order("arm");
    let modeAt5980 = "";
    for (let frame = 0; frame < 300; frame++) {
      driver.command(Math.floor(frame / 50) % 2 === 0 ? 90 : -90, 5, 90);
      const { mode } = driver.step();
      if (frame === 298) modeAt5980 = mode;
    }
    expect(modeAt5980).toBe("soft_start");
    expect(driver.kernel.mode).toBe("active");
  });

  it("is not over before there has been a command to follow", () => {
    const patient = structuredClone(robot);
    patient.softStart.durationMs = 20;
    const driver = new Driver(new SafetyKernel(patient));
    driver.order("arm");
    expect(driver.silence(240).mode).toBe("soft_start");
  });

  it("can't be slept through: a hold in between leads back into it", () => {
    const driver = setUp();
    driver.order("arm");
    expect(driver.silence(800).mode).toBe("hold");
    expect(driver.hold(20, [90, 5, 90]).mode).toBe("soft_start");
  });

  it("makes up for no time before it was armed", () => {
    const driver = setUp();
    driver.step(1000);
    driver.timeMs = 1035;
    driver.order("arm");
    driver.command(90, 5, 90);
    // 5 ms at 2000 deg/s2: 0.002 deg more each ms, 1 + 2 + 3 + 4 + 5 of them
    expect(driver.step(5).angleDeg[0]).toBeCloseTo(0.03, 12);
  });
});

describe("the emergency stop", () => {
  it("cuts the power from any mode, and keeps the pose", () => {
    const driver = setUp();
    driver.activate();
    const pose = [...driver.hold(200, [90, 70, 10]).angleDeg];
    driver.order("estop", "space bar");
    const applied = driver.step();
    expect(applied.powered).toBe(false);
    expect(applied.mode).toBe("estop");
    expect([...applied.angleDeg]).toEqual(pose);
    expect(driver.events()).toContain("estop");
  });

  it("stays until cleared, whatever else is ordered or commanded", () => {
    const driver = setUp();
    driver.order("estop", "pin");
    for (const order of ["arm", "park", "limp", "estop", "arm"] as const) {
      driver.order(order, "please");
      expect(driver.hold(20, rest).mode).toBe("estop");
    }
  });

  it("clears to limp, where arming is needed, and starts softly from standstill", () => {
    const driver = setUp();
    driver.activate();
    driver.hold(100, [90, 5, 90]);
    driver.order("estop", "");
    driver.order("clear");
    expect(driver.hold(100, rest).mode).toBe("limp");
    driver.order("arm");
    const pose = [...driver.step(1).angleDeg];
    driver.command(90, 5, 90);
    const next = driver.step(1);
    expect(next.mode).toBe("soft_start");
    expect(next.angleDeg[0]! - pose[0]!).toBeCloseTo(0.002, 12);
  });

  it("counts each refused command and tells of a burst once", () => {
    const driver = setUp();
    driver.order("estop", "");
    driver.events();
    driver.hold(200, rest);
    expect(driver.kernel.counts.estop).toBe(1 + 10);
    expect(driver.events()).toEqual(["estop"]);
  });

  it("is obeyed with any stamp", () => {
    for (const stamp of [Number.NaN, Number.NEGATIVE_INFINITY, -1, 1e308]) {
      const driver = setUp();
      driver.activate();
      driver.kernel.order(stamp, "estop", "");
      expect(driver.step().powered).toBe(false);
    }
  });

  it("tells of an attempt to arm", () => {
    const driver = setUp();
    driver.order("estop", "");
    driver.events();
    driver.order("arm");
    expect(driver.kernel.takeEvents().map((e) => e.detail)).toEqual([
      "asked to arm, allowed once the emergency stop is cleared",
    ]);
  });

  it("is not left by clear in other modes", () => {
    const driver = setUp();
    driver.activate();
    driver.order("clear");
    expect(driver.hold(20, rest).mode).toBe("active");
  });
});

describe("park", () => {
  it("goes to rest at soft-start speed, deaf to commands, and is limp 200 ms later", () => {
    const driver = setUp();
    driver.activate();
    driver.hold(2000, [60, 5, 90]);
    driver.order("park", "Ctrl-C");
    let before = 60;
    let restedAtMs = 0;
    const fromMs = driver.timeMs;
    while (driver.kernel.mode === "park") {
      driver.command(90, 70, 0);
      const { angleDeg } = driver.step(1);
      expect(before - angleDeg[0]!).toBeLessThanOrEqual(0.06 + 1e-12);
      before = angleDeg[0]!;
      if (restedAtMs === 0 && before === 0) restedAtMs = driver.timeMs;
    }
    // 1 s at 60 deg/s and 30 ms to gather and lose the speed
    expect(restedAtMs - fromMs).toBeGreaterThanOrEqual(1029);
    expect(restedAtMs - fromMs).toBeLessThanOrEqual(1032);
    expect(driver.timeMs - restedAtMs).toBeGreaterThanOrEqual(200);
    expect(driver.timeMs - restedAtMs).toBeLessThanOrEqual(202);
    expect(driver.kernel.mode).toBe("limp");
    expect([...driver.step().angleDeg]).toEqual([...rest]);
    expect(driver.hold(20, rest).powered).toBe(false);
  });

  it("slows down within the acceleration limit when it comes in full motion", () => {
    const driver = setUp();
    driver.activate();
    driver.hold(200, [90, 5, 90], 1);
    let before = driver.step(1).angleDeg[0]!;
    driver.order("park", "");
    let last = 0.3;
    for (let ms = 0; ms < 400; ms++) {
      const pan = driver.step(1).angleDeg[0]!;
      expect(Math.abs(pan - before - last)).toBeLessThanOrEqual(0.002 + 1e-12);
      last = pan - before;
      before = pan;
    }
    expect(last).toBeCloseTo(-0.06, 12);
  });

  it("gives a limp robot no power", () => {
    const driver = setUp([50, 5, 90]);
    driver.order("park", "");
    expect(driver.step().powered).toBe(false);
  });

  it("can't be undone by arming before it is over", () => {
    const driver = setUp([50, 5, 90]);
    driver.order("arm");
    driver.step();
    driver.order("park", "");
    driver.order("arm");
    expect(driver.step().mode).toBe("park");
    expect(driver.events()).toEqual(["shutdown"]);
  });
});

describe("limp", () => {
  it("cuts the power at once, also while parking, and needs arming", () => {
    const driver = setUp([50, 5, 90]);
    driver.order("arm");
    driver.step();
    driver.order("park", "Ctrl-C");
    driver.order("limp", "Ctrl-C twice");
    expect(driver.hold(60, rest).powered).toBe(false);
    expect(driver.kernel.counts.not_armed).toBe(3);
    driver.order("arm");
    expect(driver.hold(20, rest).powered).toBe(true);
  });
});

describe("a shutdown", () => {
  it("keeps the first reason and tells each", () => {
    const driver = setUp();
    driver.activate();
    driver.order("park", "the policy failed");
    driver.order("limp", "Ctrl-C twice");
    driver.order("arm");
    driver.order("limp", "the body failed");
    expect(driver.kernel.firstShutdownReason).toBe("the policy failed");
    const details = driver.kernel.takeEvents().map((e) => e.detail);
    expect(details).toEqual(["the policy failed", "the body failed"]);
  });

  it("has no reason when none was given", () => {
    const driver = setUp();
    driver.activate();
    driver.order("park", "");
    driver.order("limp", "");
    expect(driver.kernel.firstShutdownReason).toBeUndefined();
    expect(driver.kernel.counts.shutdown).toBe(0);
  });

  it("keeps the reason of a robot that never got power", () => {
    const driver = setUp();
    driver.order("limp", "no board found");
    expect(driver.kernel.firstShutdownReason).toBe("no board found");
    expect(driver.kernel.takeEvents()).toEqual([
      { timeNs: 0, reason: "shutdown", servo: "", detail: "no board found" },
    ]);
  });
});

describe("stamps", () => {
  it("pass no time when they are none or run backwards, and are counted", () => {
    const driver = setUp();
    driver.activate();
    const moving = driver.hold(100, [90, 5, 90]);
    const pose = [...moving.angleDeg];
    const stamp = moving.timeNs;
    for (const bad of [Number.NaN, Infinity, -Infinity, -1, 1e308, stamp - 1])
      expect(driver.kernel.step(bad)).toMatchObject({ timeNs: stamp, mode: "active" });
    expect([...driver.kernel.step(stamp).angleDeg]).toEqual(pose);
    expect(driver.kernel.counts.time_reversed).toBe(6);
    expect(driver.events().filter((e) => e === "time_reversed")).toHaveLength(1);
    driver.kernel.order(Number.NaN, "limp", "");
    expect(driver.kernel.counts.time_reversed).toBe(7);
  });

  it("play no more than 40 ms of motion after a stall, and nothing of it later", () => {
    const driver = setUp();
    driver.activate();
    const before = driver.hold(200, [90, 5, 90], 1).angleDeg[0]!;
    driver.command(90, 5, 90);
    const after = driver.step(200).angleDeg[0]!;
    expect(after - before).toBeCloseTo(40 * 0.3, 9);
    driver.command(90, 5, 90);
    expect(driver.step(1).angleDeg[0]! - after).toBeCloseTo(0.3, 9);
  });

  it("lose no motion to a period of odd length", () => {
    const [whole, odd] = [setUp(), setUp()];
    for (const driver of [whole, odd]) {
      driver.order("arm");
      driver.command(40, 5, 90);
    }
    const expected = [...whole.silence(90, 1).angleDeg];
    let applied = odd.step(0.9);
    for (let count = 1; count < 100; count++) applied = odd.step(0.9);
    expect(applied.angleDeg[0]).toBeCloseTo(expected[0]!, 12);
    expect(expected[0]).toBeGreaterThan(3);
  });
});

describe("the log", () => {
  it("is drained by reading, and bounded when nobody reads", () => {
    const driver = setUp();
    for (let i = 0; i < 3000; i++) driver.kernel.order(i * MS, i % 2 ? "clear" : "estop", "");
    expect(driver.kernel.counts.estop).toBe(1500);
    expect(driver.kernel.takeEvents()).toHaveLength(1024);
    expect(driver.kernel.takeEvents()).toHaveLength(0);
  });
});
