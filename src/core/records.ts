// What a session keeps: the log from which a run can be told, learned from, and played again.
import type { Cue, Sample, SceneMove, WorldState } from "./ports.ts";

/** Why the kernel limited, refused or stopped something. */
export const SAFETY_REASONS = [
  "position", // a target outside the servo's range
  "speed", // a target that asks for more than the speed limit
  "acceleration", // a target that asks for more than the acceleration limit
  "soft_start", // a target slowed down while the robot wakes
  "not_finite", // NaN or an infinity
  "wrong_length", // a command for another number of servos
  "time_reversed", // a stamp before the last one
  "not_armed", // a command to a limp robot that has not been armed
  "stale_hold", // no command for holdMs
  "stale_rest", // no command for restMs
  "stale_limp", // no command for limpMs
  "estop", // the emergency stop
  "shutdown", // the runtime gave up: see the detail
  "body_away", // the body obeys nobody for a while: see the detail
] as const;
export type SafetyReason = (typeof SAFETY_REASONS)[number];

/** limp: no pulses · soft_start · active · hold, rest: commands went stale · park: going to rest to end · estop: limp until cleared */
export type SafetyMode = "limp" | "soft_start" | "active" | "hold" | "rest" | "park" | "estop";

/** Orders to the kernel that are not motion. */
export type SafetyOrder = "arm" | "park" | "estop" | "clear" | "limp";

export type EpisodeOutcome = "success" | "failure" | "redo";

export type SessionRecord =
  | { readonly type: "sample"; readonly timeNs: number; readonly sample: Sample }
  | { readonly type: "cue"; readonly timeNs: number; readonly cue: Cue }
  | {
      readonly type: "tokens_in";
      readonly timeNs: number;
      readonly sensor: string;
      readonly ids: Int32Array;
    }
  | { readonly type: "tokens_out"; readonly timeNs: number; readonly ids: Int32Array }
  /** What a teacher would have answered where a policy that learns was asked; then comes its answer. */
  | { readonly type: "advice"; readonly timeNs: number; readonly ids: Int32Array }
  | {
      /** An answer in degrees instead of tokens, [frames, servos]: see Answer in ports.ts. */
      readonly type: "motion_out";
      readonly timeNs: number;
      readonly deltaDeg: Float32Array;
    }
  | {
      readonly type: "act";
      readonly timeNs: number;
      readonly name: string;
      readonly pace: string;
      readonly phase: "started" | "ended" | "preempted";
    }
  | {
      /** What was asked of the kernel and what it let through, at the host's stamp of the frame. */
      readonly type: "action";
      readonly timeNs: number;
      /** Whether the interpreter had a command for this frame; without one the kernel's timeouts run. */
      readonly fresh: boolean;
      readonly targetDeg: Float64Array;
      readonly appliedDeg: Float64Array;
      readonly powered: boolean;
      readonly mode: SafetyMode;
    }
  | {
      /** The frame of `frameNs` reached the outputs at `timeNs`, the body's own stamp. */
      readonly type: "applied";
      readonly timeNs: number;
      readonly frameNs: number;
      readonly powered: boolean;
    }
  | { readonly type: "state"; readonly timeNs: number; readonly state: WorldState }
  | {
      readonly type: "order";
      readonly timeNs: number;
      readonly order: SafetyOrder;
      readonly reason: string;
    }
  | {
      readonly type: "safety";
      readonly timeNs: number;
      readonly reason: SafetyReason;
      readonly servo: string;
      readonly detail: string;
    }
  | {
      readonly type: "meter";
      readonly timeNs: number;
      readonly name: string;
      readonly value: number;
    }
  | {
      readonly type: "episode";
      readonly timeNs: number;
      readonly index: number;
      readonly task: string;
      readonly phase: "started" | "ended";
      /** How it ended, where a judge or a person said so; what is to be done again is to be forgotten. */
      readonly outcome?: EpisodeOutcome;
    }
  /** A person drives in the policy's place: what is said until it ended corrects the policy. */
  | { readonly type: "takeover"; readonly timeNs: number; readonly phase: "started" | "ended" }
  | {
      /** From now on a sensor's samples come from somebody who lends theirs, or, where that is "", from its own source. */
      readonly type: "source";
      readonly timeNs: number;
      readonly sensor: string;
      readonly lender: string;
    }
  /** A hand from outside moves a thing of the simulated world, from the world's own stamp `timeNs` on. */
  | ({ readonly type: "move"; readonly timeNs: number } & Omit<SceneMove, "atMs">);

/** Takes the records of a run in the order in which they happened. */
export interface Sink {
  /**
   * Never blocks and never throws: a recorder that fails says so by itself. The record's arrays are
   * the writer's own and change afterwards: what is kept is copied before this returns.
   */
  write(record: SessionRecord): void;
}
