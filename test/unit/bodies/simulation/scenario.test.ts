import { describe, expect, it } from "vitest";
import { planScenario } from "../../../../src/bodies/simulation/scenario.ts";
import type { SceneMove } from "../../../../src/core/ports.ts";
import { restPose } from "../../../../src/core/robot.ts";
import { duo, makeWorld, run } from "./worlds.ts";

const plan = (task: string, seed: number, disturbed = true): Promise<readonly SceneMove[]> =>
  planScenario({ robot: duo, seed, tasks: [task], durationMs: 12_000, disturbed });

describe("planScenario", () => {
  it("plans the same for a seed and otherwise for another", async () => {
    expect(await plan("track", 4)).toEqual(await plan("track", 4));
    expect(await plan("track", 4)).not.toEqual(await plan("track", 5));
  });

  it("leaves an obedient robot's scene alone unless it is to be disturbed", async () => {
    expect(await plan("obey", 4, false)).toEqual([]);
    const moved = (await plan("obey", 4)).map(({ object }) => object);
    expect(moved).toEqual(["cube"]);
  });

  it("leaves out what a scene has nothing for where nobody asked for it, and refuses it else", async () => {
    const robot = { ...duo, sceneSource: duo.sceneSource.replaceAll('"ball"', '"balloon"') };
    const options = { robot, seed: 4, durationMs: 12_000, tasks: ["reach", "flinch"] };
    const moved = new Set((await planScenario({ ...options, lenient: true })).map((m) => m.object));
    expect(moved).toEqual(new Set(["heat_source"]));
    await expect(planScenario(options)).rejects.toThrow(/ball/);
    const numb = { ...duo, sensors: duo.sensors.filter(({ kind }) => kind !== "heat") };
    const cold = { ...numb, sceneSource: duo.sceneSource.replaceAll('"heat_source"', '"stove"') };
    expect(await planScenario({ ...options, robot: cold, tasks: ["flinch"] })).toEqual([]);
  });

  it("moves the ball of a scene by the plan of one task alone", async () => {
    const options = { robot: duo, seed: 4, durationMs: 12_000 };
    const ballOf = (script: readonly SceneMove[]) => script.filter((m) => m.object === "ball");
    const both = await planScenario({ ...options, tasks: ["track", "reach"] });
    expect(ballOf(both)).toEqual(ballOf(await planScenario({ ...options, tasks: ["track"] })));
  });

  it("shows the ball clear of the desk to be tracked, and lays it on the desk to be reached", async () => {
    for (const seed of [1, 2, 3]) {
      const heights = async (task: string): Promise<number[]> =>
        (await plan(task, seed)).flatMap(({ object, toM }) => (object === "ball" ? toM[2] : []));
      expect(Math.min(...(await heights("track")))).toBeGreaterThanOrEqual(0.1);
      expect(new Set(await heights("reach"))).toEqual(new Set([0.018]));
    }
  });

  it("shows a resting head the ball of track and reach from the first picture on, and no other", async () => {
    for (const task of ["obey", "flinch", "track", "reach"]) {
      const world = await makeWorld({ script: await plan(task, 4) });
      world.command(restPose(duo), true);
      let reds = 0;
      world.advance(0, (event) => {
        if (!("kind" in event) || event.kind !== "image") return;
        for (let k = 0; k < event.rgb.length; k += 3)
          if (event.rgb[k]! > 50 && event.rgb[k]! > 2.5 * event.rgb[k + 1]!) reds++;
      });
      expect(reds > 8).toBe(task === "track" || task === "reach");
    }
  });

  it("holds the ball that is shown, all the time", async () => {
    const script = await plan("track", 4);
    const world = await makeWorld({ script });
    const shown = script.filter(({ object }) => object === "ball");
    for (const { atMs, durationMs, toM } of shown.filter((move) => move.atMs > 0)) {
      const endMs = atMs + durationMs;
      if (endMs > 12_000) break;
      run(world, endMs - world.timeNs / 1e6);
      const [x, y, z] = world.position("ball");
      expect(Math.hypot(x - toM[0], y - toM[1], z - toM[2])).toBeLessThan(0.001);
    }
  });

  it("lays the ball where a hand has to go to, and the cube out of the way", async () => {
    const world = await makeWorld();
    const hands = ["left_arm_tip", "right_arm_tip"].map((name) => world.position(name));
    for (const seed of [1, 2, 3, 4, 5]) {
      const script = await plan("reach", seed);
      const laid = script.filter(({ object }) => object === "ball").map(({ toM }) => toM);
      expect(laid).toHaveLength(2);
      const [cube] = script.filter(({ object }) => object === "cube");
      for (const place of laid)
        for (const other of [...hands, cube!.toM])
          expect(Math.hypot(...place.map((v, i) => v - other[i]!))).toBeGreaterThan(0.06);
    }
  });
});
