// Worlds for the tests of the simulation: a robot of ours in its scene, and what happened in it.
import { createHash } from "node:crypto";
import { onTestFinished } from "vitest";
import { NS_PER_MS } from "../../../../src/core/clock.ts";
import type { Sample, SceneMove, ServoFrame } from "../../../../src/core/ports.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import { type Robot, restPose } from "../../../../src/core/robot.ts";
import { World, type WorldEvent } from "../../../../src/bodies/simulation/world.ts";

export const duo = loadRobot("duo");

/** The robot's rest pose with some angles changed, degrees in servo order. */
export const pose = (robot: Robot, changes: Record<string, number> = {}): Float64Array => {
  const angleDeg = restPose(robot);
  for (const [index, { name }] of robot.servos.entries())
    angleDeg[index] = changes[name] ?? angleDeg[index]!;
  return angleDeg;
};

export const frame = (robot: Robot, changes: Record<string, number> = {}): ServoFrame => ({
  timeNs: 0,
  angleDeg: pose(robot, changes),
  powered: true,
});

/** A world that ends with its test. */
export const makeWorld = async (
  options: { robot?: Robot; seed?: number; script?: readonly SceneMove[] } = {},
): Promise<World> => {
  const world = await World.load({ robot: duo, seed: 1, ...options });
  onTestFinished(() => world.close());
  return world;
};

/** Goes on by `ms` and returns what came up on the way. */
export const run = (world: World, ms: number): WorldEvent[] => {
  const events: WorldEvent[] = [];
  world.advance(world.timeNs + ms * NS_PER_MS, (event) => events.push(event));
  return events;
};

/** The samples of one sensor, oldest first. */
export const samplesOf = (events: readonly WorldEvent[], sensor: string): Sample[] =>
  events.filter((event): event is Sample => "kind" in event && event.sensor === sensor);

/** The readings of a sensor of one number, oldest first. */
export const readings = (events: readonly WorldEvent[], sensor: string): number[] =>
  samplesOf(events, sensor).map((sample) => (sample.kind === "values" ? sample.values[0]! : NaN));

/** One line an event: what it is, when, and a hash of every bit in it. */
export const fingerprints = (events: readonly WorldEvent[]): string[] =>
  events.map((event) => {
    const arrays =
      "rgb" in event ? [event.rgb, event.depthM] : "values" in event ? [event.values] : [];
    const hash = createHash("sha256");
    for (const array of arrays)
      hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    return `${event.timeNs} ${"kind" in event ? event.sensor : "state"} ${hash.digest("hex")}`;
  });
