// What of a robot a board can be told, and in which words it can't.
import { expect, test } from "vitest";
import { setupOf } from "../../../../src/bodies/board/setup.ts";
import { WireSenses } from "../../../../src/bodies/board/wire-senses.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import type { Robot } from "../../../../src/core/robot.ts";
import { buildVocabulary } from "../../../../src/tokens/vocabulary.ts";
import { download } from "../../../../src/wire/download.ts";

const duo = loadRobot("duo");
const [first, ...others] = duo.servos;
const tell = (robot: Robot) => download(setupOf(robot, buildVocabulary(robot)), () => 0);

test("a robot whose times are no whole milliseconds is told in the nearest ones", () => {
  const timeouts = { ...duo.timeouts, holdMs: 33.3 };
  expect(setupOf({ ...duo, timeouts }, buildVocabulary(duo)).timing.holdMs).toBe(33);
  expect(() => tell({ ...duo, timeouts })).not.toThrow();
});

// By hand, since all that the board keeps is kept to these: ticks of 0.5 us in a frame of 20 ms, a quarter above
// duo's 360 deg/s and its 60 of a soft start, which are 7.2 and 1.2 degrees a frame, so 9 and 1.5 with the quarter.
//   pan, shoulders  (2400 - 544) us / 180 deg * 2 = 20.622 ticks/deg: * 9 = 185.6, * 1.5 = 30.93
//   tilt            (1936 - 1008) / 90 * 2        = 20.622:           * 9 = 185.6, * 1.5 = 30.93
//   rolls           (2091 - 853) / 120 * 2        = 20.633:           * 9 = 185.7, * 1.5 = 30.95
//   elbows          (2245 - 699) / 150 * 2        = 20.613:           * 9 = 185.5, * 1.5 = 30.92
// Each to the next whole tick; the soft start has one for all, the largest.
test("a board's own limit of speed is a quarter above the host's, and no more", () => {
  const { servos, timing } = setupOf(duo, buildVocabulary(duo));
  expect(servos.map(({ slewTicks }) => slewTicks)).toEqual([
    186, 186, 186, 186, 186, 186, 186, 186,
  ]);
  expect(timing.softSlewTicks).toBe(31);
});

test("a servo that turns half as far in the same pulses, at a third of the speed, is told its own slew", () => {
  // (2400 - 544) / 90 * 2 = 41.244 ticks/deg; 120 deg/s are 2.4 degrees a frame, 3 with the quarter: 123.7
  const servo = { ...first!, angleDeg: [-45, 45] as [number, number], maxSpeedDegPerS: 120 };
  const robot: Robot = { ...duo, servos: [servo, ...others] };
  const { servos, timing } = setupOf(robot, buildVocabulary(robot));
  expect(servos.map(({ slewTicks }) => slewTicks)).toEqual([
    124, 186, 186, 186, 186, 186, 186, 186,
  ]);
  expect(timing.softSlewTicks).toBe(62); // 41.244 * 1.5 = 61.9
});

test("a rest pose at the end of what a servo may is not told half a tick beyond it", () => {
  const servo: Robot["servos"][number] = {
    ...first!,
    pulseUs: [1000.2, 2000],
    angleDeg: [0, 180],
    restDeg: 0,
  };
  const robot = { ...duo, servos: [servo, ...others] };
  const [told] = setupOf(robot, buildVocabulary(robot)).servos;
  expect(told).toMatchObject({ minTicks: 2001, homeTicks: 2001 });
});

test("a sensor that is slower than a board can be told is refused in the words of robot.yaml", () => {
  const sensors = duo.sensors.map((sensor) =>
    sensor.name === "heat_left" ? { ...sensor, analogPin: 3, rateHz: 0.05 } : sensor,
  ) as Robot["sensors"];
  expect(() => new WireSenses({ ...duo, sensors }, () => {})).toThrow(
    /sensors.heat_left: .*found 20000, and a board takes 16383 at most; change it in robot.yaml/,
  );
});

test.each<[string, Robot, RegExp]>([
  [
    "a servo that is geared too finely",
    { ...duo, servos: [{ ...first!, pulseUs: [544, 2400], angleDeg: [-20, 20] }, ...others] },
    /pulseUs over angleDeg of servo "pan".*found 92.8, and a board takes 63.\d+ at most; change it in robot.yaml/,
  ],
  [
    "a soft start that is too long",
    { ...duo, softStart: { ...duo.softStart, durationMs: 20_000 } },
    /softStart.durationMs: found 20000, and a board takes 16383 at most/,
  ],
  [
    "more limbs than a board has room for",
    {
      ...duo,
      limbs: Object.fromEntries(duo.servos.map(({ name }) => [`limb_of_${name}`, [name]])),
    },
    /limbs: found 8, and a board takes 6 at most/,
  ],
])("%s is refused in the words of robot.yaml", (_, robot, words) => {
  expect(() => tell(robot)).toThrow(words);
});
