import { expect, onTestFinished, test, vi } from "vitest";
import { JointSampler } from "../../../../src/bodies/board/joint-sampler.ts";
import { RealClock, SimulatedClock } from "../../../../src/core/clock.ts";
import type { ValuesSample } from "../../../../src/core/ports.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import { restPose } from "../../../../src/core/robot.ts";

const robot = loadRobot("duo"); // joints ten times a second
const poseDeg = restPose(robot);

test("samples the joints at multiples of their period, those of a standstill as well", () => {
  const clock = new SimulatedClock();
  clock.advanceTo(130e6);
  const samples: ValuesSample[] = [];
  const sampler = new JointSampler(robot, (sample) => samples.push(sample));
  sampler.begin(clock, () => poseDeg);
  clock.advanceTo(520e6);
  expect(samples.map(({ timeNs }) => timeNs)).toEqual([200e6, 300e6, 400e6, 500e6]);
  expect(samples[0]!.values).toEqual(poseDeg);
  expect(samples[0]!.values).not.toBe(poseDeg);
  sampler.close();
  expect(clock.nextNs()).toBeUndefined();
});

test("says nothing of joints that nobody knows", () => {
  const clock = new SimulatedClock();
  const samples: ValuesSample[] = [];
  let known: Float64Array | undefined;
  new JointSampler(robot, (sample) => samples.push(sample)).begin(clock, () => known);
  clock.advanceTo(250e6);
  known = poseDeg;
  clock.advanceTo(350e6);
  expect(samples.map(({ timeNs }) => timeNs)).toEqual([300e6]);
});

test("waits for nothing more when it is closed by whoever was given a sample", () => {
  const clock = new SimulatedClock();
  const samples: ValuesSample[] = [];
  const sampler = new JointSampler(robot, (sample) => {
    samples.push(sample);
    sampler.close();
  });
  sampler.begin(clock, () => poseDeg);
  clock.advanceTo(1e9);
  expect(samples).toHaveLength(1);
  expect(clock.nextNs()).toBeUndefined();
});

test("goes on where the clock begins anew, as for a leader that is there before the run", () => {
  // Timers of the test's own under the real clock: only that one begins anew.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "hrtime"] });
  onTestFinished(() => void vi.useRealTimers());
  const clock = new RealClock();
  const samples: ValuesSample[] = [];
  const sampler = new JointSampler(robot, (sample) => samples.push(sample));
  sampler.begin(clock, () => poseDeg);
  vi.advanceTimersByTime(450);
  clock.begin();
  samples.length = 0;
  vi.advanceTimersByTime(350);
  sampler.close();
  expect(samples.map(({ timeNs }) => timeNs)).toEqual([100e6, 200e6, 300e6]);
});
