import { expect, test } from "vitest";
import { BodyError } from "../../../../src/core/errors.ts";
import { makeWorld, readings, run } from "./worlds.ts";

test("a script carries the heat source to its place in its time", async () => {
  const script = [
    { atMs: 100, object: "heat_source", toM: [0.1, 0.2, 0.03], durationMs: 400 },
  ] as const;
  const world = await makeWorld({ script });
  run(world, 100);
  expect(world.position("heat_source")).toEqual([0.33, 0.24, 0.03]);
  run(world, 200); // half of a minimum-jerk path after half of its time
  expect(world.position("heat_source")[0]).toBeCloseTo(0.215, 9);
  run(world, 200);
  expect(world.position("heat_source")).toEqual([0.1, 0.2, 0.03]);
});

test("a free body is carried without falling, and falls when it is let go", async () => {
  const script = [{ atMs: 0, object: "ball", toM: [0.3, -0.2, 0.2], durationMs: 300 }] as const;
  const world = await makeWorld({ script });
  run(world, 300);
  const [x, y, z] = world.position("ball");
  expect([x, y, z].map((value) => Number(value.toFixed(6)))).toEqual([0.3, -0.2, 0.2]);
  run(world, 1000);
  const fallen = world.position("ball");
  expect(Math.abs(fallen[2] - 0.018)).toBeLessThan(0.001);
  expect(Math.hypot(fallen[0] - 0.3, fallen[1] + 0.2)).toBeLessThan(0.01);
});

test("a new move takes an object over from its old one", async () => {
  const world = await makeWorld();
  world.move({ atMs: 0, object: "heat_source", toM: [1, 0, 0], durationMs: 1000 });
  world.move({ atMs: 200, object: "heat_source", toM: [0.2, 0.2, 0.2], durationMs: 0 });
  run(world, 202);
  expect(world.position("heat_source")).toEqual([0.2, 0.2, 0.2]);
  run(world, 1000);
  expect(world.position("heat_source")).toEqual([0.2, 0.2, 0.2]);
});

test.each([
  ["balloon", /"balloon".*ball, cube, heat_source/],
  ["head", /"head" can't be carried/],
  ["torso", /"torso" can't be carried/],
])("a move of %s is refused", async (object, message) => {
  const world = await makeWorld();
  const move = () => world.move({ atMs: 0, object, toM: [0, 0, 0], durationMs: 0 });
  expect(move).toThrow(BodyError);
  expect(move).toThrow(message);
});

test("heat grows as the source comes near, and only after it came", async () => {
  const world = await makeWorld();
  const far = readings(run(world, 500), "heat_left");
  expect(Math.max(...far)).toBeLessThan(27);
  const [x, y, z] = world.position("heat_left");
  world.move({ atMs: 500, object: "heat_source", toM: [x, y, z + 0.055], durationMs: 0 });
  const near = readings(run(world, 500), "heat_left");
  expect(near[0]!).toBeLessThan(45); // 50 ms later the lag still holds it back
  expect(near.at(-1)!).toBeGreaterThan(45);
  expect(near.at(-1)!).toBeLessThan(60);
});
