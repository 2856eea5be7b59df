// What of a robot a board can be told, and in which words it can't.
import { expect, test } from "vitest";
import { setupOf } from "../../../../src/bodies/board/setup.ts";
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
