// Sensors on wires: MuJoCo's quantities as volts on the emulated board's inputs, and what the real firmware says
// that it read there, beside the same sensors without wires.
import { beforeAll, expect, test } from "vitest";
import { openEmulator } from "../../../../src/bodies/emulator/emulator-body.ts";
import { openSimulation } from "../../../../src/bodies/simulation/simulation-body.ts";
import { SimulatedClock } from "../../../../src/core/clock.ts";
import type { ValuesSample } from "../../../../src/core/ports.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";

const SECONDS = 6;
const LSB = 1 / 1023; // of a range
/** Something hot comes and goes: nothing else of duo's changes while it is limp. */
const scenario = { tasks: ["flinch"], durationMs: SECONDS * 1000 };

const duo = loadRobot("duo");
const noiseless = duo.sensors.map((sensor) =>
  "noise" in sensor ? { ...sensor, noise: 0 } : sensor,
);
const scalars = noiseless.flatMap((sensor) => ("range" in sensor ? sensor : []));
const plain = { ...duo, sensors: noiseless };
const wired = {
  ...duo,
  sensors: noiseless.map((sensor) =>
    "range" in sensor ? { ...sensor, analogPin: scalars.indexOf(sensor) } : sensor,
  ),
};

const samplesOf = async (
  open: typeof openEmulator,
  robot: typeof duo,
): Promise<Map<string, ValuesSample[]>> => {
  const clock = new SimulatedClock();
  await using body = await open({ robot, clock, seed: 3, scenario });
  const samples = new Map<string, ValuesSample[]>(scalars.map(({ name }) => [name, []]));
  let latestNs = 0;
  body.samples.subscribe((sample) => {
    latestNs = Math.max(latestNs, clock.nowNs() - sample.timeNs);
    if (sample.kind === "values") samples.get(sample.sensor)?.push(sample);
  });
  clock.advanceTo(SECONDS * 1e9);
  expect(latestNs).toBeLessThan(5e6); // ns: what was read is known soon
  return samples;
};

let read: Map<string, ValuesSample[]>;
let felt: Map<string, ValuesSample[]>;
beforeAll(async () => {
  read = await samplesOf(openEmulator, wired);
  felt = await samplesOf(openSimulation, plain);
});

test.for(scalars.map(({ name }) => name))("%s comes at its rate, by the board's stamps", (name) => {
  const { rateHz } = scalars.find((sensor) => sensor.name === name)!;
  const stamps = read.get(name)!.map(({ timeNs }) => timeNs);
  expect(stamps.length).toBeGreaterThanOrEqual(SECONDS * rateHz - 1);
  for (const [k, stamp] of stamps.slice(1).entries())
    expect(Math.abs(stamp - stamps[k]! - 1e9 / rateHz)).toBeLessThan(2e6); // its loop was saying something
});

test.for(scalars.map(({ name }) => name))(
  "%s is what the simulation feels, to a step of 10 bits",
  (name) => {
    const { range } = scalars.find((sensor) => sensor.name === name)!;
    const span = range[1] - range[0];
    const values = felt.get(name)!.map((sample) => sample.values[0]!);
    for (const [k, sample] of read.get(name)!.entries()) {
      // The board looks within 2 ms of the simulation's stamp, between which and the next the world goes on.
      const near = values.slice(Math.max(0, k - 1), k + 2);
      expect(sample.values[0]).toBeGreaterThan(Math.min(...near) - 1.5 * LSB * span);
      expect(sample.values[0]).toBeLessThan(Math.max(...near) + 1.5 * LSB * span);
    }
  },
);

test("the hot thing was felt through the converter", () => {
  const hottest = (of: typeof read): number =>
    Math.max(
      ...["heat_left", "heat_right"].flatMap((name) => of.get(name)!.map((s) => s.values[0]!)),
    );
  expect(hottest(felt)).toBeGreaterThan(40);
  expect(hottest(read)).toBeCloseTo(hottest(felt), 0);
});
