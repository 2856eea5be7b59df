// A robot and its scene as others can draw them, in a MuJoCo of its own: nothing here moves the robot. Of a
// simulated world, the recorded state says where everything is. A board on a wire has no such state: there the
// servos' last commands say where the robot's own limbs should be, and loose things are left out.
import { NS_PER_MS } from "../../core/clock.ts";
import type { SessionRecord } from "../../core/records.ts";
import type { SceneMove } from "../../core/ports.ts";
import type { BodyPose, Quaternion, SceneView, Shape } from "../../core/scene-view.ts";
import { GEOM_KINDS } from "./geom-kinds.ts";
import { FREE_JOINT } from "./mujoco.ts";
import { pointAt, type Scene } from "./scene.ts";
import { SceneMover } from "./scene-mover.ts";

const KINDS: Readonly<Record<number, Shape["kind"] | "plane">> = GEOM_KINDS;
const ENDLESS_M = 4;
const RADIANS_PER_DEGREE = Math.PI / 180;

export class KinematicView implements SceneView {
  readonly shapes: readonly Shape[];
  readonly #scene: Scene;
  readonly #mover: SceneMover | undefined;
  /** Bodies that are told of. */
  readonly #bodies: readonly number[];

  /** `script` carries the things of a simulated world; without it there is no such world. */
  constructor(scene: Scene, script?: readonly SceneMove[]) {
    this.#scene = scene;
    this.#mover = script && new SceneMover(scene, script);
    const { layout, names } = scene.mujoco;
    const isLoose = (body: number): boolean =>
      layout.bodyMocap[body]! >= 0 || layout.jointType[layout.bodyJoint[body]!] === FREE_JOINT;
    this.#bodies = names.body.flatMap((_, body) =>
      script === undefined && isLoose(body) ? [] : [body],
    );
    this.shapes = shapesOf(scene).filter(({ body }) =>
      this.#bodies.some((told) => names.body[told] === body),
    );
    scene.mujoco.place();
  }

  poses(record: SessionRecord): readonly BodyPose[] | undefined {
    const { mujoco, servos } = this.#scene;
    const { qpos } = mujoco.live;
    if (this.#mover !== undefined) {
      if (record.type === "move") this.#mover.add({ ...record, atMs: record.timeNs / NS_PER_MS });
      if (record.type !== "state") return undefined;
      this.#mover.place(record.timeNs);
      qpos.set(record.state.values.subarray(0, qpos.length));
    } else {
      if (record.type !== "action") return undefined;
      for (const [index, deg] of record.appliedDeg.entries())
        qpos[servos[index]!.qpos] = deg * RADIANS_PER_DEGREE;
    }
    mujoco.place();
    const { bodyPosition, bodyRotation } = mujoco.live;
    return this.#bodies.map((body) => ({
      body: mujoco.names.body[body]!,
      positionM: pointAt(bodyPosition, body),
      rotation: [...bodyRotation.subarray(4 * body, 4 * body + 4)] as unknown as Quaternion,
    }));
  }

  close(): void {
    this.#scene.mujoco.close();
  }
}

/** Half extents become whole ones. */
const shapesOf = ({ mujoco: { geoms, names } }: Scene): Shape[] =>
  geoms.flatMap(({ type, body, size, position, rotation, colour }) => {
    const kind = KINDS[type];
    if (kind === undefined || colour[3] === 0) return [];
    const [x, y, z] = size;
    const common = { body: names.body[body]!, positionM: position, rotation, colour };
    switch (kind) {
      case "plane": // 0 is MuJoCo's word for endless
        return { ...common, kind: "box", sizeM: [2 * x || ENDLESS_M, 2 * y || ENDLESS_M, 1e-3] };
      case "sphere":
        return { ...common, kind, sizeM: [2 * x, 2 * x, 2 * x] };
      case "capsule":
      case "cylinder":
        return { ...common, kind, sizeM: [2 * x, 2 * x, 2 * y] };
      case "ellipsoid":
      case "box":
        return { ...common, kind, sizeM: [2 * x, 2 * y, 2 * z] };
    }
  });
