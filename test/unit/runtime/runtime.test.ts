import { describe, expect, it } from "vitest";
import { every, pause, RealClock } from "../../../src/core/clock.ts";
import { BodyError, PolicyError, SensorError } from "../../../src/core/errors.ts";
import type { Robot } from "../../../src/core/robot.ts";
import { CONFIRMED_STOP } from "../../../src/runtime/runtime.ts";
import { policyOf, quiet, RestlessClock, robot, say, setUp } from "./scripted-runtime.ts";

describe("the loop", () => {
  it("ticks the policy at its rate and the servos at 50 Hz, each by its own stamps", async () => {
    const { runtime, of, body } = setUp(quiet, { durationMs: 2000 });
    const report = await runtime.run();
    expect(report.ticks).toBe(40);
    const gaps = of("action").map((a, i, all) => (i === 0 ? 20e6 : a.timeNs - all[i - 1]!.timeNs));
    expect(new Set(gaps)).toEqual(new Set([20e6]));
    expect(body.frames.length).toBe(of("action").length);
  });

  it("ends in the rest pose and then limp", async () => {
    const raise = policyOf(async ({ timeNs }) =>
      timeNs < 100e6 ? say().act("raise_left_hand", "urgent").end() : say().end(),
    );
    const { runtime, body } = setUp(raise, { durationMs: 1500 });
    await runtime.run();
    const last = body.frames.at(-1)!;
    expect(last.powered).toBe(false);
    robot.servos.forEach((servo, i) => expect(last.angleDeg[i]).toBeCloseTo(servo.restDeg, 6));
    expect(Math.max(...body.frames.map((f) => f.angleDeg[2]!))).toBeGreaterThan(140);
  });

  /** Raises a hand, and is parked then. */
  const parkedFrom = async (its: Robot, atMs: number) => {
    const raise = policyOf(async ({ timeNs }) =>
      timeNs < 100e6 ? say().act("raise_left_hand", "urgent").end() : say().end(),
    );
    const { runtime, clock, body } = setUp(raise, { durationMs: 400_000, robot: its });
    clock.at(atMs * 1e6, () => runtime.park("enough"));
    await runtime.run();
    return body.frames;
  };

  it.each([
    ["its soft start is slow", { softStart: { ...robot.softStart, speedDegPerS: 8 } }],
    [
      "it gathers speed slowly",
      { servos: robot.servos.map((servo) => ({ ...servo, maxAccelerationDegPerS2: 2 })) },
    ],
  ])("goes all the way to its rest pose where %s", async (_, slow) => {
    const frames = await parkedFrom({ ...robot, ...slow }, 60_000);
    const last = frames.at(-1)!;
    expect(last.powered).toBe(false);
    expect(last.timeNs).toBeGreaterThan(75_000e6);
    robot.servos.forEach(({ restDeg }, i) => expect(last.angleDeg[i]).toBeCloseTo(restDeg, 6));
  });

  it("ends limp where it is, when 10 s go by on the way to its rest pose, as on a machine that slept", async () => {
    class SleepyClock extends RestlessClock {
      sleptNs = 0;
      override nowNs(): number {
        return super.nowNs() + this.sleptNs;
      }
    }
    const raise = policyOf(async ({ timeNs }) =>
      timeNs < 100e6 ? say().act("raise_left_hand", "urgent").end() : say().end(),
    );
    const clock = new SleepyClock();
    const { runtime, body } = setUp(raise, { durationMs: 400_000, clock });
    clock.at(3000e6, () => runtime.park("enough"));
    clock.at(3200e6, () => (clock.sleptNs = 10e9));
    await clock.goOnUntil(runtime.run());
    const last = body.frames.at(-1)!;
    expect(last.powered).toBe(false);
    expect(last.timeNs).toBeLessThanOrEqual(13_240e6);
    expect(body.frames.at(-2)!.powered).toBe(true);
    expect(last.angleDeg[2]).toBeGreaterThan(120);
  });

  it("parks and goes limp though the sink breaks, and then fails with its reason", async () => {
    const { runtime, body, records } = setUp(quiet, {
      durationMs: 2000,
      write: ({ timeNs }) => {
        if (timeNs >= 500e6) throw new Error("the page's observer broke");
      },
    });
    await expect(runtime.run()).rejects.toThrow("the page's observer broke");
    expect(body.frames.at(-1)!.powered).toBe(false);
    expect(body.frames.at(-1)!.timeNs).toBeLessThan(1900e6);
    expect(records.length).toBeGreaterThan(10);
  });

  it("wakes no robot of which nothing can be written", async () => {
    const { runtime, body } = setUp(quiet, {
      episode: { task: "wave" },
      write: () => {
        throw new Error("no");
      },
    });
    await expect(runtime.run()).rejects.toThrow("no");
    expect(body.frames.every(({ powered }) => !powered)).toBe(true);
  });

  it("cuts the pulses at a stop though nothing can be written any more", async () => {
    let isBroken = false;
    const { runtime, body, clock } = setUp(quiet, {
      durationMs: 2000,
      write: () => {
        if (isBroken) throw new Error("no");
      },
    });
    clock.at(300e6, () => {
      isBroken = true;
      runtime.estop("space bar");
    });
    await expect(runtime.run()).rejects.toThrow("no");
    const after = body.frames.filter(({ timeNs }) => timeNs >= 300e6);
    expect(after.length).toBeGreaterThan(0);
    expect(after.every(({ powered }) => !powered)).toBe(true);
  });

  it("hands the policy every frame once, oldest first, and keeps them in the session", async () => {
    const seen: number[] = [];
    const watching = policyOf(async ({ frames }) => {
      for (const frame of frames) if (frame.sensor === "heat_left") seen.push(frame.timeNs);
      return say().end();
    });
    const { runtime, clock, body, of } = setUp(watching);
    let celsius = 20;
    every(clock, 30e6, 0).subscribe((timeNs) =>
      body.samples.next({
        kind: "values",
        sensor: "heat_left",
        timeNs,
        values: Float64Array.of((celsius += 2)),
      }),
    );
    await runtime.run();
    const recorded = of("tokens_in").map((r) => r.timeNs);
    expect(seen.length).toBeGreaterThan(20);
    expect(recorded.slice(0, seen.length)).toEqual(seen);
  });

  it("feeds back what it executed, marked as its own, at the next tick", async () => {
    const fedBack: Int32Array[] = [];
    let spoken = false;
    const once = policyOf(async ({ frames }) => {
      for (const frame of frames) if (frame.sensor === "self") fedBack.push(frame.ids);
      const first = !spoken;
      spoken = true;
      return first ? say().act("nod", "urgent").end() : say().end();
    });
    const { runtime } = setUp(once);
    await runtime.run();
    expect(fedBack).toHaveLength(1);
    expect(fedBack[0]!.slice(1)).toEqual(say().act("nod", "urgent").end());
  });
});

