// How exact and how quick the pulses are, measured on the pins of the emulated chip, to the cycle. The table
// that these tests assert is printed with PULSE_TABLE=1.
import { expect, test } from "vitest";
import { Random } from "../../../../src/core/random.ts";
import { hostFrame } from "../../../../src/wire/frame.ts";
import { TICKS_PER_US } from "../../../../src/wire/protocol.ts";
import { Bench, US } from "./board-fixture.ts";

const SERVOS = 12;

/** A robot of twelve servos that may go anywhere at once, so that every pulse can be foreseen. */
const twelve = (): Bench => {
  const bench = new Bench();
  const [servo] = bench.setup.servos;
  const servos = Array.from({ length: SERVOS }, (_, channel) => ({
    ...servo!,
    channel,
    minTicks: 1000,
    maxTicks: 5000,
    homeTicks: 3000,
    slewTicks: 5000,
    mirrored: 0,
  }));
  const timing = { ...bench.setup.timing, softSlewTicks: 5000, softMs: 0 };
  bench.setup = { servos, timing, limbs: [] };
  return bench.open();
};

const told = (name: string, errors: readonly number[], more = ""): void => {
  if (process.env["PULSE_TABLE"] !== "1") return;
  const sorted = errors.map(Math.abs).toSorted((a, b) => a - b);
  const at = (share: number): string => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(2);
  process.stdout.write(
    `${name}: n ${sorted.length}, |error| us p50 ${at(0.5)}, p99 ${at(0.99)}, worst ${at(1)} ${more}\n`,
  );
};

/** Errors of the pulses in microseconds, against constant targets. */
const errorsOf = (bench: Bench, ticks: readonly number[]): number[] =>
  bench
    .takePulses()
    .map(({ pin, widthCycles }) => widthCycles / US - ticks[pin - 2]! / TICKS_PER_US);

const random = new Random(7, "pulses");
const anyTicks = (): number[] =>
  Array.from({ length: SERVOS }, () => 1000 + Math.floor(random.uniform() * 4001));

test("every pulse is within 3 us while commands come at 50 Hz", () => {
  const bench = twelve();
  const errors: number[] = [];
  for (let pose = 0; pose < 20; pose++) {
    const ticks = anyTicks();
    bench.stream(60, () => ticks);
    bench.takePulses(); // the old pose is still among them
    bench.stream(200, () => ticks);
    errors.push(...errorsOf(bench, ticks));
  }
  told("commands at 50 Hz", errors);
  expect(errors.length).toBeGreaterThan(2000);
  expect(Math.max(...errors.map(Math.abs))).toBeLessThanOrEqual(3);
});

test("every pulse is within 3 us while the link is full at 500 kbaud, and no frame is lost", () => {
  const bench = twelve();
  const errors: number[] = [];
  let frames = 0;
  const before = bench.last("status");
  const fill = (ms: number, ticks: readonly number[]): void => {
    const end = bench.uno.timeNs + ms * 1e6;
    while (bench.uno.timeNs < end) {
      while (bench.uno.chip.usart.onTheLine < 100) {
        bench.targets(ticks);
        frames++;
      }
      bench.run(1);
    }
  };
  for (let pose = 0; pose < 10; pose++) {
    const ticks = anyTicks();
    fill(60, ticks);
    bench.takePulses();
    fill(140, ticks);
    errors.push(...errorsOf(bench, ticks));
  }
  bench.run(30);
  const status = bench.last("status");
  const { sleptCycles, usart } = bench.uno.chip;
  told("link full", errors, `frames ${frames}, slept ${sleptCycles / bench.uno.chip.core.cycles}`);
  expect(frames).toBeGreaterThan(3000);
  expect([usart.lost, status.badCrc - before.badCrc, status.broken, status.uart]).toEqual([
    0, 0, 0, 0,
  ]);
  expect(errors.length).toBeGreaterThan(700);
  expect(Math.max(...errors.map(Math.abs))).toBeLessThanOrEqual(3);
});

test("a command starts the next frame: its first edge follows the last byte within half a millisecond", () => {
  const bench = twelve();
  const latencies: number[] = [];
  bench.stream(1000, () => anyTicks());
  bench.takePulses();
  for (let step = 0; step < 100; step++) {
    const ticks = anyTicks();
    const frame = hostFrame("targets", bench.nextSeq, { mask: 0xfff, ticks });
    const lastByteNs = bench.uno.timeNs + frame.length * 20_000;
    bench.uno.write(frame);
    bench.run(20);
    const first = bench
      .takePulses()
      .find(({ pin, widthCycles }) => pin === 2 && Math.abs(widthCycles / 8 - ticks[0]!) < 8);
    latencies.push(first === undefined ? Infinity : (first.riseCycles * 62.5 - lastByteNs) / 1e3);
  }
  told("last byte to first edge (us, not an error)", latencies);
  expect(Math.max(...latencies)).toBeLessThan(500);
  expect(Math.min(...latencies)).toBeGreaterThan(0);
});

