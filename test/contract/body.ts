// What every body must do, whatever it is made of: one suite for all of them.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BodyError } from "../../src/core/errors.ts";
import type { Body, Sample } from "../../src/core/ports.ts";
import { type Robot, restPose } from "../../src/core/robot.ts";

export interface OpenBody {
  readonly body: Body;
  readonly robot: Robot;
  /** Lets that much of the body's time pass, or more. */
  pass(ms: number): Promise<void>;
  /** By how much the stamps of a sensor may be off their rate; sensors of several clocks keep no common order. */
  readonly stampErrorMs?: number;
  /** By how much an emulated board was late at the most since this was last asked: its stamps are off by that, too. */
  takeLatenessMs?(): number;
}

/** More, and the machine was too busy to say anything of stamps; a board of its own is never late. */
export const LATE_MS = 15;
/** Seconds that are looked at until one is quiet. */
const LOOKS = 6;

/** @param skipped what can't be asked of this body, and why */
export const describeBody = (
  name: string,
  open: () => Promise<OpenBody>,
  skipped: { readonly another?: string } = {},
): void => {
  describe(`${name}, as a body,`, () => {
    let opened: OpenBody;
    let samples: Sample[];
    beforeEach(async () => {
      opened = await open();
      samples = [];
      opened.body.samples.subscribe((sample) => samples.push(sample));
    });
    afterEach(() => opened.body.close());

    /** The rest pose with its first servo turned. */
    const turned = (byDeg: number): Float64Array => {
      const angleDeg = restPose(opened.robot);
      angleDeg[0] = angleDeg[0]! + byDeg;
      return angleDeg;
    };

    const send = (body: Body, angleDeg: Float64Array, powered = true) =>
      body.send({ timeNs: 0, angleDeg, powered });

    const stampsOf = (sensor: string): number[] =>
      samples.filter((sample) => sample.sensor === sensor).map(({ timeNs }) => timeNs);

    /** What joints read like in that pose: pulses are told in half microseconds, less than 0.05 degrees. */
    const joints = (byDeg: number): unknown[] =>
      Array.from(turned(byDeg), (deg): unknown => expect.closeTo(deg, 1));

    const lastJoints = (among: readonly Sample[]): number[] => {
      const sample = among.findLast(({ sensor }) => sensor === "joints");
      if (sample?.kind !== "values") throw new Error(`expected joints, found ${sample?.kind}`);
      return [...sample.values];
    };

    test("puts a frame on its outputs, and says when", async () => {
      const first = await send(opened.body, turned(0));
      await opened.pass(100);
      const second = await send(opened.body, turned(10));
      expect([first.powered, second.powered]).toEqual([true, true]);
      const gapMs = (second.appliedAtNs - first.appliedAtNs) / 1e6;
      expect(gapMs).toBeGreaterThan(80);
      await opened.pass(300);
      expect(lastJoints(samples)).toEqual(joints(10));
    });

    test("honours a frame without power", async () => {
      await send(opened.body, turned(0));
      expect((await send(opened.body, turned(0), false)).powered).toBe(false);
      expect((await send(opened.body, turned(0))).powered).toBe(true);
    });

    test("does not keep the caller's array", async () => {
      const angleDeg = turned(10);
      await send(opened.body, angleDeg);
      angleDeg.fill(0);
      await opened.pass(300);
      expect(lastJoints(samples)).toEqual(joints(10));
    });

    test("gives each sensor's samples at its own rate, never back in time", async () => {
      for (let look = 0; look < LOOKS; look++) {
        opened.takeLatenessMs?.();
        samples.length = 0;
        await opened.pass(1000);
        if ((opened.takeLatenessMs?.() ?? 0) <= LATE_MS) break;
      }
      for (const { name: sensor, kind, rateHz } of opened.robot.sensors) {
        if (kind === "microphone") continue;
        const stamps = stampsOf(sensor);
        expect(stamps.length).toBeGreaterThanOrEqual(0.8 * rateHz);
        const gaps = stamps.slice(1).map((stamp, k) => stamp - stamps[k]!);
        const errorNs = 1e6 * (opened.stampErrorMs ?? 0) || 1;
        for (const gap of gaps) expect(Math.abs(gap - 1e9 / rateHz)).toBeLessThanOrEqual(errorNs);
      }
      if (opened.stampErrorMs !== undefined) return;
      const stamps = samples.map(({ timeNs }) => timeNs);
      expect(stamps).toEqual(stamps.toSorted((a, b) => a - b));
    }, 40_000);

    test("closes once and for all: no sample comes after, and a frame is refused", async () => {
      let completed = false;
      opened.body.samples.subscribe({ complete: () => (completed = true) });
      await opened.pass(200);
      await opened.body.close();
      await opened.body.close();
      expect(completed).toBe(true);
      const { length } = samples;
      expect(length).toBeGreaterThan(0);
      await opened.pass(200);
      expect(samples).toHaveLength(length);
      await expect(send(opened.body, turned(0))).rejects.toThrow(BodyError);
    });

    test.skipIf(skipped.another)("shares nothing with another one", async () => {
      const other = await open();
      try {
        const others: Sample[] = [];
        other.body.samples.subscribe((sample) => others.push(sample));
        await send(opened.body, turned(10));
        await send(other.body, turned(-10));
        await Promise.all([opened.pass(300), other.pass(300)]);
        expect(lastJoints(samples)).toEqual(joints(10));
        await opened.body.close();
        const { length } = others;
        await other.pass(300);
        expect(others.length).toBeGreaterThan(length);
        expect(lastJoints(others)).toEqual(joints(-10));
      } finally {
        await other.body.close();
      }
    });
  });
};
