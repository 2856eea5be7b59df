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