test("an emergency stop ends all pulses within the one in flight", () => {
  const bench = twelve();
  const latencies: number[] = [];
  for (let k = 0; k < 25; k++) {
    const ticks = anyTicks();
    bench.stream(100, () => ticks);
    bench.run(random.uniform() * 19);
    bench.takePulses();
    const stopNs = bench.uno.timeNs + 2 * 20_000; // two bytes
    bench.stop();
    bench.run(60);
    const ends = bench
      .takePulses()
      .map(({ riseCycles, widthCycles }) => (riseCycles + widthCycles) * 62.5);
    latencies.push(Math.max(0, ...ends.map((end) => (end - stopNs) / 1e3)));
    bench.clear();
    bench.run(30);
  }
  told("stop to the last falling edge (us, not an error)", latencies);
  expect(Math.max(...latencies)).toBeLessThan(2600);
});

/** Milliseconds from one pulse of a pin to the next. */
const gapsOf = (bench: Bench, pin: number): number[] => {
  const rises = bench
    .takePulses()
    .filter((pulse) => pulse.pin === pin)
    .map(({ riseCycles }) => riseCycles / US / 1000);
  return rises.slice(1).map((ms, i) => ms - rises[i]!);
};

/** Commands at 50 Hz, each up to so many milliseconds late. */
const streamLate = (bench: Bench, ms: number, lateMs: number, ticks: readonly number[]): void => {
  for (let at = 0, late = 0; at < ms; at += 20) {
    const next = lateMs * random.uniform();
    bench.run(20 + next - late);
    late = next;
    bench.targets(ticks);
  }
};

test("no frame is left out where the last nap before it would end at its edge", () => {
  const bench = twelve();
  const gaps: number[] = [];
  // The six slots of a group, modulo the 2 ms of a nap, end a few ticks before the frame is latched.
  for (const modulo of [3886, 3890, 3894, 3898, 3902]) {
    const ticks = Array<number>(SERVOS).fill(3000);
    ticks[0] = ticks[6] = 16_000 + modulo - 15_000;
    streamLate(bench, 200, 4, ticks);
    bench.takePulses();
    streamLate(bench, 600, 4, ticks);
    gaps.push(...gapsOf(bench, 2), ...gapsOf(bench, 8));
  }
  expect(gaps.length).toBeGreaterThan(100);
  expect(Math.max(...gaps)).toBeLessThan(25);
});

test("no frame is left out where the first group is limp: its slots are long enough for its interrupt", () => {
  const bench = new Bench();
  const [servo] = bench.setup.servos;
  const servos = [7, 8, 9].map((channel) => ({
    ...servo!,
    channel,
    minTicks: 1000,
    maxTicks: 5000,
  }));
  bench.setup = { ...bench.setup, servos, limbs: [] };
  bench.open();
  const say = (): void => bench.say("targets", { mask: 0b111 << 7, ticks: [3000, 3000, 3000] });
  for (let i = 0; i < 10; i++) {
    say();
    bench.run(20);
  }
  bench.takePulses();
  for (let i = 0, late = 0; i < 250; i++) {
    const next = 3 * random.uniform();
    bench.run(20 + next - late);
    late = next;
    say();
    bench.say("status", {});
  }
  const gaps = gapsOf(bench, 9);
  expect(gaps.length).toBeGreaterThan(200);
  expect(Math.max(...gaps)).toBeLessThan(25);
});

test("both groups slew alike, a step a frame", () => {
  const bench = twelve();
  bench.setup = {
    ...bench.setup,
    servos: bench.setup.servos.map((servo) => ({ ...servo, slewTicks: 100 })),
  };
  const slow = new Bench();
  slow.setup = bench.setup;
  slow.open();
  slow.stream(400, () => Array<number>(SERVOS).fill(3000));
  slow.takePulses();
  slow.targets(Array<number>(SERVOS).fill(3600));
  slow.run(240);
  const widths = (pin: number): number[] =>
    slow.pulses
      .filter((pulse) => pulse.pin === pin)
      .map(({ widthCycles }) => Math.round(widthCycles / US / 5) * 5 * TICKS_PER_US);
  for (const pin of [2, 8, 13]) {
    const moving = widths(pin).filter((width) => width > 3000);
    expect(moving.slice(0, 6)).toEqual([3100, 3200, 3300, 3400, 3500, 3600]);
  }
});
