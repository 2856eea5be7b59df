// The kernel under any storm of commands, orders, stamps and silence: what holds whatever happens.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SAFETY_REASONS, type SafetyOrder } from "../../../src/core/records.ts";
import { SafetyKernel } from "../../../src/safety/kernel.ts";
import { MS, rest, robot } from "../../unit/safety/fixture.ts";
import { real } from "../real.ts";

const H = 1e-3; // s, one microstep
const NOISE = 1e-11; // degrees, of subtracting angles

const number = fc.oneof(
  { weight: 6, arbitrary: real(-200, 200) },
  { weight: 2, arbitrary: fc.constantFrom(0, 5, 90, -90, -12.3, 77.7, 150) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      Number.NaN,
      Infinity,
      -Infinity,
      1e308,
      -1e308,
      -0,
      Number.MIN_VALUE,
    ),
  },
  { weight: 1, arbitrary: fc.double() },
);
const target = fc.oneof(
  { weight: 8, arbitrary: fc.array(number, { minLength: 3, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.array(number, { maxLength: 5 }) },
);
const badStamp = fc.constantFrom(Number.NaN, Infinity, -Infinity, -1, 1e308, -1e308);

/** Stamps are given relative to an honest clock that only `pass` moves on. */
type Deed =
  | { kind: "pass"; ms: number; times: number }
  | { kind: "command"; target: number[]; lateMs: number }
  | { kind: "order"; order: SafetyOrder; reason: string }
  | { kind: "bad"; what: "step" | "command" | "order"; stamp: number };

const pass = (ms: fc.Arbitrary<number>) =>
  fc.record({
    kind: fc.constant("pass" as const),
    ms,
    times: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 40 })),
  });
const command = fc.record({
  kind: fc.constant("command" as const),
  target,
  lateMs: fc.constantFrom(0, 0, 0, 0, 0, 1, 30, 400, -15, -5000),
});
const order = fc.record({
  kind: fc.constant("order" as const),
  order: fc.constantFrom<SafetyOrder>("arm", "arm", "arm", "park", "estop", "clear", "limp"),
  reason: fc.constantFrom("", "because"),
});
const bad = fc.record({
  kind: fc.constant("bad" as const),
  what: fc.constantFrom("step" as const, "command" as const, "order" as const),
  stamp: badStamp,
});
const storm = (ms: fc.Arbitrary<number>) =>
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: pass(ms) as fc.Arbitrary<Deed> },
      { weight: 6, arbitrary: command as fc.Arbitrary<Deed> },
      { weight: 2, arbitrary: order as fc.Arbitrary<Deed> },
      { weight: 1, arbitrary: bad as fc.Arbitrary<Deed> },
    ),
    { maxLength: 60 },
  );

const startPose = fc.tuple(real(-90, 90), real(-12.3, 77.7), real(0, 150));

/** A limp robot proves little. */
const ARM: Deed = { kind: "order", order: "arm", reason: "" };
/** Past soft start, which no storm would live through: only now does a servo go as fast as it may. */
const WAKE: readonly Deed[] = [
  ARM,
  ...Array.from({ length: 34 }, (): Deed[] => [
    { kind: "command", target: [...rest], lateMs: 0 },
    { kind: "pass", ms: 1, times: 20 },
  ]).flat(),
];

/** Where a robot stands, and what comes over it: half of them just armed anywhere, half awake. */
const trial = (ms: fc.Arbitrary<number>) =>
  fc.oneof(
    fc.record({ start: startPose, deeds: storm(ms).map((deeds) => [ARM, ...deeds]) }),
    fc.record({ start: fc.constant(rest), deeds: storm(ms).map((deeds) => [...WAKE, ...deeds]) }),
  );

interface Sample {
  readonly ms: number;
  readonly powered: boolean;
  /** Whether power was cut on the way here, even if it has returned. */
  readonly wasCut: boolean;
  readonly angleDeg: readonly number[];
}

