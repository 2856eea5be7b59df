// What a policy and its thread tell each other. Stamps are monotonic here: the threads of a process
// have that clock in common.
import type { Answer, Observation } from "../core/ports.ts";

export type PolicyQuestion =
  | {
      readonly type: "step";
      readonly observation: Observation;
      /** Monotonic. */
      readonly deadlineNs: number;
    }
  | { readonly type: "abort" };

export type PolicyMessage =
  | { readonly type: "open"; readonly name: string }
  | { readonly type: "answer"; readonly answer: Answer }
  | { readonly type: "refusal"; readonly reason: string };
