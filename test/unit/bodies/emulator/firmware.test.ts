// What the firmware does, seen from outside: the real binary, its pins and what it says.
import { describe, expect, test } from "vitest";
import { pulseOf } from "../../../../src/core/robot.ts";
import { ticksOf } from "../../../../src/bodies/board/setup.ts";
import { motionCodecOf } from "../../../../src/tokens/motion-codec.ts";
import { download } from "../../../../src/wire/download.ts";
import { hostFrame } from "../../../../src/wire/frame.ts";
import { FAULTS, type Fault, TICKS_PER_US } from "../../../../src/wire/protocol.ts";
import { Bench, type Status, US } from "./board-fixture.ts";

const has = (status: Status, fault: Fault): boolean =>
  ((status.faults >> FAULTS.indexOf(fault)) & 1) === 1;
const MODES = { limp: 0, soft: 1, active: 2, hold: 3, estop: 4 };

const restTicks = (bench: Bench): number[] =>
  bench.robot.servos.map((servo) => ticksOf(servo, servo.restDeg));
/** Awake, at rest, and out of soft start. */
const awake = (bench = new Bench().open()): Bench => {
  bench.stream(800, () => restTicks(bench));
  bench.pulses.length = 0;
  return bench;
};

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

  test("frames that say nothing about motion feed no lease", () => {
    const bench = awake();
    for (let k = 0; k < 20; k++) {
      bench.say("ping", { token: k });
      bench.targets([]); // malformed
      bench.run(20);
    }
    expect(bench.last("status").mode).toBe(MODES.hold);
  });

  test("a chunk plays on to its end by itself", () => {
    const bench = awake();
    const ids = headTurn(bench, [200, 127, 127, 127, 127, 127, 127, 127]);
    bench.say("chunk", { ids });
    bench.run(560);
    expect(bench.last("status").mode).toBe(MODES.active);
    const moved = bench.last("status").pulses[0]! - restTicks(bench)[0]!;
    expect(moved).toBeGreaterThan(200);
    bench.run(bench.setup.timing.holdMs);
    expect(bench.last("status").mode).toBe(MODES.hold);
    expect(bench.last("status").pulses[0]! - restTicks(bench)[0]!).toBe(moved);
  });
});

/** A motion of the head: the marker, then levels by frequency and servo. */
const headTurn = (bench: Bench, levels: readonly number[]): number[] => {
  const { codec, limbs } = bench.setup;
  return [limbs[0]!.marker, ...levels.map((level) => codec!.firstId + level)];
};

test("plays motion ids as the interpreter's codec does, at every frame", () => {
  const bench = awake();
  const { robot } = bench;
  const codec = motionCodecOf(robot);
  const levels = [165, 100, 115, 150, 140, 110, 122, 133]; // [coefficients, pan and tilt]
  const servos = robot.servos.slice(0, 2);
  const startDeg = Float64Array.from(servos, (servo) => servo.restDeg);
  const chunkDeg = new Float64Array(codec.frames * 2);
  codec.decode(Int32Array.from(levels), levels.length, startDeg, 2, chunkDeg);
  const frame = hostFrame("chunk", bench.nextSeq, { ids: headTurn(bench, levels) });
  bench.uno.write(frame);
  const readNs = bench.uno.timeNs + frame.length * 20_000 + 50_000;
  bench.run(600);
  let worstDeg = 0;
  let compared = 0;
  let startedNs = 0; // of the frame that a pulse belongs to
  for (const { pin, riseCycles, widthCycles } of bench.pulses) {
    if (pin === 2) startedNs = riseCycles * 62.5;
    const at = (startedNs - readNs) / 20e6 - 1; // frame k of a chunk is the pose 20 (k + 1) ms later
    if (pin > 3 || at < 0 || at > codec.frames - 2) continue;
    const [low, share] = [Math.floor(at), at % 1];
    const pose = (f: number): number => chunkDeg[f * 2 + pin - 2]!;
    const wantedDeg = pose(low) + share * (pose(low + 1) - pose(low));
    const foundUs = widthCycles / US - pulseOf(servos[pin - 2]!, 0);
    worstDeg = Math.max(worstDeg, Math.abs(foundUs / 10.311 - wantedDeg));
    compared++;
  }
  expect(compared).toBeGreaterThan(40);
  expect(worstDeg).toBeLessThan(0.4); // 3 us of a pulse are 0.3 degrees
  const endDeg = [0, 1].map((i) => chunkDeg[(codec.frames - 1) * 2 + i]!);
  const end = bench.last("status").pulses;
  for (const [i, servo] of servos.entries())
    expect(Math.abs(end[i]! - ticksOf(servo, endDeg[i]!))).toBeLessThanOrEqual(2);
});

test("turns mirrored servos the other way, by the same ids", () => {
  const bench = awake();
  const { codec, limbs } = bench.setup;
  const before = bench.last("status").pulses;
  const raise = [180, 127, 127].map((level) => codec!.firstId + level);
  bench.say("chunk", { ids: [limbs[1]!.marker, ...raise, limbs[2]!.marker, ...raise] });
  bench.run(700);
  const after = bench.last("status").pulses;
  const [left, right] = [after[2]! - before[2]!, after[5]! - before[5]!];
  expect(left).toBeGreaterThan(100);
  expect(right).toBe(-left);
});

test("takes any ids: what makes no sense moves nothing, and a chunk said twice plays once", () => {
  const bench = awake();
  const { codec, limbs } = bench.setup;
  bench.say("chunk", { ids: [codec!.firstId + 200, 0, 16_383, 1, 2] });
  bench.run(100);
  const before = bench.last("status").pulses;
  expect(before.slice(0, 8)).toEqual(restTicks(bench));
  const chunk = hostFrame("chunk", 99, { ids: [limbs[0]!.marker, codec!.firstId + 160] });
  bench.uno.write(chunk);
  bench.run(250);
  bench.uno.write(chunk);
  bench.run(500);
  const once = bench.last("status").pulses[0]! - before[0]!;
  bench.uno.write(hostFrame("chunk", 100, { ids: [limbs[0]!.marker, codec!.firstId + 160] }));
  bench.run(700);
  const again = bench.last("status").pulses[0]! - before[0]!;
  expect(once).toBeGreaterThan(100);
  expect(Math.abs(again - 2 * once)).toBeLessThanOrEqual(2);
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
      ...Array.from({ length: 14 }, () => 127),
      0,
      1,
      2,
      3,
      4,
      5, // oxfmt-ignore
    ]);
    expect(bench.firmata[2]).toEqual([0xf9, 2, 5]);
  });

  test("stays within the limits once they are locked", () => {
    const bench = awake();
    bench.uno.write([0xf0, 0x70, 3, ...[544 & 127, 544 >> 7], ...[2400 & 127, 2400 >> 7], 0xf7]);
    bench.uno.write([0xe3, 2400 & 0x7f, 2400 >> 7]); // tilt, whose range ends at 1936 us
    bench.run(800);
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

test("leaves its stack more than twice what it takes", () => {
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