describe("a policy that fails", () => {
  it("parks the robot when it throws, and the run rejects with its reason", async () => {
    const broken = policyOf(async ({ timeNs }) => {
      if (timeNs > 300e6) throw new PolicyError("the model is gone");
      return say().act("raise_left_hand", "urgent").end();
    });
    const { runtime, body, of } = setUp(broken, { durationMs: 60_000 });
    await expect(runtime.run()).rejects.toThrow("the model is gone");
    expect(body.frames.at(-1)!.powered).toBe(false);
    robot.servos.forEach((servo, i) =>
      expect(body.frames.at(-1)!.angleDeg[i]).toBeCloseTo(servo.restDeg, 6),
    );
    expect(of("order").map((o) => o.order)).toEqual(["arm", "park"]);
  });

  it("stalls nothing when it freezes: the act plays on, then hold, rest, limp, each in its time", async () => {
    let calls = 0;
    const frozen = policyOf((_, { signal }) => {
      if (calls++ === 0) return Promise.resolve(say().act("raise_left_hand", "urgent").end());
      return new Promise((_resolve, reject) => signal.addEventListener("abort", reject));
    });
    const clock = new RestlessClock();
    const { runtime, of } = setUp(frozen, { durationMs: 7000, clock });
    const running = runtime.run();
    await clock.goOnUntil(running);
    await running;
    const modes = of("action").map((a) => [a.mode, a.timeNs / 1e6] as const);
    const firstOf = (mode: string): number => modes.find(([m]) => m === mode)?.[1] ?? Number.NaN;
    const actEndMs = of("act").find((a) => a.phase === "ended")!.timeNs / 1e6;
    const within = (ms: number, expectedMs: number): boolean =>
      ms > expectedMs - 1 && ms <= expectedMs + 20;
    expect(within(firstOf("hold") - actEndMs, 250)).toBe(true);
    expect(within(firstOf("rest") - actEndMs, 1000)).toBe(true);
    expect(within(firstOf("limp") - actEndMs, 5000)).toBe(true);
    const gapsMs = modes.map(([, ms], i) => (i === 0 ? 0 : ms - modes[i - 1]![1]));
    expect(Math.max(...gapsMs)).toBe(20);
  });

  it("may say anything: noise is counted, moves nothing illegal, and the run goes on", async () => {
    const noise = policyOf(async () => Int32Array.of(-5, 99_999, 1, 0, 7, 2_147_483_647));
    const { runtime, body } = setUp(noise);
    const report = await runtime.run();
    expect(report.ticks).toBeGreaterThan(15);
    expect(report.ignoredTokens).toBeGreaterThan(5 * 15);
    robot.servos.forEach((servo, i) =>
      expect(body.frames.every((f) => f.angleDeg[i] === servo.restDeg)).toBe(true),
    );
  });
});

