// Policies by name: the one place where a name on the command line becomes a policy.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../core/errors.ts";
import { packageRoot } from "../core/robot-file.ts";
import type { Cue, Oracle, Policy } from "../core/ports.ts";
import type { Robot } from "../core/robot.ts";
import { Teacher, TEACHERS } from "../policy/teacher.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";

const SHELF = join(packageRoot, "models", "policies");

/** The policies that came with the package. */
export const listPolicies = (): string[] =>
  existsSync(SHELF)
    ? readdirSync(SHELF).filter((name) => existsSync(join(SHELF, name, "card.json")))
    : [];

/** The folder of a policy, by its name in models/policies or its path. */
export const findPolicy = (name: string): string | undefined =>
  [join(SHELF, name), name].find((folder) => existsSync(join(folder, "card.json")));

interface PolicyContext {
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
  const folder = findPolicy(name);
  if (folder === undefined)
    throw new UsageError(
      `--policy ${name}: no such policy; write one of ${[...listPolicies(), ...TEACHERS].join(", ")}, or the path of a policy folder`,
    );
  const { robot, vocabulary } = context;
  return (await import("../policy/token-policy.ts")).TokenPolicy.open({
    folder,
    robot,
    vocabulary,
  });
};
