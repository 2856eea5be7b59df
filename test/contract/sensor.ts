// What every sensor that hears must do, whatever stands behind it: one suite for all of them.
import { type Observable, Subscription, firstValueFrom, take, toArray } from "rxjs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Sample, Sensor } from "../../src/core/ports.ts";

export interface OpenSensor {
  readonly sensor: Sensor;
  readonly rateHz: number;
  /** How many timers and processes the sensor keeps at the moment. */
  held(): number;
  /** Lets simulated time pass after a subscription; nothing to do where time passes by itself. */
  advance(): void;
  close(): void;
}

const BLOCK_NS = 20e6;

export const describeSensor = (name: string, open: () => Promise<OpenSensor>): void => {
  describe(`${name}, as a sensor,`, () => {
    let opened: OpenSensor;
    let subscriptions: Subscription;
    beforeEach(async () => {
      opened = await open();
      subscriptions = new Subscription();
    });
    afterEach(() => {
      subscriptions.unsubscribe();
      opened.close();
    });

    const heard = (count: number): Promise<Sample[]> => {
      const samples = firstValueFrom(opened.sensor.samples.pipe(take(count), toArray()));
      opened.advance();
      return samples;
    };

    test("stamps its blocks exactly one block apart", async () => {
      const stamps = (await heard(8)).map((sample) => sample.timeNs);
      expect(stamps).toEqual(stamps.map((_, index) => stamps[0]! + index * BLOCK_NS));
      expect(stamps[0]).toBeGreaterThanOrEqual(0);
    });

    test("gives full blocks of its own name, at its rate, on the 16-bit grid", async () => {
      for (const sample of await heard(8)) {
        if (sample.kind !== "audio") throw new Error(`found ${sample.kind}, expected audio`);
        expect([sample.sensor, sample.rateHz]).toEqual([opened.sensor.name, opened.rateHz]);
        expect(sample.pcm).toHaveLength((opened.rateHz * BLOCK_NS) / 1e9);
        expect(sample.pcm.every((v) => v >= -1 && v < 1 && Number.isInteger(v * 32_768))).toBe(
          true,
        );
      }
    });

    test("owns no block it has given: writing into one leaves the next alone", async () => {
      const buffers = (await heard(8)).map(
        (sample) => (sample as { pcm: Float32Array }).pcm.buffer,
      );
      expect(new Set(buffers).size).toBe(8);
    });

    test("holds nothing before it is subscribed to", () => {
      expect(opened.held()).toBe(0);
    });

    test("lets go of everything when it is unsubscribed from", async () => {
      const first = new Promise<void>((resolve) => {
        subscriptions.add(opened.sensor.samples.subscribe(() => resolve()));
      });
      opened.advance();
      await first;
      expect(opened.held()).toBeGreaterThan(0);
      subscriptions.unsubscribe();
      await vi.waitUntil(() => opened.held() === 0, { timeout: 5000, interval: 5 });
    });

    test("says nothing more to a listener that has left, even within a burst", async () => {
      const stay: Observable<Sample> = opened.sensor.samples;
      let count = 0;
      const left = new Promise<void>((resolve) => {
        const subscription = stay.subscribe(() => {
          count++;
          subscription.unsubscribe();
          resolve();
        });
        subscriptions.add(subscription);
      });
      opened.advance();
      await left;
      await heard(3);
      expect(count).toBe(1);
    });

    test("can be heard again after everybody has left", async () => {
      const before = await heard(3);
      const after = await heard(3);
      expect(after[0]!.timeNs).toBeGreaterThan(before[0]!.timeNs);
    });
  });
};