describe("a policy that comes back", () => {
  it("wakes a robot that went limp in silence for something to do, not for an empty answer", async () => {
    let speech = say().end();
    let silent = false;
    const policy = policyOf((_, { signal }) =>
      silent
        ? new Promise((resolve, reject) => {
            signal.addEventListener("abort", reject);
            clock.at(7000e6, () => ((silent = false), resolve(say().end())));
          })
        : Promise.resolve(speech),
    );
    const clock = new RestlessClock();
    const { runtime, of, body } = setUp(policy, { durationMs: 10_000, clock });
    clock.at(1000e6, () => (speech = say().act("raise_left_hand", "urgent").end()));
    clock.at(1100e6, () => (silent = true));
    clock.at(1200e6, () => (speech = say().end()));
    clock.at(8500e6, () => (speech = say().act("nod", "urgent").end()));
    const running = runtime.run();
    await clock.goOnUntil(running);
    await running;
    const limpAt = of("action").find((a) => a.timeNs > 2e9 && a.mode === "limp")!.timeNs;
    expect(limpAt).toBeLessThan(7000e6);
    const powered = (fromMs: number, toMs: number): boolean[] =>
      body.frames
        .filter((f) => f.timeNs >= fromMs * 1e6 && f.timeNs < toMs * 1e6)
        .map((f) => f.powered);
    expect(powered(7200, 8450)).not.toContain(true);
    expect(powered(8700, 9900)).not.toContain(false);
  });
});

describe("a body that can't be trusted", () => {
  it("fails the run when it keeps its power after the last frame", async () => {
    const { runtime, body } = setUp(quiet, { durationMs: 500 });
    body.keepsPower = true;
    await expect(runtime.run()).rejects.toThrow(/still drives its servos/);
  });

  it("fails the run when it goes silent, and is sent no queue of stale frames meanwhile", async () => {
    const clock = new RestlessClock();
    const { runtime, body, of } = setUp(quiet, { durationMs: 60_000, clock });
    clock.at(1000e6, () => (body.goesSilent = true));
    const running = runtime.run();
    await clock.goOnUntil(running);
    await expect(running).rejects.toThrow(/has not answered for 500 ms/);
    const unanswered = of("action").length - of("applied").length;
    expect(unanswered).toBeGreaterThan(20);
    expect(body.frames.filter((f) => f.powered && f.timeNs > 1000e6).length).toBeLessThanOrEqual(3);
    expect(body.frames.at(-1)!.powered).toBe(false);
  });
});

