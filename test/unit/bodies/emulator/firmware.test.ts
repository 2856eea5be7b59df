// What the firmware does, seen from outside: the real binary, its pins and what it says.
import { describe, expect, test } from "vitest";
import { download } from "../../../../src/wire/download.ts";
import { TICKS_PER_US } from "../../../../src/wire/protocol.ts";
import { awake, Bench, has, MODES, restTicks, US } from "./board-fixture.ts";

test("says who it is, at the speed of Firmata, and keeps every pin quiet until it is told to move", () => {
  const bench = new Bench();
  bench.run(500);
  bench.say("hello", { protocol: 1 });
  bench.run(20);
  expect(bench.last("hello")).toMatchObject({ protocol: 1, board: 1, servos: 12, locked: 0 });
  expect(bench.last("hello").resetCause).toBe(1);
  expect(bench.pulses).toEqual([]);
});

test("is as old as the package that carries it", async () => {
  const { version } = (await import("../../../../package.json", { with: { type: "json" } }))
    .default;
  const bench = new Bench();
  bench.run(30);
  bench.say("hello", { protocol: 1 });
  bench.run(20);
  const { major, minor, patch } = bench.last("hello");
  expect(`${major}.${minor}.${patch}`).toBe(version);
});

test("moves nothing before its limits are locked", () => {
  const bench = new Bench();
  bench.run(30);
  bench.targets(restTicks(bench));
  bench.run(300);
  expect(bench.pulses).toEqual([]);
  const status = bench.status();
  expect(has(status, "not_locked")).toBe(true);
  expect(status.refused).toBe(1);
});

test("locks what it was sent, and nothing else", () => {
  const bench = new Bench();
  bench.run(30);
  const { frames, crc } = download(bench.setup, () => bench.nextSeq);
  for (const [index, frame] of frames.entries()) {
    if (index === 3) continue; // one is lost on the way
    bench.uno.write(frame);
    bench.run(30);
  }
  const refused = bench.status();
  expect(refused.locked).toBe(0);
  expect(has(refused, "wrong_lock")).toBe(true);
  for (const frame of download(bench.setup, () => bench.nextSeq).frames) {
    bench.uno.write(frame);
    bench.run(30);
  }
  expect(bench.status().locked).toBe(1);
  bench.say("hello", { protocol: 1 });
  bench.run(20);
  expect(bench.last("hello")).toMatchObject({ locked: 1, crc });
  // A wider limit afterwards is refused.
  bench.say("servo", { ...bench.setup.servos[0]!, minTicks: 800, maxTicks: 5200 });
  bench.say("begin", {});
  bench.run(60);
  const after = bench.status();
  expect(has(after, "already_locked")).toBe(true);
  expect(after.refused).toBe(refused.refused + 2);
});

test("puts on the pins what it is told, and says so", () => {
  const bench = awake();
  const ticks = restTicks(bench);
  bench.stream(200, () => ticks);
  for (const { pin, widthCycles } of bench.takePulses())
    expect(Math.abs(widthCycles / US - ticks[pin - 2]! / TICKS_PER_US)).toBeLessThanOrEqual(3);
  expect(bench.last("status").pulses.slice(0, 8)).toEqual(ticks);
  expect(bench.last("status").mode).toBe(MODES.active);
});

test("keeps every pulse inside its limits, whatever is asked", () => {
  const bench = awake();
  const { servos } = bench.setup;
  bench.stream(1500, (step) => servos.map(() => (step % 20 < 10 ? 16_383 : 1)));
  for (const { pin, widthCycles } of bench.takePulses()) {
    const { minTicks, maxTicks } = servos[pin - 2]!;
    expect(widthCycles / US).toBeGreaterThan(minTicks / TICKS_PER_US - 3);
    expect(widthCycles / US).toBeLessThan(maxTicks / TICKS_PER_US + 3);
  }
  const status = bench.status();
  expect(has(status, "clamped")).toBe(true);
  expect(status.clamped).toBeGreaterThan(500);
});

test("moves no faster than its slew from one frame to the next", () => {
  const bench = awake();
  const { servos } = bench.setup;
  bench.stream(1500, (step) => servos.map((s) => (step % 20 < 10 ? s.minTicks : s.maxTicks)));
  const before = new Map<number, number>();
  let steepest = 0;
  for (const { pin, widthCycles } of bench.takePulses()) {
    const ticks = widthCycles / 8;
    const moved = Math.abs(ticks - (before.get(pin) ?? ticks));
    steepest = Math.max(steepest, moved / servos[pin - 2]!.slewTicks);
    before.set(pin, ticks);
  }
  expect(steepest).toBeGreaterThan(0.9);
  expect(steepest).toBeLessThan(1.06); // 1, and the error of two pulses
});