/** Plays a storm; after every step looks at the outputs and at what a model of the latches allows. */
const play = (startDeg: readonly number[], deeds: readonly Deed[]) => {
  const kernel = new SafetyKernel(robot, Float64Array.from(startDeg));
  const samples: Sample[] = [];
  const faults: string[] = [];
  let honestMs = 0;
  let mayHavePower = false;
  let isStopped = false;
  let parking = false;
  let wasCut = false;
  let awakeSteps = 0;
  const look = (stampNs: number, ms: number): void => {
    const { angleDeg, powered, mode, timeNs } = kernel.step(stampNs);
    for (const [i, servo] of robot.servos.entries())
      if (!(angleDeg[i]! >= servo.angleDeg[0] && angleDeg[i]! <= servo.angleDeg[1]))
        faults.push(`${servo.name} left its range: ${angleDeg[i]}`);
    if (powered && (isStopped || !mayHavePower)) faults.push(`power without leave in ${mode}`);
    if (isStopped && mode !== "estop") faults.push(`an emergency stop became ${mode}`);
    if (powered !== (mode !== "limp" && mode !== "estop")) faults.push(`power in ${mode}`);
    if (mode !== kernel.mode) faults.push("two modes");
    if (!Number.isSafeInteger(Math.round(timeNs))) faults.push(`stamp ${timeNs}`);
    if (mode === "limp" && parking) [mayHavePower, parking] = [false, false];
    if (mode === "active") awakeSteps++;
    samples.push({ ms, powered, wasCut, angleDeg: [...angleDeg] });
    wasCut = false;
  };
  for (const deed of deeds) {
    const nowNs = honestMs * MS;
    if (deed.kind === "pass")
      for (let i = 0; i < deed.times; i++) look((honestMs += deed.ms) * MS, deed.ms);
    else if (deed.kind === "command")
      kernel.command((honestMs - deed.lateMs) * MS, Float64Array.from(deed.target));
    else if (deed.kind === "order") {
      const wasLimp = kernel.mode === "limp";
      kernel.order(nowNs, deed.order, deed.reason);
      if (deed.order === "estop") [isStopped, mayHavePower, parking] = [true, false, false];
      if (deed.order === "estop" || deed.order === "limp") wasCut = true;
      if (deed.order === "clear") isStopped = false;
      if (deed.order === "limp") [mayHavePower, parking] = [false, false];
      // A robot that is limp, by its own silence too, has nothing to park.
      if (deed.order === "park" && !wasLimp) parking = true;
      if (deed.order === "arm" && !isStopped && !(parking && mayHavePower)) mayHavePower = true;
      if (!mayHavePower) parking = false;
    } else if (deed.what === "step") look(deed.stamp, 0);
    else if (deed.what === "command") kernel.command(deed.stamp, Float64Array.of(1, 2, 3));
    else {
      kernel.order(deed.stamp, "clear", "");
      isStopped = false;
    }
  }
  return { kernel, samples, faults, honestMs, awakeSteps };
};

/** Tells where neighbouring samples, whole milliseconds apart, differ by more than speed and acceleration allow. */
const checkMotion = (startDeg: readonly number[], samples: readonly Sample[]): string[] => {
  const faults: string[] = [];
  let before: readonly number[] = startDeg;
  const standstill = { ms: 1, moved: robot.servos.map(() => 0) };
  let last = standstill;
  for (const { ms, powered, wasCut, angleDeg } of samples) {
    if (wasCut) last = standstill;
    const moved = angleDeg.map((angle, i) => angle - before[i]!);
    // A stall plays 40 ms at most.
    const playedMs = Math.min(ms, 40);
    for (const [i, servo] of robot.servos.entries()) {
      const allowedDeg = servo.maxSpeedDegPerS * H * playedMs;
      if (Math.abs(moved[i]!) > (powered ? allowedDeg : 0) + NOISE)
        faults.push(`${servo.name} moved ${moved[i]} deg in ${ms} ms, powered: ${powered}`);
      if (!powered || playedMs === 0) continue;
      // The mean velocities of two neighbouring stretches lie half of both apart in time.
      const change = moved[i]! / (playedMs * H) - last.moved[i]! / (last.ms * H);
      const apartS = ((playedMs + last.ms) / 2) * H;
      if (Math.abs(change) > servo.maxAccelerationDegPerS2 * apartS + NOISE / H)
        faults.push(`${servo.name}: ${change / apartS} deg/s2`);
    }
    before = angleDeg;
    if (!powered) last = standstill;
    else if (playedMs > 0) last = { ms: playedMs, moved };
  }
  return faults;
};

const everyMs = fc.constant(1);
const wholeMs = fc.oneof(
  fc.integer({ min: 1, max: 60 }),
  fc.constantFrom(20, 20, 0, 250, 1000, 6000),
);
const anyMs = real(0, 300);