describe("a body that is away for a while", () => {
  it("pauses the policy, is sent no power, and wakes softly when it is back", async () => {
    const steps: number[] = [];
    const policy = policyOf(async ({ timeNs }) => (steps.push(timeNs), say().end()));
    const { runtime, clock, body, of } = setUp(policy, { durationMs: 5000 });
    clock.at(1000e6, () => {
      body.away = "the cable was pulled";
      body.keepsPower = true; // by its lease, which nobody can end
    });
    clock.at(2000e6, () => (body.keepsPower = false));
    clock.at(3000e6, () => (body.away = undefined));
    const report = await runtime.run();
    const between = (stamps: readonly number[], fromMs: number, toMs: number) =>
      stamps.filter((stamp) => stamp > fromMs * 1e6 && stamp < toMs * 1e6);
    expect(between(steps, 1050, 3000)).toEqual([]);
    expect(between(steps, 3050, 4000).length).toBeGreaterThan(15);
    const modes = (fromMs: number, toMs: number) =>
      new Set(
        of("action").flatMap((a) => (between([a.timeNs], fromMs, toMs).length ? a.mode : [])),
      );
    expect(modes(1050, 3000)).toEqual(new Set(["limp"]));
    expect(modes(3050, 3300)).toEqual(new Set(["soft_start"]));
    const told = of("safety").filter(({ reason }) => reason === "body_away");
    expect(told.map(({ detail }) => detail)).toEqual(["the cable was pulled", "it is back"]);
    expect(report.mode).toBe("limp");
  });

  it("is not woken by its return out of an emergency stop, nor by clear before its return", async () => {
    const { runtime, clock, body, of } = setUp(quiet, { durationMs: 5000 });
    clock.at(1000e6, () => runtime.estop("test"));
    clock.at(1500e6, () => (body.away = "the cable was pulled"));
    clock.at(2000e6, () => (body.away = undefined));
    clock.at(2500e6, () => (body.away = "again"));
    clock.at(3000e6, () => runtime.clear("test"));
    clock.at(3500e6, () => (body.away = undefined));
    await runtime.run();
    const powered = of("action").filter((action) => action.powered && action.timeNs > 1000e6);
    expect(powered[0]!.timeNs).toBeGreaterThan(3500e6);
    expect(body.orders).toEqual(["stop", "clear"]);
  });

  it("that can't be told to drop its power fails a run that ends meanwhile", async () => {
    const { runtime, clock, body } = setUp(quiet, { durationMs: 2000 });
    clock.at(1500e6, () => {
      body.away = "the cable was pulled";
      body.keepsPower = true;
    });
    await expect(runtime.run()).rejects.toThrow("did not confirm that its pulses are off");
  });
});

it("a body that takes longer than a frame to answer ends off, like others, and is heard until it has answered", async () => {
  const clock = new RealClock();
  const { runtime, body, of } = setUp(quiet, { clock, durationMs: 200 });
  const send = body.send.bind(body);
  const heard: number[] = [];
  let last: Promise<unknown> = Promise.resolve();
  body.send = (frame) => {
    const answered = last
      .then(() => pause(clock, 25))
      .then(() => {
        // What a world in another thread has sensed until then is on its way ahead of its answer.
        const timeNs = clock.nowNs();
        heard.push(timeNs);
        const values = Float64Array.of(25);
        body.samples.next({ kind: "values", sensor: "heat_left", timeNs, values });
        return send(frame);
      });
    last = answered;
    return answered;
  };
  expect(await runtime.run()).toMatchObject({ mode: "limp" });
  expect(body.frames.at(-1)!.powered).toBe(false);
  expect(of("sample").map(({ timeNs }) => timeNs)).toEqual(heard);
});

describe("a sense that breaks", () => {
  it("parks the robot, which the other senses survive, and fails the run", async () => {
    const { runtime, clock, body } = setUp(quiet, { durationMs: 60_000 });
    clock.at(500e6, () => body.samples.error(new SensorError("the microphone is gone")));
    await expect(runtime.run()).rejects.toThrow("the microphone is gone");
    const last = body.frames.at(-1)!;
    expect(last.powered).toBe(false);
    robot.servos.forEach((servo, i) => expect(last.angleDeg[i]).toBeCloseTo(servo.restDeg, 6));
  });
});

