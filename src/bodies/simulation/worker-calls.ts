// What the simulation's worker can be asked, what it says, and how long that may take: all that the two ends share.
import type { BodyStatus, SceneMove } from "../../core/ports.ts";
import type { World, WorldEvent } from "./world.ts";

/** Its thread may have to wait for others of a busy machine, and there is nothing that could push meanwhile. */
export const ANSWER_LIMIT_MS = 5000;

/** Each call happens at a physics step; `move` answers with its stamp. */
export interface WorkerCalls {
  /** Sets the world going; `originNs` is the monotonic stamp that is zero on the session's clock. */
  begin(originNs: number): void;
  command(angleDeg: Float64Array, powered: boolean): BodyStatus;
  move(move: Omit<SceneMove, "atMs">): number;
  position: World["position"];
  reach: World["reach"];
}

export interface Question {
  readonly id: number;
  readonly call: keyof WorkerCalls;
  readonly args: readonly unknown[];
}

export type Message =
  | { readonly type: "open"; readonly script: readonly SceneMove[] }
  | { readonly type: "event"; readonly event: WorldEvent; readonly joules: number }
  | { readonly type: "answer"; readonly id: number; readonly answer: unknown }
  | { readonly type: "refusal"; readonly id: number; readonly error: unknown };
