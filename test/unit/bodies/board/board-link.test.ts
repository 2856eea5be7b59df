// The host's end of the protocol, against the real firmware on an emulated Uno.
import { expect, test } from "vitest";
import {
  BoardLink,
  type BoardReading,
  faultsOf,
  modeOf,
} from "../../../../src/bodies/board/board-link.ts";
import { ServoOutputs } from "../../../../src/bodies/board/servo-outputs.ts";
import { setupOf } from "../../../../src/bodies/board/setup.ts";
import type { Pulse } from "../../../../src/bodies/emulator/pulse-meter.ts";
import { CYCLES_PER_US, EmulatedUno } from "../../../../src/bodies/emulator/uno.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import { buildVocabulary } from "../../../../src/tokens/vocabulary.ts";
import { restPose } from "../../../../src/core/robot.ts";
import { boardFrame } from "../../../../src/wire/frame.ts";
import { HEX } from "../emulator/board-fixture.ts";

const robot = loadRobot("duo");
const setup = setupOf(robot, buildVocabulary(robot));
const BAUD = 500_000;
const HELLO = {
  protocol: 1,
  major: 0,
  minor: 1,
  patch: 0,
  board: 1,
  servos: 12,
  resetCause: 1,
  locked: 0,
  crc: 0,
};

/** A board and a line to it; `spoil` may change what the host says. */
const plug = (spoil: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes) => {
  const pulses: Pulse[] = [];
  const readings: BoardReading[] = [];
  const uno: EmulatedUno = new EmulatedUno({
    hex: HEX,
    baud: BAUD,
    said: (byte) => link.take([byte]),
    pulse: (pulse) => pulses.push(pulse),
  });
  const link = new BoardLink({
    say: (bytes) => uno.write(spoil(bytes)),
    nowUs: () => uno.timeNs / 1e3,
    onReading: (reading) => readings.push(reading),
  });
  const wait = (ms: number): void => uno.run(ms);
  const line = { setBaud: (baud: number) => void (uno.baud = baud), wait } as const;
  uno.run(30);
  return { uno, link, line, pulses, readings };
};

test("finds a board, asks it to talk faster, and locks it", async () => {
  const { uno, link, line } = plug();
  await link.open(setup, BAUD, line);
  link.say("status", {});
  uno.run(10);
  expect(link.status).toMatchObject({ locked: 1 });
  expect(modeOf(link.status!)).toBe("limp");
  expect(faultsOf(link.status!)).toEqual([]);
  expect(link.damaged).toBe(0);
});

test("downloads again when the line spoiled a frame", async () => {
  let unspoiled = 0;
  const clean = plug((bytes) => (unspoiled++, bytes));
  await clean.link.open(setup, BAUD, clean.line);
  let frames = 0;
  const { link, line } = plug((bytes) =>
    ++frames === 8 ? bytes.map((byte, at) => (at === 5 ? byte ^ 1 : byte)) : bytes,
  );
  await link.open(setup, BAUD, line);
  expect(link.hello).toMatchObject({ locked: 1 });
  expect(frames).toBeGreaterThan(unspoiled);
});

test("a second host finds the board at its speed, if it has the same limits", async () => {
  const { uno, link, line } = plug();
  await link.open(setup, BAUD, line);
  const again = new BoardLink({
    say: (bytes) => uno.write(bytes),
    nowUs: () => uno.timeNs / 1e3,
  });
  const listen = (byte: number): void => again.take([byte]);
  // The line's other end is now this one.
  link.take = (bytes) => {
    for (const byte of bytes) listen(byte);
  };
  await again.open(setup, BAUD, line);
  expect(again.hello).toMatchObject({ locked: 1 });
  const other = { ...setup, timing: { ...setup.timing, holdMs: 16_000 } };
  await expect(again.open(other, BAUD, line)).rejects.toThrow(
    "locked to the limits of another robot, calibration or run; reset it",
  );
});

test("tells the stamps of pulses in the host's time to 50 us", async () => {
  const { uno, link, line, pulses } = plug();
  await link.open(setup, BAUD, line);
  await link.synchronise(line);
  const { mask, ticks } = new ServoOutputs(robot).targets(restPose(robot), true);
  let told = 0;
  for (let frame = 0; frame < 50; frame++) {
    link.say("targets", { mask, ticks });
    link.say("status", {});
    uno.run(20);
    const { startedUs, pulses: widths } = link.status!;
    if (widths[0] === 0) continue; // still limp
    told++;
    // Its frame begins with the pulse on D2; that on D3 begins where this one ends, and so on.
    const hostUs = link.clock.hostUs(startedUs, uno.timeNs / 1e3);
    const offUs = pulses
      .filter(({ pin }) => pin === 2)
      .map(({ riseCycles }) => Math.abs(riseCycles / CYCLES_PER_US - hostUs));
    expect(Math.min(...offUs)).toBeLessThan(50);
  }
  expect(told).toBeGreaterThan(40);
});

test("names another firmware, and tells one of another version", async () => {
  /** Whoever is there says the same to everything. */
  const meet = (says: Uint8Array): Promise<void> => {
    const link: BoardLink = new BoardLink({ say: () => link.take(says), nowUs: () => 0 });
    return link.open(setup, BAUD, { setBaud: () => {}, wait: () => {} });
  };
  const name = Array.from("StandardFirmata.ino").flatMap((c) => [c.charCodeAt(0), 0]);
  await expect(meet(Uint8Array.of(0xf9, 2, 5, 0xf0, 0x79, 2, 5, ...name, 0xf7))).rejects.toThrow(
    "the board runs StandardFirmata 2.5, not Efference's firmware",
  );
  const hello = { ...HELLO, protocol: 2 };
  await expect(meet(boardFrame("hello", 0, hello))).rejects.toThrow(
    "the board speaks protocol 2, expected 1; flash it",
  );
});

test("loses no reading where it has more to say than its line takes, and takes each at its time", async () => {
  const { uno, link, line, readings } = plug();
  await link.open(setup, BAUD, line);
  for (const input of [0, 1]) link.say("sensor", { input, periodMs: 20 });
  for (let ms = 0; ms < 600; ms++) {
    link.say("status", {}); // whose answers fill the line
    uno.run(1);
  }
  for (const input of [0, 1]) {
    const takenUs = readings.filter((reading) => reading.input === input).map((r) => r.takenUs);
    const gapsMs = takenUs.slice(1).map((us, k) => (us - takenUs[k]!) / 1000);
    expect(gapsMs.length).toBeGreaterThanOrEqual(28);
    expect(Math.max(...gapsMs.map((gap) => Math.abs(gap - 20)))).toBeLessThan(4);
  }
  expect(link.damaged).toBe(0);
});
