import { expect, test } from "vitest";
import { BodyError } from "../../../../src/core/errors.ts";
import type { Robot } from "../../../../src/core/robot.ts";
import { World } from "../../../../src/bodies/simulation/world.ts";
import { duo, makeWorld } from "./worlds.ts";

const renamed = (from: string, to: string): Robot => ({
  ...duo,
  sceneSource: duo.sceneSource.replace(from, to),
});

test.each([
  [
    "joint",
    '<joint name="left_elbow"',
    '<joint name="elbow_left"',
    /servo left_elbow needs a joint/,
  ],
  ["camera", '<camera name="eye"', '<camera name="nose"', /sensor eye needs a camera .* has nose/],
  ["site", '<site name="heat_left"', '<site name="warm"', /sensor heat_left needs a site/],
  ["touch sensor", '<touch name="touch_left"', '<touch name="t"', /touch_left needs a sensor/],
])("a scene without the %s of a name says so, and what it has", async (_, from, to, message) => {
  const sceneSource = renamed(from, to).sceneSource.replace(
    '<position name="left_elbow" joint="left_elbow"/>',
    from.startsWith("<joint") ? "" : '<position name="left_elbow" joint="left_elbow"/>',
  );
  const loading = World.load({ robot: { ...duo, sceneSource }, seed: 1 });
  await expect(loading).rejects.toThrow(BodyError);
  await expect(loading).rejects.toThrow(message);
  await expect(loading).rejects.toThrow(duo.sceneFile);
});

test.each([
  [
    "a joint that slides",
    '<joint name="pan"',
    '<joint name="pan" type="slide"',
    /joint that is no/,
  ],
  ["a motor", '<position name="pan"', '<motor name="pan"', /holds no angle/],
  [
    "the actuator of another joint",
    '<position name="pan" joint="pan"',
    '<position name="pan" joint="tilt"',
    /another joint/,
  ],
])("%s is no servo", async (_, from, to, message) => {
  const robot = renamed(from, to);
  expect(robot.sceneSource).not.toBe(duo.sceneSource);
  const loading = World.load({ robot, seed: 1 });
  await expect(loading).rejects.toThrow(BodyError);
  await expect(loading).rejects.toThrow(message);
});

test("MuJoCo's complaint about a wrong scene is handed on with the file's name", async () => {
  const loading = World.load({ robot: renamed("<worldbody>", "<worldbodi>"), seed: 1 });
  await expect(loading).rejects.toThrow(BodyError);
  await expect(loading).rejects.toThrow(/scene\.xml: MuJoCo refuses the scene: .*worldbod/s);
});

test("a place that is nowhere is refused with the names there are", async () => {
  const world = await makeWorld();
  expect(() => world.position("balloon")).toThrow(/body named "balloon".*ball, cube, heat_source/);
});
