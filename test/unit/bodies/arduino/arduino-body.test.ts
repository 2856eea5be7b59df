// What a robot on a wire senses, over an emulated Uno in real time.
import { expect, onTestFinished, test } from "vitest";
import { ArduinoBody } from "../../../../src/bodies/arduino/arduino-body.ts";
import { pause, RealClock } from "../../../../src/core/clock.ts";
import type { Sample } from "../../../../src/core/ports.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import { HOST_FRAMES } from "../../../../src/wire/protocol.ts";
import { Cable } from "./cable.ts";

/** duo with `heat_left` at input 3, on that cable; what it tells of itself comes into `told`. */
const open = async (cable: Cable, clock: RealClock, told: string[] = []): Promise<ArduinoBody> => {
  const robot = loadRobot("duo");
  const sensors = robot.sensors.map((sensor) =>
    sensor.kind === "heat" && sensor.name === "heat_left" ? { ...sensor, analogPin: 3 } : sensor,
  );
  const body = await ArduinoBody.open({
    robot: { ...robot, sensors },
    clock,
    openLine: cable.openLine,
    tell: (line) => told.push(line),
  });
  onTestFinished(async () => {
    await body.close();
    cable.unplugForGood();
  });
  return body;
};

test("reads a sensor at its analog pin, linearly over its range, and tells which sensors have none", async () => {
  const cable = new Cable();
  cable.uno.setVolts(3, 1.25);
  const clock = new RealClock();
  const told: string[] = [];
  const body = await open(cable, clock, told);
  expect(told).toEqual([
    "nothing on the wire stands for eye, heat_right, distance, touch_left, touch_right: " +
      "the robot goes without (analogPin in robot.yaml gives a sensor its input)",
  ]);
  const samples: Sample[] = [];
  clock.begin(); // as a run does once all is open: stamps count from here
  body.samples.subscribe((sample) => samples.push(sample));
  await pause(clock, 1500);
  const heat = samples.filter(({ sensor }) => sensor === "heat_left");
  expect(heat.length).toBeGreaterThan(10);
  for (const sample of heat) {
    if (sample.kind !== "values") throw new Error(`found ${sample.kind}`);
    expect(sample.values[0]).toBeCloseTo(15 + 0.25 * 80, 0); // [15, 95] degrees over 0 to 5 V
    expect(sample.timeNs).toBeGreaterThan(-100e6);
    expect(sample.timeNs).toBeLessThan(clock.nowNs());
  }
  expect(new Set(samples.map(({ sensor }) => sensor))).toEqual(new Set(["heat_left", "joints"]));
}, 60_000);

test("asks for the board's time before all else: behind a status the answer would wait, and measure nothing", async () => {
  const cable = new Cable();
  const clock = new RealClock();
  const said: { readonly id: number; readonly atMs: number }[] = [];
  cable.spoil = (bytes, to) => {
    if (to === "board") said.push({ id: bytes[1]!, atMs: clock.nowNs() / 1e6 });
    return bytes;
  };
  await open(cable, clock);
  const opened = said.length;
  await pause(clock, 1800);
  const pings = said.flatMap(({ id }, i) => (i > opened && id === HOST_FRAMES.ping.id ? [i] : []));
  expect(pings.length).toBeGreaterThan(1);
  // The status of its beat comes behind it, not 50 ms later with the next beat.
  for (const i of pings.filter((at) => at + 1 < said.length)) {
    expect(said[i + 1]!.id).toBe(HOST_FRAMES.status.id);
    expect(said[i + 1]!.atMs - said[i]!.atMs).toBeLessThan(25);
  }
}, 60_000);

test("asks a board whose answer is late for a stream once: its samples keep their phase from the first", async () => {
  const cable = new Cable();
  const clock = new RealClock();
  cable.spoil = (bytes) => {
    cable.isClogged ||= bytes[1] === HOST_FRAMES.sensor.id;
    return bytes;
  };
  const body = await open(cable, clock);
  cable.spoil = (bytes) => bytes;
  const stampsNs: number[] = [];
  body.samples.subscribe(({ sensor, timeNs }) => sensor === "heat_left" && stampsNs.push(timeNs));
  await pause(clock, 20);
  cable.isClogged = false;
  await pause(clock, 300);
  const gapsMs = stampsNs.slice(1).map((stamp, k) => (stamp - stampsNs[k]!) / 1e6);
  expect(gapsMs.length).toBeGreaterThan(2);
  expect(Math.min(...gapsMs)).toBeGreaterThan(25); // of 50
}, 60_000);