describe("whatever happens, the kernel", { timeout: 60_000 }, () => {
  it("keeps every microstep inside range, speed and acceleration, and its latches shut", () => {
    let [steps, awake] = [0, 0];
    fc.assert(
      fc.property(trial(everyMs), ({ start, deeds }) => {
        const { samples, faults, awakeSteps } = play(start, deeds);
        expect([...faults, ...checkMotion(start, samples)]).toEqual([]);
        steps += samples.length;
        awake += awakeSteps;
      }),
      { numRuns: 3000 },
    );
    expect(awake / steps).toBeGreaterThan(0.1); // else little was shown
  });

  it("does so when steps come at irregular times", () => {
    fc.assert(
      fc.property(trial(wholeMs), ({ start, deeds }) => {
        const { samples, faults } = play(start, deeds);
        expect([...faults, ...checkMotion(start, samples)]).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  it("moves no faster on the whole than its speed limits, at fractions of milliseconds too", () => {
    fc.assert(
      fc.property(trial(anyMs), ({ start, deeds }) => {
        const { samples } = play(start, deeds);
        for (const [i, servo] of robot.servos.entries()) {
          let fastest = 0; // share of the way allowed
          let elapsedMs = 1; // what a fraction carried over may add, once
          let wayDeg = 0;
          let before = start[i]!;
          for (const { ms, angleDeg } of samples) {
            elapsedMs += ms;
            wayDeg += Math.abs(angleDeg[i]! - before);
            before = angleDeg[i]!;
            const allowedDeg = servo.maxSpeedDegPerS * H * elapsedMs + NOISE * samples.length;
            fastest = Math.max(fastest, wayDeg / allowedDeg);
          }
          expect(fastest).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("ends limp when it is left alone, and stays limp", () => {
    fc.assert(
      fc.property(trial(wholeMs), ({ start, deeds }) => {
        const { kernel, honestMs } = play(start, deeds);
        let timeMs = honestMs;
        // Parking takes less: 90 deg at 50 deg/s. A stamp from the future is heard at the next step.
        for (const endMs = timeMs + 5020; timeMs < endMs;) kernel.step((timeMs += 20) * MS);
        expect(kernel.step(timeMs * MS).powered).toBe(false);
        const pose = [...kernel.step(timeMs * MS).angleDeg];
        expect([...kernel.step((timeMs + 9000) * MS).angleDeg]).toEqual(pose);
        expect(kernel.mode === "limp" || kernel.mode === "estop").toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("parks in the rest pose, then goes limp", () => {
    fc.assert(
      fc.property(trial(wholeMs), ({ start, deeds }) => {
        const { kernel, honestMs } = play(start, deeds);
        fc.pre(kernel.step(honestMs * MS).powered);
        kernel.order(honestMs * MS, "park", "the end");
        const modes = new Set<string>();
        let applied = kernel.step(honestMs * MS);
        for (let timeMs = honestMs; timeMs < honestMs + 5000; timeMs += 20) {
          modes.add(`${applied.mode}, powered: ${applied.powered}`);
          applied = kernel.step(timeMs * MS);
        }
        expect([...modes]).toEqual(["park, powered: true", "limp, powered: false"]);
        expect(applied).toMatchObject({ powered: false, mode: "limp" });
        // -0 is as good a zero
        expect([...applied.angleDeg].map((angle) => angle + 0)).toEqual([...rest]);
      }),
      { numRuns: 2000 },
    );
  });

  it("counts whole numbers and tells events with finite stamps and words", () => {
    fc.assert(
      fc.property(trial(wholeMs), ({ start, deeds }) => {
        const { kernel } = play(start, deeds);
        const events = kernel.takeEvents();
        for (const reason of SAFETY_REASONS) {
          const told = events.filter((event) => event.reason === reason);
          expect(kernel.counts[reason]).toBeGreaterThanOrEqual(told.length);
          expect(kernel.counts[reason] > 0).toBe(told.length > 0);
        }
        for (const { timeNs, detail } of events) {
          expect(timeNs).toBeGreaterThanOrEqual(0);
          expect(Number.isFinite(timeNs)).toBe(true);
          expect(detail).not.toBe("");
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("does the same however time is cut into steps", () => {
    const goal = startPose;
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 });
    const beginning = fc.oneof(
      startPose.map((start) => ({ start, deeds: [ARM] })),
      fc.constant({ start: rest, deeds: WAKE }),
    );
    fc.assert(
      fc.property(beginning, goal, cuts, ({ start, deeds }, goalDeg, lengths) => {
        const begun = [0, 1].map(() => play(start, deeds));
        const [coarse, fine] = begun.map(({ kernel }) => kernel);
        const beganMs = begun[0]!.honestMs;
        let timeMs = beganMs;
        for (const kernel of [coarse!, fine!])
          kernel.command(timeMs * MS, Float64Array.from(goalDeg));
        for (const length of lengths) {
          const pose = [...coarse!.step((timeMs + length) * MS).angleDeg];
          for (const endMs = timeMs + length; timeMs < endMs;) fine!.step(++timeMs * MS);
          // Silence is noticed at steps alone: from the hold on the two may part.
          if (timeMs - beganMs >= robot.timeouts.holdMs) return;
          expect([...fine!.step(timeMs * MS).angleDeg]).toEqual(pose);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
