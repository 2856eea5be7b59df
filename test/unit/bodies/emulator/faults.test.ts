// What goes wrong between a host and a board, on the real binary: in every case the pulses stay inside
// their limits and slew, and the board ends in hold, then limp, by itself.
import { describe, expect, test } from "vitest";
import { Random } from "../../../../src/core/random.ts";
import { hostFrame } from "../../../../src/wire/frame.ts";
import { awake, Bench, MODES, restTicks } from "./board-fixture.ts";
import { NOISE_TICKS, violations } from "./violations.ts";

/** A motion that all eight servos can follow, in ticks. */
const swing = (bench: Bench, step: number): number[] =>
  restTicks(bench).map((rest, i) => Math.round(rest + 150 * Math.sin(step / 12 + i)));

/** What happens when nobody says anything any more. */
const silence = (bench: Bench) => {
  const { holdMs, limpMs } = bench.setup.timing;
  bench.takePulses();
  bench.run(holdMs + 50);
  const wrong = violations(bench.takePulses(), bench.setup.servos);
  bench.run(200);
  const still = bench.takePulses();
  const spreads = [2, 3, 4, 5, 6, 7, 8, 9].map((pin) => {
    const widths = still.filter((pulse) => pulse.pin === pin).map(({ widthCycles }) => widthCycles);
    return Math.max(...widths) - Math.min(...widths); // -Infinity without a pulse
  });
  bench.run(limpMs);
  bench.takePulses();
  bench.run(300);
  return {
    wrong,
    holds: spreads.every((cycles) => cycles >= 0 && cycles <= 2 * 8 * NOISE_TICKS),
    pulsesWhenLimp: bench.takePulses().length,
    resets: bench.uno.chip.resets, // no watchdog had to help
  };
};
const HOLD_THEN_LIMP = { wrong: [], holds: true, pulsesWhenLimp: 0, resets: 1 };

/** Every bit of every byte turns over with this chance. */
const noisy = (bytes: Uint8Array, chance: number, random: Random): Uint8Array =>
  bytes.map((byte) => {
    let seen = byte;
    for (let bit = 0; bit < 8; bit++) if (random.uniform() < chance) seen ^= 1 << bit;
    return seen;
  });

describe("in every case pulses stay inside their limits, and the board ends in hold, then limp:", () => {
  test("the host is killed in the middle of a motion", () => {
    const bench = awake();
    bench.stream(400, (step) => swing(bench, step));
    expect(violations(bench.pulses, bench.setup.servos)).toEqual([]);
    expect(silence(bench)).toEqual(HOLD_THEN_LIMP);
  });

  test("the cable is pulled in the middle of a frame, and plugged in again", () => {
    const bench = awake();
    bench.stream(400, (step) => swing(bench, step));
    bench.targets(swing(bench, 20));
    bench.run(0.2);
    bench.uno.isCut = true;
    expect(silence(bench)).toEqual(HOLD_THEN_LIMP);
    bench.uno.isCut = false;
    // The half frame is still in the board's buffer: what comes now begins with a status byte.
    bench.stream(400, (step) => swing(bench, step));
    const pulses = bench.takePulses();
    expect(pulses.length).toBeGreaterThan(100);
    expect(violations(pulses, bench.setup.servos)).toEqual([]);
    expect(bench.last("status").mode).toBe(MODES.soft);
    expect(bench.last("status").broken).toBe(1);
  });

  test("one bit in a hundred turns over on the line, for ten seconds", () => {
    const bench = awake();
    const random = new Random(11, "noise");
    for (let step = 0; step < 500; step++) {
      const ticks = swing(bench, step);
      const frame = hostFrame("targets", step & 0x7f, { mask: 0xff, ticks });
      bench.uno.write(noisy(frame, 0.01, random));
      bench.run(20);
    }
    expect(violations(bench.takePulses(), bench.setup.servos)).toEqual([]);
    bench.targets(swing(bench, 500)); // a whole one at last
    bench.run(20);
    const status = bench.last("status");
    expect(status.badCrc + status.broken).toBeGreaterThan(200);
    expect(status.mode).not.toBe(MODES.estop);
    expect(silence(bench)).toEqual(HOLD_THEN_LIMP);
  });

  test("a flood of garbage at full speed, for two seconds", () => {
    const bench = awake();
    const random = new Random(5, "garbage");
    bench.stream(200, (step) => swing(bench, step));
    for (let ms = 0; ms < 2000; ms++) {
      // Without the stop byte, which would end the test in its own way.
      bench.uno.write(
        Array.from({ length: 50 }, () => Math.floor(random.uniform() * 256)).map((b) =>
          b === 0xfc ? 0xf0 : b,
        ),
      );
      bench.run(1);
    }
    expect(violations(bench.takePulses(), bench.setup.servos)).toEqual([]);
    expect(bench.last("status").broken).toBeGreaterThan(100);
    bench.stream(400, (step) => swing(bench, step));
    expect(bench.pulses.length).toBeGreaterThan(100);
    expect(silence(bench)).toEqual(HOLD_THEN_LIMP);
  });

  test("the host violates the limits on purpose, in every way that a frame can", () => {
    const bench = awake();
    const random = new Random(3, "limits");
    for (let step = 0; step < 150; step++) {
      const ticks = Array.from({ length: 12 }, () => Math.floor(random.uniform() * 16_384));
      bench.say("targets", { mask: 0xfff & ((1 << 8) - 1), ticks: ticks.slice(0, 8) });
      const { codec, limbs } = bench.setup;
      const ids = Array.from({ length: 20 }, () =>
        random.uniform() < 0.2
          ? limbs[Math.floor(random.uniform() * limbs.length)]!.marker
          : codec!.firstId + Math.floor(random.uniform() * codec!.levels),
      );
      bench.say("chunk", { ids });
      bench.run(step % 3 === 0 ? 20 : 7);
    }
    const pulses = bench.takePulses();
    expect(pulses.length).toBeGreaterThan(500);
    expect(violations(pulses, bench.setup.servos)).toEqual([]);
    expect(bench.last("status").clamped).toBeGreaterThan(100);
    bench.run(600); // the last chunk plays on
    expect(silence(bench)).toEqual(HOLD_THEN_LIMP);
  });
});

