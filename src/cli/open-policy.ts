// Policies by name: the one place where a name on the command line becomes a policy.
import { UsageError } from "../core/errors.ts";
import type { Cue, Oracle, Policy } from "../core/ports.ts";
import type { Robot } from "../core/robot.ts";
import { Teacher, TEACHERS } from "../policy/teacher.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";

export interface PolicyContext {
  readonly robot: Robot;
  readonly vocabulary: Vocabulary;
  /** What will be said, and where things are: for teachers only. */
  readonly cues: readonly Cue[];
  readonly oracle: Oracle;
}

export type PolicyFactory = (name: string, context: PolicyContext) => Promise<Policy>;

/**
 * @throws UsageError for a name that stands for no policy, PolicyError for one that does not fit
 * the robot
 */
export const openPolicy: PolicyFactory = async (name, context) => {
  if (name.startsWith("teacher:")) return new Teacher({ name, ...context });
  throw new UsageError(`--policy ${name}: no such policy; write one of ${TEACHERS.join(", ")}`);
};
