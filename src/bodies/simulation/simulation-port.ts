// What a simulation offers beyond the body port: an oracle, a meter, and hands to move things with.
import type { Clock } from "../../core/clock.ts";
import type { Body, Oracle, SceneMove } from "../../core/ports.ts";
import { planScenario, type Scenario } from "./scenario.ts";
import type { WorldOptions } from "./world.ts";

export interface SimulationOptions extends WorldOptions {
  readonly clock: Clock;
  /** What happens in the scene, planned from the seed; `script` goes before it. */
  readonly scenario?: Scenario;
  /** Gives up opening. */
  readonly signal?: AbortSignal;
}

/**
 * A body with a world around it. The world is as old as the clock: what went by before anybody
 * listened, the robot spent limp. Its order of events at one stamp is told in world.ts.
 */
export interface SimulationBody extends Body {
  readonly oracle: Oracle;
  /** What the scene's objects do: with the seed and the frames it makes the same world again. */
  readonly script: readonly SceneMove[];
  readonly actuationJoules: number;
  move(move: Omit<SceneMove, "atMs">): Promise<number>;
}

/** The options of a world without the clock that paces it; they travel between threads. */
export type SceneOptions = Omit<SimulationOptions, "clock" | "signal">;

/** The script of a simulation: the one given, or one planned for its scenario. */
export const scriptOf = async (options: SceneOptions): Promise<readonly SceneMove[]> => {
  const { robot, seed, script, scenario } = options;
  if (script !== undefined || scenario === undefined) return script ?? [];
  return planScenario({ robot, seed, ...scenario });
};
