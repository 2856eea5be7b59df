import { describe, expect, it } from "vitest";
import { every } from "../../../src/core/clock.ts";
import { policyOf, RestlessClock, robot, say, setUp } from "./scripted-runtime.ts";

/** A policy that says nothing, and notes when it is asked; `think` takes its time over the tick of that number. */
const noting = (think = async (_tick: number, _timeNs: number): Promise<void> => {}) => {
  const ticksMs: number[] = [];
  const policy = policyOf(async ({ timeNs }) => {
    ticksMs.push(timeNs / 1e6);
    await think(ticksMs.length, timeNs);
    return say().end();
  });
  return { ticksMs, policy };
};

const runOver = async ({
  clock,
  runtime,
}: ReturnType<typeof setUp<RestlessClock>>): Promise<void> => {
  const over = runtime.run();
  await clock.goOnUntil(over);
  await over;
};

describe("outside lockstep a tick", () => {
  it("begins as soon as what is due has come, 6 ms past the stamp at the latest, and waits for no sense that is gone", async () => {
    const clock = new RestlessClock();
    const { ticksMs, policy } = noting();
    const scene = setUp(policy, { clock, durationMs: 2000 });
    const sense = (sensor: string, lateMs: number, untilMs: number): void => {
      every(clock, 50e6, 0).subscribe((timeNs) => {
        if (timeNs > untilMs * 1e6) return;
        const values = Float64Array.of(20 + timeNs / 1e8);
        clock.at(timeNs + lateMs * 1e6, () =>
          scene.body.samples.next({ kind: "values", sensor, timeNs, values }),
        );
      });
    };
    sense("heat_left", 1, 2000);
    sense("heat_right", 3, 1000);
    await runOver(scene);
    const stampsMs = Array.from({ length: 40 }, (_, i) => 50 * i);
    // The others, which this body hasn't got, are given up before 500 ms; heat_right, due at 1050, at 1550.
    const lateMs = stampsMs.map((ms) => (ms >= 1550 ? 1 : ms >= 450 && ms <= 1000 ? 3 : 6));
    expect(ticksMs).toEqual(stampsMs.map((ms, i) => ms + lateMs[i]!));
  });

  it("comes again at once after a stall, once, and in every period else, whatever the rates", async () => {
    const clock = new RestlessClock();
    const { ticksMs, policy } = noting(async (tick, timeNs) => {
      if (tick === 20) await new Promise<void>((resolve) => clock.at(timeNs + 120e6, resolve));
    });
    const scene = setUp(policy, {
      clock,
      durationMs: 2000,
      robot: { ...robot, policyRateHz: 30 },
    });
    every(clock, 1e9 / 60, 0).subscribe((timeNs) =>
      scene.body.samples.next({
        kind: "values",
        sensor: "heat_left",
        timeNs,
        values: Float64Array.of(20 + timeNs / 1e8),
      }),
    );
    await runOver(scene);
    const periods = ticksMs.map((ms) => Math.floor((ms * 30) / 1000 + 1e-6));
    expect(new Set(periods).size).toBe(periods.length);
    const missed = Array.from({ length: 60 }, (_, i) => i).filter((i) => !periods.includes(i));
    expect(missed.length).toBeLessThanOrEqual(4); // 120 ms
    expect(missed.length).toBeGreaterThanOrEqual(2);
  });

  it("is begun between two stamps where something was heard", async () => {
    const clock = new RestlessClock();
    const { ticksMs, policy } = noting();
    const scene = setUp(policy, { clock, durationMs: 1500 });
    every(clock, 20e6, 20e6).subscribe((timeNs) =>
      scene.body.samples.next({
        kind: "audio",
        sensor: "microphone",
        timeNs: timeNs - 20e6,
        rateHz: 16_000,
        pcm: Float32Array.from({ length: 320 }, (_, i) => (timeNs > 600e6 ? Math.sin(i) : 0)),
      }),
    );
    await runOver(scene);
    // A stack of sound ends each 80 ms; one that ends 10 ms before a stamp waits for it. Nothing else comes.
    expect(ticksMs.filter((ms) => ms >= 800 && ms < 1200)).toEqual([
      800, 856, 880, 900, 956, 960, 1000, 1056, 1100, 1120, 1156,
    ]);
  });
});
