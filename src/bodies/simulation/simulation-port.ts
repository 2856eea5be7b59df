// What a simulation offers beyond the body port: an oracle, a meter, and hands to move things with.
import type { Clock } from "../../core/clock.ts";
import type { Body, Oracle, SceneMove } from "../../core/ports.ts";
import type { WorldOptions } from "./world.ts";

export interface SimulationOptions extends WorldOptions {
  readonly clock: Clock;
  /** Gives up opening. */
  readonly signal?: AbortSignal;
}

/**
 * A body with a world around it. The world is as old as the clock: what went by before it was
 * opened, the robot spent limp. Its order of events at one stamp is told in world.ts.
 */
export interface SimulationBody extends Body {
  readonly oracle: Oracle;
  /** Mechanical work of all servos so far, the integral of |torque x speed|. */
  readonly actuationJoules: number;
  /** Carries a scene object, from now on; resolves to the stamp at which its move begins, nanoseconds. */
  move(move: Omit<SceneMove, "atMs">): Promise<number>;
}
