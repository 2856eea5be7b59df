// Carries scene objects along a script by simulated time: a mocap body is placed, a free body is
// held without velocity on its way and let go at the end. Paths are minimum-jerk (Flash and Hogan,
// 1985), so that nothing is jolted out of a hand.
import { NS_PER_MS } from "../../core/clock.ts";
import { BodyError } from "../../core/errors.ts";
import type { SceneMove } from "../../core/ports.ts";
import { FREE_JOINT } from "./mujoco.ts";
import { type Point, type Scene, pointAt } from "./scene.ts";

interface Order {
  readonly body: number;
  readonly startNs: number;
  readonly durationNs: number;
  readonly to: Point;
}

interface Carriage extends Order {
  readonly from: Point;
}

export class SceneMover {
  readonly #scene: Scene;
  readonly #orders: Order[] = []; // sorted by startNs
  readonly #carriages = new Map<number, Carriage>(); // by body

  constructor(scene: Scene, script: readonly SceneMove[]) {
    this.#scene = scene;
    for (const move of script) this.add(move);
  }

  /** Throws BodyError for an object that is not in the scene or can't be carried. */
  add(move: SceneMove): void {
    const body = this.#scene.find("body", move.object, "a scene move");
    const { bodyJoint, bodyMocap, jointType } = this.#scene.mujoco.layout;
    if (bodyMocap[body]! < 0 && jointType[bodyJoint[body]!] !== FREE_JOINT)
      throw new BodyError(
        `${this.#scene.robot.sceneFile}: body "${move.object}" can't be carried, it is fixed or ` +
          `hinged; give it a freejoint or mocap="true", or move another object`,
      );
    const startNs = Math.round(move.atMs * NS_PER_MS);
    const after = this.#orders.findIndex((other) => other.startNs > startNs);
    this.#orders.splice(after < 0 ? this.#orders.length : after, 0, {
      body,
      startNs,
      durationNs: move.durationMs * NS_PER_MS,
      to: move.toM,
    });
  }

  /** Puts every object on its way where it belongs at `timeNs`; a new order for an object ends its old one. */
  place(timeNs: number): void {
    const { bodyPosition } = this.#scene.mujoco.live;
    while (this.#orders.length > 0 && this.#orders[0]!.startNs <= timeNs) {
      const order = this.#orders.shift()!;
      const from = pointAt(bodyPosition, order.body);
      this.#carriages.set(order.body, { ...order, from });
    }
    for (const carriage of this.#carriages.values()) {
      const { startNs, durationNs, body } = carriage;
      const share = durationNs > 0 ? Math.min(1, (timeNs - startNs) / durationNs) : 1;
      this.#carry(carriage, share ** 3 * (10 + share * (6 * share - 15)));
      if (share === 1) this.#carriages.delete(body);
    }
  }

  #carry({ body, from, to }: Carriage, along: number): void {
    const { mocapPosition, qpos, qvel } = this.#scene.mujoco.live;
    const { bodyJoint, bodyMocap, jointDof, jointQpos } = this.#scene.mujoco.layout;
    const mocap = bodyMocap[body]!;
    const joint = bodyJoint[body]!;
    const target = mocap < 0 ? qpos : mocapPosition;
    const offset = mocap < 0 ? jointQpos[joint]! : 3 * mocap;
    for (let axis = 0; axis < 3; axis++)
      target[offset + axis] = from[axis]! + along * (to[axis]! - from[axis]!);
    if (mocap < 0) qvel.fill(0, jointDof[joint]!, jointDof[joint]! + 6);
  }
}
