import fc from "fast-check";
import { expect, test } from "vitest";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import { servoIndex } from "../../../../src/core/robot.ts";
import { duo, makeWorld, pose, run } from "./worlds.ts";
import { real } from "../../../property/real.ts";

test("a hand that takes up the angles of a reach is where it was to go", async () => {
  const world = await makeWorld();
  const above = [0.15, 0.06, 0.06] as const;
  const { angleDeg, missM } = world.reach("left_arm", above);
  expect(missM).toBeLessThan(0.001);
  const names = duo.limbs["left_arm"]!;
  const changes = Object.fromEntries(names.map((name, k) => [name, angleDeg[k]!]));
  world.command(pose(duo, changes), true);
  run(world, 1000);
  const tip = world.position("left_arm_tip");
  expect(Math.hypot(...tip.map((value, k) => value - above[k]!))).toBeLessThan(0.008);
});

test("the cube before a resting robot is within reach, the ball behind duo is not", async () => {
  const world = await makeWorld();
  const over = (name: string): [number, number, number] => {
    const [x, y, z] = world.position(name);
    return [x, y, z + 0.025];
  };
  expect(world.reach("right_arm", over("cube")).missM).toBeLessThan(0.001);
  for (const limb of ["left_arm", "right_arm"])
    expect(world.reach(limb, over("ball")).missM).toBeGreaterThan(0.05);
  const arm = await makeWorld({ robot: loadRobot("arm") });
  const [x, y, z] = arm.position("cube");
  expect(arm.reach("arm", [x, y, z + 0.03]).missM).toBeLessThan(0.001);
});

test("a point out of reach is approached as far as the arm is long, and the miss is told", async () => {
  const world = await makeWorld();
  // The shoulder stands at [0, 0.072, 0.13], the arm is 0.2 long.
  const { missM } = world.reach("left_arm", [0.6, 0.072, 0.13]);
  expect(missM).toBeGreaterThan(0.399);
  expect(missM).toBeLessThan(0.41);
});

test("whatever the point, the angles are the servos' own, and the same each time", async () => {
  const world = await makeWorld();
  const indexOf = servoIndex(duo);
  const coordinate = real(-0.3, 0.3);
  fc.assert(
    fc.property(coordinate, coordinate, coordinate, (x, y, z) => {
      const first = world.reach("right_arm", [x, y, z]);
      expect(world.reach("right_arm", [x, y, z])).toEqual(first);
      for (const [k, name] of duo.limbs["right_arm"]!.entries()) {
        const [low, high] = duo.servos[indexOf.get(name)!]!.angleDeg;
        expect(first.angleDeg[k]).toBeGreaterThanOrEqual(low - 1e-9);
        expect(first.angleDeg[k]).toBeLessThanOrEqual(high + 1e-9);
      }
    }),
    { numRuns: 20 },
  );
});

test("reaching leaves the world as it was", async () => {
  const world = await makeWorld();
  const before = world.position("left_arm_tip");
  world.reach("left_arm", [0.1, 0.1, 0.2]);
  expect(world.position("left_arm_tip")).toEqual(before);
});

test.each([
  ["tail", /no limb "tail".*left_arm, right_arm/],
  ["head", /limb head needs a site named "head_tip"/],
])("reaching with %s is refused", async (limb, message) => {
  const world = await makeWorld();
  expect(() => world.reach(limb, [0, 0, 0])).toThrow(message);
});