test("a brown-out in the middle of a motion leaves the board limp and without limits, and it says so", () => {
  const bench = awake();
  bench.stream(300, (step) => swing(bench, step));
  bench.uno.reset("brownOut");
  bench.takePulses();
  bench.uno.baud = 57_600;
  bench.run(100);
  bench.stream(300, (step) => swing(bench, step)); // a host that noticed nothing
  expect(bench.pulses).toEqual([]);
  expect(bench.status()).toMatchObject({ locked: 0, mode: MODES.limp });
  bench.say("hello", { protocol: 1 });
  bench.run(30);
  expect(bench.last("hello")).toMatchObject({ resetCause: 4, locked: 0 });
});

test("a stop in the middle of a full line is obeyed at once, before what was queued", () => {
  const bench = awake();
  const ticks = restTicks(bench);
  for (let k = 0; k < 40; k++) bench.targets(ticks);
  bench.run(10);
  bench.stop(); // the bytes stand behind what is still on the line: from when they arrive it counts
  while (bench.uno.chip.usart.onTheLine > 0) bench.run(0.1);
  const stopped = bench.uno.chip.core.cycles;
  bench.takePulses();
  for (let k = 0; k < 40; k++) bench.targets(ticks);
  bench.run(100);
  for (const { riseCycles, widthCycles } of bench.takePulses()) {
    expect(riseCycles).toBeLessThan(stopped + 16 * 100);
    expect(widthCycles / 8).toBeGreaterThan(1000);
  }
  expect(bench.status().mode).toBe(MODES.estop);
});

test("a second client can't widen what the first has locked, and is heard within the same limits", () => {
  const bench = awake();
  const { servos } = bench.setup;
  for (let step = 0; step < 50; step++) {
    bench.targets(swing(bench, step)); // one client
    bench.say("hello", { protocol: 1 }); // the other, which thinks that it begins
    bench.say("begin", {});
    bench.say("servo", { ...servos[1]!, minTicks: 800, maxTicks: 5200 });
    bench.say("lock", { crc: step });
    bench.uno.write([0xf0, 0x70, 3, 544 & 127, 544 >> 7, 2400 & 127, 2400 >> 7, 0xf7]);
    bench.uno.write([0xe3, 2400 & 0x7f, 2400 >> 7]);
    bench.run(20);
  }
  expect(violations(bench.takePulses(), bench.setup.servos)).toEqual([]);
  expect(bench.last("hello").locked).toBe(1);
  bench.run(40);
  expect(bench.last("status").refused).toBeGreaterThanOrEqual(150);
});

test("a host at the wrong speed moves nothing on a board that has forgotten its limits", () => {
  const bench = new Bench();
  bench.run(100);
  bench.uno.baud = 500_000; // the board was reset, and listens at 57,600
  for (let step = 0; step < 500; step++) {
    bench.say("targets", { mask: 0xff, ticks: swing(bench, step) });
    bench.say("status", {});
    bench.run(20);
  }
  expect(bench.takePulses()).toEqual([]);
});
