import { expect, test } from "vitest";
import type { ImageSample, Sample } from "../../../../src/core/ports.ts";
import type { Robot } from "../../../../src/core/robot.ts";
import { duo, makeWorld, pose, run, samplesOf } from "./worlds.ts";

const image = (sample: Sample | undefined): ImageSample => {
  if (sample?.kind !== "image") throw new Error(`expected an image, found ${sample?.kind}`);
  return sample;
};

const pixels = (
  { rgb, depthM }: ImageSample,
  wanted: (red: number, green: number, blue: number) => boolean,
): number[] =>
  [...depthM.keys()].filter((k) => wanted(rgb[3 * k]!, rgb[3 * k + 1]!, rgb[3 * k + 2]!));

const isRed = (red: number, green: number, blue: number): boolean =>
  red > 60 && green < red / 4 && blue < red / 4;

/** The ball lies on the desk, on the left of duo. */
const script = [{ atMs: 0, object: "ball", toM: [0.15, 0.05, 0.018], durationMs: 0 }] as const;

test("the eye of a resting duo sees the red ball on its left, at its distance", async () => {
  const world = await makeWorld({ script });
  world.command(pose(duo), true);
  const picture = image(samplesOf(run(world, 300), "eye").at(-1));
  expect([picture.width, picture.height]).toEqual([64, 64]);
  const ball = pixels(picture, isRed);
  expect(ball.length).toBeGreaterThan(40);
  const column = ball.reduce((sum, k) => sum + (k % 64), 0) / ball.length;
  expect(column).toBeLessThan(28);
  const nearestM = Math.min(...ball.map((k) => picture.depthM[k]!));
  expect(nearestM).toBeGreaterThan(0.13);
  expect(nearestM).toBeLessThan(0.2);
});

test("the ball leaves the picture when the head looks away", async () => {
  const world = await makeWorld({ script });
  world.command(pose(duo, { pan: -80 }), true);
  expect(pixels(image(samplesOf(run(world, 600), "eye").at(-1)), isRed)).toEqual([]);
});

test("depth ends at the camera's range", async () => {
  const world = await makeWorld();
  world.command(pose(duo, { tilt: 45 }), true);
  const { depthM } = image(samplesOf(run(world, 600), "eye").at(-1));
  expect(Math.max(...depthM)).toBe(2);
});

test("a limb is seen whole whichever way it is turned", async () => {
  // Two poles of two geoms each, a third of the second one's geoms without collisions: the cases
  // in which mj_multiRay, left to itself, drops parts.
  const pole = (name: string, y: number, turn: number) =>
    `<body name="${name}" pos=".5 ${y} 1" euler="${turn} 0 0">
       <geom type="capsule" fromto="0 0 .02 0 0 .15" size=".012" rgba="1 0 0 1"/>
       <geom type="sphere" size=".02" rgba="1 0 0 1"/>
       <geom type="box" pos="0 0 -.1" size=".01 .01 .03" contype="0" conaffinity="0" rgba="1 0 0 1"/>
     </body>`;
  const eye = (name: string, y: number) =>
    `<camera name="${name}" pos="0 ${y} 1" xyaxes="0 -1 0 0 0 1" fovy="50"/>`;
  const both = pole("up", 5, 0) + pole("down", -5, 180) + eye("eye_up", 5) + eye("eye_down", -5);
  const camera = duo.sensors.find(({ kind }) => kind === "camera")!;
  const robot: Robot = {
    ...duo,
    sensors: [
      { ...camera, name: "eye_up" },
      { ...camera, name: "eye_down" },
    ],
    sceneSource: duo.sceneSource.replace("<worldbody>", `<worldbody>${both}`),
  };
  const events = run(await makeWorld({ robot }), 0);
  const [up, down] = ["eye_up", "eye_down"].map((name) => {
    const seen = pixels(image(samplesOf(events, name)[0]), (r, g) => r > 2 * g);
    return seen.map((k) => Math.floor(k / 64));
  });
  // Turned by half a circle, what was k rows from the top is k rows from the bottom.
  const mirrored = down!.map((row) => 63 - row).sort((a, b) => a - b);
  expect(up!.length).toBeGreaterThan(60);
  expect(mirrored).toEqual(up);
});