test("wakes softly from where it was told to rest", () => {
  const bench = new Bench().open();
  const { servos, timing } = bench.setup;
  const far = servos.map((s) => s.maxTicks);
  bench.stream(500, () => far);
  const first = bench.pulses.slice(0, 8);
  for (const { pin, widthCycles } of first) {
    const { homeTicks } = servos[pin - 2]!;
    expect(Math.abs(widthCycles / 8 - homeTicks)).toBeLessThanOrEqual(timing.softSlewTicks + 6);
  }
  expect(bench.last("status").mode).toBe(MODES.soft);
  const ticks = bench.pulses
    .filter(({ pin }) => pin === 2)
    .map(({ widthCycles }) => widthCycles / 8);
  for (const [k, now] of ticks.slice(1).entries())
    expect(now - ticks[k]!).toBeLessThanOrEqual(timing.softSlewTicks + 6);
});

test("wakes as softly to many commands within a frame", () => {
  const bench = awake();
  const { timing } = bench.setup;
  const rest = restTicks(bench);
  const away = rest.map((ticks) => ticks + 300);
  bench.stream(400, () => away);
  bench.run(timing.holdMs + timing.limpMs + 100);
  expect(bench.last("status").mode).toBe(MODES.limp);
  bench.takePulses();
  const mask = 2 ** rest.length - 1;
  for (let i = 0; i < 12; i++) {
    bench.say("targets", { mask, ticks: rest });
    bench.run(1.5);
  }
  bench.run(40);
  const woken = bench.takePulses();
  for (const [i, ticks] of away.entries()) {
    const first = woken.find(({ pin }) => pin === i + 2)!;
    expect(Math.abs(first.widthCycles / 8 - ticks)).toBeLessThanOrEqual(timing.softSlewTicks + 6);
  }
});

test("wakes softly from where it went limp, though that is not where it rests", () => {
  const bench = awake();
  const { timing } = bench.setup;
  const away = restTicks(bench).map((ticks) => ticks + 300);
  bench.stream(400, () => away);
  bench.run(timing.holdMs + timing.limpMs + 100);
  expect(bench.last("status").mode).toBe(MODES.limp);
  for (const { pin, widthCycles } of bench.takePulses().slice(-8))
    expect(Math.abs(widthCycles / 8 - away[pin - 2]!)).toBeLessThanOrEqual(6);
  bench.stream(200, () => restTicks(bench));
  const woken = bench.takePulses();
  for (const [i, ticks] of away.entries()) {
    const widths = woken.filter(({ pin }) => pin === i + 2).map((pulse) => pulse.widthCycles / 8);
    expect(widths.length).toBeGreaterThan(5);
    for (const [k, now] of widths.entries())
      expect(Math.abs(now - (widths[k - 1] ?? ticks))).toBeLessThanOrEqual(
        timing.softSlewTicks + 6,
      );
  }
});

describe("when the host falls silent", () => {
  test("holds after its lease, then goes limp, and a command wakes it", () => {
    const bench = awake();
    const ticks = restTicks(bench);
    bench.stream(100, () => ticks);
    bench.takePulses();
    bench.run(bench.setup.timing.holdMs + 40);
    expect(bench.last("status").mode).toBe(MODES.hold);
    expect(bench.takePulses().length).toBeGreaterThan(90);
    bench.run(bench.setup.timing.limpMs - 100);
    expect(bench.takePulses().length).toBeGreaterThan(500);
    bench.run(150);
    const status = bench.last("status");
    expect(status.mode).toBe(MODES.limp);
    expect(status.pulses.every((pulse) => pulse === 0)).toBe(true);
    expect(has(status, "lease_over")).toBe(true);
    bench.takePulses();
    bench.run(500);
    expect(bench.pulses).toEqual([]);
    bench.stream(100, () => ticks);
    expect(bench.pulses.length).toBeGreaterThan(20);
  });

  test("a hold in the midst of a soft start does not end it: what was slow goes on slowly", () => {
    const bench = new Bench();
    const timing = { ...bench.setup.timing, softSlewTicks: 10, softMs: 4000, holdMs: 100 };
    bench.setup = { ...bench.setup, timing };
    bench.open();
    const far = restTicks(bench).map((ticks, i) => (i === 0 ? ticks + 600 : ticks));
    bench.stream(300, () => far);
    expect(bench.last("status").mode).toBe(MODES.soft);
    bench.run(250);
    expect(bench.last("status").mode).toBe(MODES.hold);
    bench.takePulses();
    bench.stream(200, () => far);
    const widths = bench
      .takePulses()
      .filter(({ pin }) => pin === 2)
      .map(({ widthCycles }) => (widthCycles / US) * 2);
    const steps = widths.slice(1).map((width, k) => Math.abs(width - widths[k]!));
    expect(Math.max(...steps)).toBeLessThan(14);
    expect(bench.last("status").mode).toBe(MODES.soft);
  });

  test("frames that say nothing about motion feed no lease", () => {
    const bench = awake();
    for (let k = 0; k < 20; k++) {
      bench.say("ping", { token: k });
      bench.targets([]); // malformed
      bench.run(20);
    }
    expect(bench.last("status").mode).toBe(MODES.hold);
  });
});

