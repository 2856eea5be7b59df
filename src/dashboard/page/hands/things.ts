// The things of the simulated world that a person can carry: where they are, and where a hand wants them. A hand says
// it again and again while it holds a thing, since one that is let go falls.
import type { SceneBody } from "../../../core/scene-geometry.ts";
import type { Connection } from "../connection.ts";
import { placeOf, type RobotState } from "../robot-state.ts";

type Point = readonly [number, number, number];

const PERIOD_MS = 100;
/** Longer than the period, so that the hand never opens between two words of it. */
const WAY_MS = 220;
/** A thing can't be carried below the desk, or out of reach. */
const BOUNDS_M: readonly (readonly [number, number])[] = [
  [-0.4, 0.7],
  [-0.5, 0.5],
  [0.01, 0.6],
];

/** Where a thing is, metres; undefined for one that can't be carried. */
export const positionOf = (state: RobotState, body: SceneBody): Point | undefined => {
  if (!body.isMovable) return undefined;
  const joint = body.joints[0];
  const { world, carried } = state;
  // A thing that falls is told of by the world's state, one that hovers by where it was carried.
  if (joint && world) return pointOf(world.qpos.subarray(joint.qpos, joint.qpos + 3));
  const carriage = carried.get(body.name);
  return pointOf(carriage ? placeOf(carriage, state.timeMs) : body.position);
};

const pointOf = (numbers: ArrayLike<number>): Point => [numbers[0]!, numbers[1]!, numbers[2]!];

export class Things {
  readonly #state: RobotState;
  readonly #connection: Connection;
  #held: { readonly object: string; toM: Point } | undefined;
  #toldMs = -Infinity;

  constructor(state: RobotState, connection: Connection) {
    this.#state = state;
    this.#connection = connection;
  }

  /** Those that can be carried; none where the world is not simulated. */
  get bodies(): readonly SceneBody[] {
    const { scene, hello } = this.#state;
    return hello?.isSimulated ? (scene?.bodies.filter(({ isMovable }) => isMovable) ?? []) : [];
  }

  /** Name of the thing that a hand holds. */
  get held(): string | undefined {
    return this.#held?.object;
  }

  /** Carries a thing there from now on, until it is let go. */
  carry(object: string, toM: Point): void {
    const [x, y, z] = BOUNDS_M.map(([least, most], axis) =>
      Math.min(most, Math.max(least, toM[axis]!)),
    );
    if (this.#held?.object !== object) this.#toldMs = -Infinity;
    this.#held = { object, toM: [x!, y!, z!] };
  }

  /** Carries it on by so much from where it is held, or is. */
  nudge(object: string, byM: Point): void {
    const body = this.bodies.find(({ name }) => name === object);
    const from =
      this.#held?.object === object ? this.#held.toM : body && positionOf(this.#state, body);
    if (from) this.carry(object, [from[0] + byM[0], from[1] + byM[1], from[2] + byM[2]]);
  }

  letGo(): void {
    this.#held = undefined;
  }

  /** To be called with each animation frame. */
  tick(nowMs: number): void {
    if (!this.#held || nowMs - this.#toldMs < PERIOD_MS) return;
    this.#toldMs = nowMs;
    const { object, toM } = this.#held;
    this.#connection.send("carry", { object, toM: Float32Array.from(toM), durationMs: WAY_MS });
  }
}