describe("a stop", () => {
  it("begins nothing and feeds nothing back until it is cleared", async () => {
    const raise = policyOf(async () => say().act("raise_left_hand", "calm").end());
    const { runtime, clock, of } = setUp(raise, { durationMs: 3000 });
    clock.at(300e6, () => runtime.estop("test"));
    const report = await runtime.run();
    expect(report.acts).toHaveLength(1);
    expect(of("tokens_in").filter((t) => t.sensor === "self")).toHaveLength(1);
  });

  it("that was to end the run is not undone by clearing", async () => {
    const { runtime, clock, body } = setUp(quiet, { durationMs: 60_000 });
    clock.at(500e6, () => runtime.park("enough"));
    clock.at(520e6, () => {
      runtime.estop("space");
      runtime.clear("c");
    });
    await runtime.run();
    expect(body.frames.filter((f) => f.timeNs > 520e6 && f.powered)).toHaveLength(0);
  });

  it("gives up on a policy that never answers, on a simulated clock too", async () => {
    const abort = new AbortController();
    const never = policyOf(() => new Promise(() => {}));
    const { runtime, body } = setUp(never, { durationMs: 60_000, signal: abort.signal });
    const running = runtime.run();
    setTimeout(() => abort.abort(), 50);
    await running;
    expect(body.frames.at(-1)!.powered).toBe(false);
  });

  it("cuts the pulses at once, is confirmed by the body, and holds until it is cleared", async () => {
    const raise = policyOf(async () => say().act("raise_left_hand", "calm").end());
    const { runtime, clock, body, of } = setUp(raise, { durationMs: 3000 });
    clock.at(700e6, () => runtime.estop("test"));
    clock.at(1500e6, () => runtime.clear("test"));
    await runtime.run();
    const powered = (fromMs: number, toMs: number): boolean[] =>
      body.frames
        .filter((f) => f.timeNs >= fromMs * 1e6 && f.timeNs < toMs * 1e6)
        .map((f) => f.powered);
    expect(powered(650, 700)).not.toContain(false);
    expect(powered(700, 1500)).not.toContain(true);
    expect(powered(1560, 2900)).not.toContain(false);
    const confirmed = of("safety").find((s) => s.detail.includes("confirmed"));
    expect(confirmed?.timeNs).toBe(700e6);
  });

  it("is confirmed once the pulses have ended, not while a board that can't be told still holds", async () => {
    const { runtime, clock, body, of } = setUp(quiet, { durationMs: 2000 });
    clock.at(600e6, () => {
      body.away = "the cable was pulled";
      body.keepsPower = true; // by its lease
    });
    clock.at(700e6, () => runtime.estop("test"));
    clock.at(900e6, () => (body.keepsPower = false));
    await runtime.run();
    const confirmed = of("safety").filter(({ detail }) => detail === CONFIRMED_STOP);
    expect(confirmed).toHaveLength(1);
    expect(confirmed[0]!.timeNs).toBeGreaterThanOrEqual(900e6);
    expect(confirmed[0]!.timeNs).toBeLessThanOrEqual(920e6); // with the next frame
  });

  it("asked for by the signal parks; asked for again leaves the robot limp where it is", async () => {
    const abort = new AbortController();
    const raise = policyOf(async () => say().act("raise_left_hand", "urgent").end());
    const { runtime, clock, body } = setUp(raise, { durationMs: 60_000, signal: abort.signal });
    clock.at(1200e6, () => abort.abort());
    clock.at(1300e6, () => runtime.limp("twice"));
    await runtime.run();
    expect(body.frames.at(-1)!.powered).toBe(false);
    expect(body.frames.at(-1)!.timeNs).toBeLessThanOrEqual(1320e6);
    expect(body.frames.at(-1)!.angleDeg[2]).toBeGreaterThan(45);
  });

  it("ends the run when the body breaks, with the body's own words", async () => {
    const { runtime, clock, body } = setUp(quiet, { durationMs: 60_000 });
    clock.at(500e6, () => (body.breaks = new BodyError("the cable is out")));
    await expect(runtime.run()).rejects.toThrow("the cable is out");
    expect(body.frames.at(-1)!.timeNs).toBeLessThan(500e6);
  });
});
