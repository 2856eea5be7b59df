// What the firmware does for plain Firmata, for senses and clocks; and how it stands by itself.
import { describe, expect, test } from "vitest";
import { awake, Bench, MODES, restTicks, US } from "./board-fixture.ts";

describe("plain Firmata", () => {
  const write = (us: number): number[] => [0xe9, us & 0x7f, us >> 7]; // pin 9

  test("writes servos without a download and without a lease", () => {
    const bench = new Bench();
    bench.run(60);
    bench.uno.write([0xf4, 9, 4, ...write(1500)]);
    bench.run(5000);
    const widths = bench.takePulses().map(({ widthCycles }) => widthCycles / US);
    expect(widths.length).toBeGreaterThan(240);
    for (const us of widths) expect(Math.abs(us - 1500)).toBeLessThanOrEqual(3);
    bench.uno.write([0xff]); // system reset
    bench.run(40);
    bench.takePulses();
    bench.run(200);
    expect(bench.pulses).toEqual([]);
  });

  test("answers what a client asks before it begins", () => {
    const bench = new Bench();
    bench.run(60);
    expect(bench.firmata[0]).toEqual([0xf9, 2, 5]);
    expect(bench.firmata[1]!.slice(0, 3)).toEqual([0x79, 0, 1]);
    bench.firmata.length = 0;
    bench.uno.write([0xf0, 0x6b, 0xf7]);
    bench.run(100);
    bench.uno.write([0xf0, 0x69, 0xf7, 0xf9]);
    bench.run(100);
    const capabilities = bench.firmata[0]!;
    expect(capabilities[0]).toBe(0x6c);
    expect(capabilities.filter((byte) => byte === 127)).toHaveLength(20);
    expect(bench.firmata[1]).toEqual([
      0x6a,
      ...Array.from({ length: 20 }, (_, pin) => (pin < 14 ? 127 : pin - 14)),
    ]);
    expect(bench.firmata[2]).toEqual([0xf9, 2, 5]);
  });

  test("can't take a servo's pin once it is locked, and is on a lease there", () => {
    const bench = awake();
    // Pin 3 as an input, then as an output, high; all of port 0 high.
    bench.uno.write([0xf4, 3, 0, 0xf4, 3, 1, 0xf5, 3, 1, 0x90, 0x7f, 1, 0xff]);
    bench.stream(400, () => restTicks(bench));
    const tilt = bench.takePulses().filter(({ pin }) => pin === 3);
    expect(tilt.length).toBeGreaterThan(15);
    for (const { widthCycles } of tilt)
      expect(Math.abs(widthCycles / 8 - restTicks(bench)[1]!)).toBeLessThanOrEqual(6);
    bench.uno.write([0xf0, 0x70, 3, 544 & 127, 544 >> 7, 2400 & 127, 2400 >> 7, 0xf7]);
    bench.uno.write([0xe3, 1500 & 0x7f, 1500 >> 7]);
    bench.run(bench.setup.timing.holdMs + bench.setup.timing.limpMs + 100);
    expect(bench.last("status").mode).toBe(MODES.limp);
    bench.takePulses();
    bench.run(200);
    expect(bench.pulses).toEqual([]);
  });

  test.each([
    ["an input", 0],
    ["an output, high", 1],
    ["an analog input", 2],
    ["a servo", 4],
    ["an input with a pull-up", 11],
  ])(
    "what it, or noise, made %s before the lock carries its servo's pulses after it",
    (_, mode) => {
      const bench = new Bench();
      bench.run(60);
      bench.uno.write([0xf4, 3, mode, 0xf5, 3, 1]);
      bench.run(20);
      bench.open();
      bench.stream(800, () => restTicks(bench));
      bench.takePulses();
      bench.stream(400, () => restTicks(bench));
      const tilt = bench.takePulses().filter(({ pin }) => pin === 3);
      expect(tilt.length).toBeGreaterThan(15);
      for (const { widthCycles } of tilt)
        expect(Math.abs(widthCycles / 8 - restTicks(bench)[1]!)).toBeLessThanOrEqual(6);
    },
  );

  test("stays within the limits once they are locked", () => {
    const bench = awake();
    bench.uno.write([0xf0, 0x70, 3, 544 & 127, 544 >> 7, 2400 & 127, 2400 >> 7, 0xf7]);
    bench.uno.write([0xe3, 2400 & 0x7f, 2400 >> 7]); // tilt, whose range ends at 1936 us
    for (let k = 0; k < 40; k++) {
      bench.uno.write([0xe3, 2400 & 0x7f, 2400 >> 7]);
      bench.run(20);
    }
    const tilt = bench.takePulses().filter(({ pin }) => pin === 3);
    expect(Math.abs(tilt.at(-1)!.widthCycles / US - 1936)).toBeLessThanOrEqual(3);
  });
});

