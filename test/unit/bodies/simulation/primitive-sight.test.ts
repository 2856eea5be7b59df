// What an eye sees of primitives, held against MuJoCo's own rays over random scenes.
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { Random } from "../../../../src/core/random.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import { Mujoco } from "../../../../src/bodies/simulation/mujoco.ts";
import { PrimitiveSight } from "../../../../src/bodies/simulation/primitive-sight.ts";
import type { Point } from "../../../../src/bodies/simulation/scene.ts";
import { AnySight, fanOf, type Nine } from "../../../../src/bodies/simulation/sight.ts";

const SIZES = { sphere: 1, capsule: 2, ellipsoid: 3, cylinder: 2, box: 3 } as const;
const fan = fanOf(48, 32, 70);

/** Solids all around, some about the camera itself, on a floor of some size; a world and what is fixed to it. */
const randomScene = (random: Random): string => {
  const numbers = (count: number, low: number, high: number): string =>
    Array.from({ length: count }, () => random.uniform(low, high)).join(" ");
  const geom = (): string => {
    const kinds = Object.keys(SIZES) as (keyof typeof SIZES)[];
    const kind = kinds[random.index(kinds.length)]!;
    return `<geom type="${kind}" size="${numbers(SIZES[kind], 0.02, 0.4)}" pos="${numbers(3, -1.5, 1.5)}"
      euler="${numbers(3, -180, 180)}" rgba="1 0 0 ${random.index(5) > 0 ? 1 : 0}" contype="0" conaffinity="0"/>`;
  };
  const body = `<body pos="${numbers(3, -1, 1)}" euler="${numbers(3, -180, 180)}">${geom()}${geom()}</body>`;
  const floor = `<geom type="plane" size="${random.index(2) > 0 ? "0 0 .1" : numbers(3, 0.1, 3)}" pos="0 0 -.5" euler="${numbers(2, -30, 30)} 0"/>`;
  return `<mujoco><worldbody>${floor}${Array.from({ length: 6 }, geom).join("")}${body}${body}
    <camera name="eye" pos="${numbers(3, -0.7, 0.7)}" euler="${numbers(3, -180, 180)}"/></worldbody></mujoco>`;
};

const compare = (mujoco: Mujoco, exceptBody: number) => {
  const { cameraPosition, cameraAxes } = mujoco.live;
  const from = {
    position: [...cameraPosition.subarray(0, 3)] as unknown as Point,
    axes: [...cameraAxes.subarray(0, 9)] as unknown as Nine,
    exceptBody,
  };
  const [own, theirs] = [new PrimitiveSight(mujoco, fan), new AnySight(mujoco, fan)];
  own.cast(from);
  theirs.cast(from);
  const hits = [...theirs.geom].filter((geom) => geom >= 0).length;
  let [differing, farthest] = [0, 0];
  for (let pixel = 0; pixel < own.geom.length; pixel++) {
    if (own.geom[pixel] !== theirs.geom[pixel]) differing++;
    else if (own.geom[pixel]! >= 0) {
      const apart = [own.distance[pixel]! / theirs.distance[pixel]! - 1];
      for (let i = 3 * pixel; i < 3 * pixel + 3; i++)
        apart.push(own.normal[i]! - theirs.normal[i]!);
      farthest = Math.max(farthest, ...apart.map(Math.abs));
    }
  }
  theirs.close();
  return { hits, differing, farthest };
};

test("meets what mj_multiRay meets, where it meets it, whatever stands around", async () => {
  let seen = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const mujoco = await Mujoco.compile(randomScene(new Random(seed, "scene")));
      try {
        mujoco.look();
        const { hits, differing, farthest } = compare(mujoco, seed % 3);
        seen += hits;
        expect(differing).toBe(0);
        expect(farthest).toBeLessThan(1e-6);
      } finally {
        mujoco.close();
      }
    }),
    { numRuns: 60 },
  );
  expect(seen).toBeGreaterThan(10_000);
});

test("leaves a scene with anything else to MuJoCo", async () => {
  const scene = (geom: string) =>
    `<mujoco><asset><mesh name="m" vertex="0 0 0 1 0 0 0 1 0 0 0 1"/></asset><worldbody>${geom}</worldbody></mujoco>`;
  const fits = async (geom: string): Promise<boolean> => {
    const mujoco = await Mujoco.compile(scene(geom));
    onTestFinished(() => mujoco.close());
    return PrimitiveSight.fits(mujoco);
  };
  expect(await fits(`<geom type="mesh" mesh="m"/>`)).toBe(false);
  expect(await fits(`<geom type="mesh" mesh="m" rgba="0 0 0 0"/><geom size="1"/>`)).toBe(true);
  const duo = await Mujoco.compile(loadRobot("duo").sceneSource);
  onTestFinished(() => duo.close());
  expect(PrimitiveSight.fits(duo)).toBe(true);
});
