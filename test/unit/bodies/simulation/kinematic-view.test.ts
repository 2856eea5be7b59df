// The robot as others draw it stands where the simulated one does.
import { describe, expect, onTestFinished, test } from "vitest";
import type { SessionRecord } from "../../../../src/core/records.ts";
import type { SceneMove, WorldState } from "../../../../src/core/ports.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import { KinematicView } from "../../../../src/bodies/simulation/kinematic-view.ts";
import { Scene } from "../../../../src/bodies/simulation/scene.ts";
import { World } from "../../../../src/bodies/simulation/world.ts";

const robot = loadRobot("duo");

const openView = async (script?: readonly SceneMove[]): Promise<KinematicView> => {
  const view = new KinematicView(await Scene.load(robot), script);
  onTestFinished(() => view.close());
  return view;
};

const action = (appliedDeg: readonly number[]): SessionRecord => ({
  type: "action",
  timeNs: 0,
  fresh: true,
  targetDeg: Float64Array.from(appliedDeg),
  appliedDeg: Float64Array.from(appliedDeg),
  powered: true,
  mode: "active",
});

describe("KinematicView", () => {
  test("shows every body of a simulated world where that has it, carried things too", async () => {
    const script: SceneMove[] = [
      { atMs: 100, object: "heat_source", toM: [0.2, 0.1, 0.1], durationMs: 200 },
      { atMs: 0, object: "ball", toM: [0.3, 0, 0.2], durationMs: 0 },
    ];
    const world = await World.load({ robot, seed: 1, script });
    onTestFinished(() => world.close());
    const view = await openView(script);
    const raised = robot.servos.map(({ name, restDeg }) =>
      name.includes("shoulder") ? 90 : restDeg,
    );
    world.command(Float64Array.from(raised), true);
    let [compared, latest] = [0, undefined as WorldState | undefined];
    for (let timeNs = 0; timeNs <= 500e6; timeNs += 50e6) {
      world.advance(timeNs, (event) => {
        if (!("kind" in event)) latest = event;
      });
      const record: SessionRecord = { type: "state", timeNs, state: latest! };
      for (const { body, positionM } of view.poses(record)!) {
        if (body === "world") continue;
        const expected = world.position(body);
        for (const axis of [0, 1, 2]) expect(positionM[axis]).toBeCloseTo(expected[axis]!, 9);
        compared++;
      }
    }
    expect(compared).toBe(11 * 12);
    expect(view.poses(action(raised))).toBeUndefined();
  });

  test("shows a thing that a hand has moved where the hand left it", async () => {
    const script: SceneMove[] = [
      { atMs: 0, object: "heat_source", toM: [0.2, 0.1, 0.1], durationMs: 0 },
    ];
    const world = await World.load({ robot, seed: 1, script });
    onTestFinished(() => world.close());
    const view = await openView(script);
    let state: WorldState | undefined;
    world.advance(300e6, (event) => {
      if (!("kind" in event)) state = event;
    });
    const moved = { object: "heat_source", toM: [0.1, -0.1, 0.2], durationMs: 0 } as const;
    view.poses({ type: "move", timeNs: 100e6, ...moved });
    const poses = view.poses({ type: "state", timeNs: 300e6, state: state! })!;
    const { positionM } = poses.find(({ body }) => body === "heat_source")!;
    for (const axis of [0, 1, 2]) expect(positionM[axis]).toBeCloseTo(moved.toM[axis]!, 9);
  });

  test("shows a robot on a board by what its servos were told, and nothing that may not be there", async () => {
    const view = await openView();
    const hand = (deg: number): readonly number[] => {
      const pose = robot.servos.map(({ name, restDeg }) =>
        name === "left_shoulder" ? deg : restDeg,
      );
      const poses = view.poses(action(pose))!;
      expect(poses.map(({ body }) => body)).not.toContain("ball");
      return poses.find(({ body }) => body === "left_forearm")!.positionM;
    };
    expect(hand(90)[2]! - hand(0)[2]!).toBeCloseTo(0.09 * Math.cos((5 * Math.PI) / 180), 2); // the upper arm, lifted
    expect(view.shapes.map(({ body }) => body)).not.toContain("heat_source");
  });

  test("has the shapes of the scene at their full size, but none that can't be seen", async () => {
    const { shapes } = await openView([]);
    expect(shapes.find(({ body }) => body === "cube")).toMatchObject({
      kind: "box",
      sizeM: [0.025, 0.025, 0.025],
    });
    expect(shapes.find(({ body }) => body === "ball")).toMatchObject({
      kind: "sphere",
      sizeM: [0.036, 0.036, 0.036],
      colour: [expect.closeTo(0.9, 5), expect.closeTo(0.1, 5), expect.closeTo(0.1, 5), 1],
    });
    const arm = shapes.filter(({ body }) => body === "left_forearm");
    expect(arm.map(({ kind }) => kind)).toEqual(["capsule", "sphere"]);
    expect(arm[0]!.sizeM[2]).toBeCloseTo(0.1, 9);
  });
});
