import { Subscription } from "rxjs";
import { expect, onTestFinished, test } from "vitest";
import { NS_PER_MS, RealClock, SimulatedClock, pause } from "../../../../src/core/clock.ts";
import { BodyError } from "../../../../src/core/errors.ts";
import {
  type SimulationBody,
  openSimulation,
} from "../../../../src/bodies/simulation/simulation-body.ts";
import type { WorldEvent } from "../../../../src/bodies/simulation/world.ts";
import { duo, fingerprints, frame } from "./worlds.ts";

/** Everything a body says from now on, in its order. */
const listen = (body: SimulationBody): WorldEvent[] => {
  const events: WorldEvent[] = [];
  const subscriptions = new Subscription();
  subscriptions.add(body.samples.subscribe((sample) => events.push(sample)));
  subscriptions.add(body.states.subscribe((state) => events.push(state)));
  onTestFinished(() => subscriptions.unsubscribe());
  return events;
};

const lockstep = async (clock = new SimulatedClock(), seed = 1): Promise<SimulationBody> => {
  const body = await openSimulation({ robot: duo, clock, seed });
  onTestFinished(() => body.close());
  return body;
};

const realtime = async (clock = new RealClock()): Promise<SimulationBody> => {
  const body = await openSimulation({ robot: duo, clock, seed: 1 });
  onTestFinished(() => body.close());
  return body;
};

test("in lockstep a frame is applied at the clock's stamp", async () => {
  const clock = new SimulatedClock();
  const body = await lockstep(clock);
  clock.advanceTo(40 * NS_PER_MS);
  expect(await body.send(frame(duo))).toEqual({ appliedAtNs: 40 * NS_PER_MS, powered: true });
});

test("in lockstep samples come at their own stamps, the first ones at the opening", async () => {
  const clock = new SimulatedClock();
  clock.advanceTo(30 * NS_PER_MS);
  clock.advanceTo(100 * NS_PER_MS);
  const body = await lockstep(clock);
  const stamps: [number, number][] = [];
  body.samples.subscribe(({ timeNs }) => stamps.push([timeNs, clock.nowNs()]));
  clock.advanceTo(200 * NS_PER_MS);
  expect(stamps.map(([stamp, now]) => stamp - now)).toEqual(stamps.map(() => 0));
  expect(new Set(stamps.map(([stamp]) => stamp / NS_PER_MS))).toEqual(new Set([100, 150, 200]));
});

test("in lockstep a frame sent at a stamp has no part in the samples of that stamp", async () => {
  const clock = new SimulatedClock();
  const commandedAt = 100 * NS_PER_MS; // a stamp at which joints are read, 10 times a second
  // Asked for before the body opens, so that it runs before the body's own task of that stamp.
  let body: SimulationBody | undefined;
  clock.at(commandedAt, () => void body!.send(frame(duo, { pan: 30 })));
  body = await lockstep(clock);
  const events = listen(body);
  clock.advanceTo(200 * NS_PER_MS);
  const pans = events.flatMap((e) =>
    "kind" in e && e.sensor === "joints" && e.kind === "values" ? [e.values[0]] : [],
  );
  expect(pans).toEqual([0, 0, 30]);
});

test("a body opened late lives in the same world as one opened at the start", async () => {
  const told = async (openNs: number): Promise<string[]> => {
    const clock = new SimulatedClock();
    clock.advanceTo(openNs);
    const events = listen(await lockstep(clock));
    clock.advanceTo(400 * NS_PER_MS);
    return fingerprints(events);
  };
  const whole = await told(0);
  const late = await told(170 * NS_PER_MS);
  expect(late.length).toBeGreaterThan(20);
  expect(whole.slice(-late.length)).toEqual(late);
});

test("what happened in real time happens again in lockstep, bit for bit", async () => {
  const clock = new RealClock();
  const body = await realtime(clock);
  const events = listen(body);
  const openedNs = clock.nowNs();
  const sent: { atNs: number; pan: number; shoulder: number }[] = [];
  for (let k = 0; k < 40; k++) {
    const [pan, shoulder] = [k, 2.5 * k];
    const { appliedAtNs } = await body.send(frame(duo, { pan, left_shoulder: shoulder }));
    sent.push({ atNs: appliedAtNs, pan, shoulder });
    await pause(clock, 17);
  }
  const moved = { object: "heat_source", toM: [0.12, 0.08, 0.08], durationMs: 150 } as const;
  const movedNs = await body.move(moved);
  await pause(clock, 300);
  await body.close();
  expect(sent.every(({ atNs }) => atNs % (2 * NS_PER_MS) === 0)).toBe(true);

  const again = new SimulatedClock();
  const twin = await lockstep(again);
  const replayed = listen(twin);
  for (const { atNs, pan, shoulder } of sent)
    again.at(atNs, () => void twin.send(frame(duo, { pan, left_shoulder: shoulder })));
  again.at(movedNs, () => void twin.move(moved));
  const lastNs = Math.max(...events.map(({ timeNs }) => timeNs));
  again.advanceTo(lastNs);

  const firstNs = Math.min(...events.map(({ timeNs }) => timeNs));
  expect(firstNs).toBeLessThan(openedNs + 60 * NS_PER_MS);
  expect(lastNs - firstNs).toBeGreaterThan(900 * NS_PER_MS);
  const expected = fingerprints(replayed.filter(({ timeNs }) => timeNs >= firstNs));
  expect(fingerprints(events)).toEqual(expected);
  expect(twin.actuationJoules).toBeGreaterThan(0);
});

test("a simulation in real time keeps the session's time, and its oracle answers", async () => {
  const clock = new RealClock();
  const body = await realtime(clock);
  const { appliedAtNs } = await body.send(frame(duo));
  expect(clock.nowNs() - appliedAtNs).toBeLessThan(100 * NS_PER_MS);
  expect(appliedAtNs).toBeLessThanOrEqual(clock.nowNs());
  expect((await body.oracle.position("cube"))[1]).toBeCloseTo(-0.06, 3);
  expect((await body.oracle.reach("left_arm", [0.15, 0.06, 0.06])).missM).toBeLessThan(0.001);
});

test.each([
  ["lockstep", () => lockstep()],
  ["real time", () => realtime()],
])("in %s, mistakes come back as what they are", async (_, open) => {
  const body = await open();
  await expect(body.send({ ...frame(duo), angleDeg: new Float64Array(2) })).rejects.toThrow(
    RangeError,
  );
  await expect(body.oracle.position("balloon")).rejects.toThrow(/ball, cube/);
  await expect(body.move({ object: "torso", toM: [0, 0, 0], durationMs: 0 })).rejects.toThrow(
    BodyError,
  );
  expect((await body.send(frame(duo))).powered).toBe(true);
});

test.each([
  ["lockstep", () => new SimulatedClock()],
  ["real time", () => new RealClock()],
])("in %s, a scene that does not fit is refused at opening", async (_, clock) => {
  const sceneSource = duo.sceneSource.replace('<camera name="eye"', '<camera name="nose"');
  const opening = openSimulation({ robot: { ...duo, sceneSource }, clock: clock(), seed: 1 });
  await expect(opening).rejects.toThrow(BodyError);
  await expect(opening).rejects.toThrow(/sensor eye needs a camera .* has nose/);
});

test.each([
  ["lockstep", () => new SimulatedClock()],
  ["real time", () => new RealClock()],
])("in %s, opening can be given up", async (_, clock) => {
  const signal = AbortSignal.abort(new Error("enough"));
  const opening = openSimulation({ robot: duo, clock: clock(), seed: 1, signal });
  await expect(opening).rejects.toThrow("enough");
});