describe("the emergency stop", () => {
  test("lets no pulse begin, shortens none, and is obeyed by everybody until it is cleared", () => {
    const bench = awake();
    const ticks = restTicks(bench);
    bench.stream(100, () => ticks);
    bench.run(2.2); // in the middle of the frame's pulses
    bench.takePulses();
    const stoppedCycles = bench.uno.chip.core.cycles;
    bench.stop();
    bench.run(30);
    for (const { pin, riseCycles, widthCycles } of bench.takePulses()) {
      expect(riseCycles).toBeLessThan(stoppedCycles + 45 * US); // two bytes at 500 kbaud
      expect(Math.abs(widthCycles / US - ticks[pin - 2]! / TICKS_PER_US)).toBeLessThanOrEqual(3);
    }
    bench.stream(200, () => ticks);
    bench.uno.write([0xf4, 9, 4, 0xe9, 0x5c, 0x0b]); // plain Firmata: servo on D9 to 1500 us
    bench.run(100);
    expect(bench.pulses).toEqual([]);
    const status = bench.last("status");
    expect(status.mode).toBe(MODES.estop);
    expect(status.pulses.every((pulse) => pulse === 0)).toBe(true);
    expect(has(status, "estop") && has(status, "stopped")).toBe(true);
    bench.clear();
    bench.run(100);
    expect(bench.last("status").mode).toBe(MODES.limp);
    expect(bench.pulses).toEqual([]);
    bench.stream(100, () => ticks);
    expect(bench.pulses.length).toBeGreaterThan(20);
  });

  test("is not undone by a clear that was said before it", () => {
    const bench = awake();
    bench.stop();
    bench.run(50);
    bench.clear();
    bench.stop();
    bench.targets(restTicks(bench));
    bench.run(100);
    expect(bench.status().mode).toBe(MODES.estop);
    bench.takePulses();
    bench.run(100);
    expect(bench.pulses).toEqual([]);
  });

  test("one byte of it alone, as a flipped bit makes it, is not a stop", () => {
    const bench = awake();
    bench.uno.write([0xfc, 0x01, 0xfc]);
    bench.stream(100, () => restTicks(bench));
    expect(bench.last("status").mode).toBe(MODES.active);
  });

  test("a wrong word clears nothing", () => {
    const bench = awake();
    bench.stop();
    bench.run(30);
    bench.say("clear", { word: 0 });
    bench.run(60);
    expect(bench.status().mode).toBe(MODES.estop);
  });

  test("no byte takes the pull-up from its switch, without which a torn wire would float", () => {
    const bench = new Bench();
    bench.setup = { ...bench.setup, timing: { ...bench.setup.timing, stopPin: 6 } }; // A5
    awake(bench.open());
    const [PORTC, PULL_UP] = [0x28, 1 << 5];
    const hasPullUp = (): boolean => (bench.uno.chip.core.data[PORTC]! & PULL_UP) !== 0;
    expect(hasPullUp()).toBe(true);
    const [SYSTEM_RESET, SET_PIN_MODE, SET_PIN, A5, INPUT, OUTPUT] = [0xff, 0xf4, 0xf5, 19, 0, 1];
    for (const bytes of [
      [SYSTEM_RESET],
      [SET_PIN_MODE, A5, INPUT],
      [SET_PIN_MODE, A5, OUTPUT],
      [SET_PIN, A5, 0],
    ]) {
      bench.uno.write(bytes);
      bench.run(30);
      expect(hasPullUp()).toBe(true);
    }
  });

  test("an opened switch on its pin stops as well", () => {
    const bench = new Bench();
    bench.setup = { ...bench.setup, timing: { ...bench.setup.timing, stopPin: 6 } }; // A5
    awake(bench.open());
    bench.uno.setAnalogPin(5, true);
    bench.run(30);
    bench.takePulses();
    bench.stream(100, () => restTicks(bench));
    expect(bench.pulses).toEqual([]);
    bench.clear();
    bench.run(60);
    expect(bench.last("status").mode).toBe(MODES.estop);
    bench.uno.setAnalogPin(5, false);
    bench.clear();
    bench.run(60);
    expect(bench.last("status").mode).toBe(MODES.limp);
  });
});
