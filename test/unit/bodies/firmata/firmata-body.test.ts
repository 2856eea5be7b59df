// A stock Firmata board through johnny-five: what is on the pins of an emulated Uno, in real time.
import { EventEmitter } from "node:events";
import { afterEach, expect, test } from "vitest";
import { firmwareHex } from "../../../../src/bodies/emulator/firmware-hex.ts";
import { PacedUno } from "../../../../src/bodies/emulator/paced-uno.ts";
import type { Pulse } from "../../../../src/bodies/emulator/pulse-meter.ts";
import { UnoPort } from "../../../../src/bodies/emulator/uno-port.ts";
import { FirmataBody, openFirmata } from "../../../../src/bodies/firmata/firmata-body.ts";
import { pause, RealClock, SimulatedClock } from "../../../../src/core/clock.ts";
import { BodyError } from "../../../../src/core/errors.ts";
import { pulseOf, restPose, type RobotDescription } from "../../../../src/core/robot.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";

const duo = loadRobot("duo");
const clock = new RealClock();
let pulses: Pulse[] = [];
let board: PacedUno;
let port: UnoPort;

const open = (robot: RobotDescription = duo): Promise<FirmataBody> => {
  pulses = [];
  board = new PacedUno({
    hex: firmwareHex(),
    clock,
    said: (bytes) => port.hear(bytes),
    pulse: (pulse) => pulses.push(pulse),
  });
  port = new UnoPort((bytes) => board.write(bytes));
  return FirmataBody.open({ robot, clock, transport: port });
};
afterEach(() => board?.close());

/** As long as it takes on this machine. */
const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await pause(clock, 5);
};

/** Lets the board live so long, by its own time, and takes the pulses of it. */
const watch = async (ms: number): Promise<Pulse[]> => {
  const endNs = board.uno.timeNs + ms * 1e6;
  await until(() => board.uno.timeNs >= endNs);
  return pulses.splice(0);
};

/** The rest pose with its head turned. */
const turned = (byDeg: number): Float64Array => {
  const angleDeg = restPose(duo);
  angleDeg[0]! += byDeg;
  return angleDeg;
};

test("pulses begin with the first frame that has power, are what was told, and end without it", async () => {
  const body = await open();
  expect(await watch(100)).toEqual([]);
  await body.send({ timeNs: 0, angleDeg: turned(20), powered: true });
  await watch(40);
  const seen = await watch(100);
  for (const [index, servo] of duo.servos.entries()) {
    const widths = seen.filter(({ pin }) => pin === servo.pin).map((p) => p.widthCycles / 16);
    expect(widths.length).toBeGreaterThanOrEqual(4);
    for (const us of widths)
      expect(Math.abs(us - pulseOf(servo, turned(20)[index]!))).toBeLessThan(3);
  }
  const off = await body.send({ timeNs: 0, angleDeg: turned(20), powered: false });
  expect(off.powered).toBe(false);
  await watch(40);
  expect(await watch(100)).toEqual([]);
  await body.send({ timeNs: 0, angleDeg: turned(20), powered: true }); // the very same pose
  await watch(40);
  expect((await watch(100)).length).toBeGreaterThanOrEqual(4 * duo.servos.length);
  await body.close();
});

test("closing resets the board: no pulse is left", async () => {
  const body = await open();
  await body.send({ timeNs: 0, angleDeg: turned(0), powered: true });
  expect((await watch(100)).length).toBeGreaterThan(0);
  await body.close();
  await watch(40);
  expect(await watch(200)).toEqual([]);
});

test("a port that is lost ends the samples and the frames, and says what still pushes", async () => {
  const body = await open();
  let ended: unknown;
  body.samples.subscribe({ error: (error) => (ended = error) });
  port.emit("close", new Error("device disconnected"));
  expect(ended).toBeInstanceOf(BodyError);
  const sending = body.send({ timeNs: 0, angleDeg: turned(0), powered: true });
  await expect(sending).rejects.toThrow(
    "an emulated Uno was lost: device disconnected; stock Firmata goes on driving the servos",
  );
});

test("a servo on a pin that Firmata drives none on is refused with the pins that it does", async () => {
  const servos = duo.servos.map((servo, index) => (index === 1 ? { ...servo, pin: 15 } : servo));
  await expect(open({ ...duo, servos })).rejects.toThrow(
    'servo "tilt" is on pin 15, which this board\'s Firmata drives no servo on; it does on 2, 3, 4',
  );
});

test("where nobody answers, it says what to flash", async () => {
  const silent = Object.assign(new EventEmitter(), {
    path: "/dev/silent",
    write: () => {},
    drain: (done: () => void) => done(),
    close: (done: () => void) => done(),
  });
  const simulated = new SimulatedClock();
  const opening = FirmataBody.open({ robot: duo, clock: simulated, transport: silent });
  void until(() => simulated.nextNs() !== undefined).then(() => simulated.advanceTo(20e9));
  await expect(opening).rejects.toThrow(
    "nobody at /dev/silent answered as Firmata for 15 s; is StandardFirmata on the board",
  );
});

test("a port that isn't there is told", async () => {
  await expect(openFirmata({ robot: duo, clock, port: "/dev/none" })).rejects.toThrow(
    "the port /dev/none does not exist",
  );
});