test("streams analog inputs at their own rates, with the stamps of its own clock", () => {
  const bench = new Bench().open();
  bench.uno.setVolts(0, 1.25);
  bench.uno.setVolts(3, 5);
  bench.say("sensor", { input: 0, periodMs: 50 });
  bench.say("sensor", { input: 3, periodMs: 7 });
  bench.run(1000);
  const readings = bench.all("reading");
  const slow = readings.filter(({ input }) => input === 0);
  const fast = readings.filter(({ input }) => input === 3);
  expect(slow.length).toBeGreaterThanOrEqual(19);
  expect(slow.length).toBeLessThanOrEqual(21);
  expect(Math.abs(fast.length - 143)).toBeLessThanOrEqual(2);
  expect(slow.every(({ value }) => value === 256)).toBe(true);
  expect(fast.every(({ value }) => value === 1023)).toBe(true);
  const gaps = slow.slice(1).map(({ takenUs }, k) => takenUs - slow[k]!.takenUs);
  for (const gap of gaps) expect(Math.abs(gap - 50_000)).toBeLessThanOrEqual(2500);
  bench.say("sensor", { input: 3, periodMs: 0 });
  bench.run(50);
  const { length } = bench.all("reading");
  bench.run(45);
  expect(bench.all("reading").length - length).toBeLessThanOrEqual(1);
});

test("tells its time, by which a host finds its offset", () => {
  const bench = new Bench().open();
  const offsets: number[] = [];
  for (let token = 0; token < 40; token++) {
    const sentUs = bench.uno.timeNs / 1e3;
    bench.say("ping", { token });
    bench.run(7);
    const pong = bench.last("pong");
    const heardUs = bench.told.at(-1)!.timeNs / 1e3;
    expect(pong.token).toBe(token);
    offsets.push((pong.receivedUs + pong.sentUs) / 2 - (sentUs + heardUs) / 2);
  }
  const sorted = offsets.toSorted((a, b) => Math.abs(a) - Math.abs(b));
  expect(Math.abs(sorted[0]! - sorted[10]!)).toBeLessThan(300);
});

test("a frame task that hangs is reset by the watchdog, and the board is limp and unlocked after", () => {
  const bench = awake();
  bench.uno.chip.core.writeData(0x6f, 0); // TIMSK1: no frame will start any more
  bench.run(200);
  expect(bench.uno.chip.resets).toBe(2);
  bench.takePulses();
  bench.uno.baud = 57_600;
  bench.run(300);
  bench.say("hello", { protocol: 1 });
  bench.run(30);
  expect(bench.last("hello")).toMatchObject({ resetCause: 8, locked: 0 });
  expect(bench.pulses).toEqual([]);
});

test("leaves 256 bytes between its stack and its data untouched", () => {
  const bench = awake();
  bench.uno.write([0xf0, 0x6b, 0xf7]);
  const limbs = bench.setup.limbs.map(({ marker }) => marker);
  for (let k = 0; k < 20; k++) {
    bench.say("chunk", { ids: limbs.flatMap((marker) => [marker, 900, 901, 902]) });
    bench.targets(restTicks(bench));
    bench.run(10);
  }
  bench.stop();
  bench.run(100);
  const { data } = bench.uno.chip.core;
  let untouched = 0;
  let longest = 0;
  for (let at = 0x100; at < data.length; at++) {
    untouched = data[at] === ((at * 167 + 89) & 0xff) ? untouched + 1 : 0;
    longest = Math.max(longest, untouched);
  }
  expect(longest).toBeGreaterThan(256);
});
