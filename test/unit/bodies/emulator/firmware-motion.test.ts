// The board plays motion ids by itself, as the interpreter's codec does.
import { expect, test } from "vitest";
import { ticksOf } from "../../../../src/bodies/board/setup.ts";
import { pulseOf } from "../../../../src/core/robot.ts";
import { motionCodecOf } from "../../../../src/tokens/motion-codec.ts";
import { hostFrame } from "../../../../src/wire/frame.ts";
import { awake, Bench, MODES, restTicks, US } from "./board-fixture.ts";

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

test("a chunk beside a limp servo, said at once, wakes the board on a lease like any other", () => {
  const bench = new Bench().open();
  const { codec, limbs } = bench.setup;
  const ids = [limbs[0]!.marker, ...Array<number>(8).fill(codec!.firstId + 140)];
  const limp = (): void => bench.say("targets", { mask: 1 << 7, ticks: [0] });
  limp();
  bench.say("chunk", { ids });
  limp();
  bench.run(200);
  expect(bench.last("status").mode).toBe(MODES.soft);
  bench.run(3300);
  expect(bench.last("status").mode).toBe(MODES.limp);
  bench.takePulses();
  bench.run(1000);
  expect(bench.takePulses()).toEqual([]);
});
