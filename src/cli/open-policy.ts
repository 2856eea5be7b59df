// Policies by name: the one place where a name on the command line becomes a policy.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Clock, RealClock } from "../core/clock.ts";
import { UsageError } from "../core/errors.ts";
import { packageRoot } from "../core/robot-file.ts";
import type { Cue, Oracle, Policy } from "../core/ports.ts";
import type { Robot } from "../core/robot.ts";
import { readCard } from "../policy/policy-folder.ts";
import { defaultTeacher, Teacher, TEACHERS } from "../policy/teacher.ts";
import type { TokenEngine } from "../policy/token-engine.ts";
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

/**
 * What runs a robot when nobody names a policy: the one that came along under the robot's name, as
 * long as it speaks the robot's vocabulary, else the teacher.
 */
export const defaultPolicy = async (
  robot: Robot,
  vocabulary: Vocabulary,
  knowsWorld = true,
): Promise<string> => {
  if (listPolicies().includes(robot.name)) {
    const card = await readCard(join(SHELF, robot.name));
    if (card.vocabulary.hash === vocabulary.hash) return robot.name;
  }
  return defaultTeacher(robot, knowsWorld);
};

export interface PolicyContext {
  readonly robot: Robot;
  readonly vocabulary: Vocabulary;
  /** By which deadlines are told. */
  readonly clock?: Clock;
  /** What will be said, and where things are: for teachers only. */
  readonly cues: readonly Cue[];
  readonly oracle?: Oracle | undefined;
  /** Of what a policy leaves to chance; 0 where left out. */
  readonly seed?: number;
}

export type PolicyFactory = (name: string, context: PolicyContext) => Promise<Policy>;

/** What makes a policy of each kind of card; loaded when asked for, since its library is large. */
const KINDS = {
  token: async () => (await import("../policy/token-policy.ts")).TokenPolicy,
  json: async () => (await import("../policy/json-policy.ts")).JsonPolicy,
  embedding: async () => (await import("../policy/embedding-policy.ts")).EmbeddingPolicy,
} as const;

const folderOf = (name: string): string => {
  const folder = findPolicy(name);
  if (folder !== undefined) return folder;
  throw new UsageError(
    `${name}: no such policy; write one of ${[...listPolicies(), ...TEACHERS].join(", ")}, or the path of a policy folder`,
  );
};

/**
 * @throws UsageError for a name that stands for no policy, PolicyError for one that does not fit
 * the robot
 */
export const openPolicy: PolicyFactory = async (name, context) => {
  if (name.startsWith("teacher:")) return new Teacher({ name, ...context });
  const folder = folderOf(name);
  const { clock } = context;
  if (clock instanceof RealClock) return openInThread({ folder, ...context }, clock);
  return openModel({ folder, ...context });
};

/** What a model is opened with: all of it can travel to a thread, but the clock. */
export type ModelContext = Pick<PolicyContext, "robot" | "vocabulary" | "clock" | "seed"> & {
  readonly folder: string;
};

/** @throws PolicyError for a folder that holds no policy, or one that does not fit the robot */
export const openModel = async (context: ModelContext): Promise<Policy> => {
  const { kind } = await readCard(context.folder);
  return (await KINDS[kind]()).open(context);
};

// Node 20 can't run TypeScript in a worker: it comes from the build, also when we don't.
const THREAD = fileURLToPath(new URL("../../dist/cli/policy-worker.js", import.meta.url));

/** A model that thinks beside a robot in real time, never in the way of its servo frames. */
const openInThread = async (
  { folder, robot, vocabulary, seed = 0 }: ModelContext,
  clock: RealClock,
): Promise<Policy> => {
  const workerData: ModelContext = { folder, robot, vocabulary, seed };
  const { WorkerPolicy } = await import("../policy/worker-policy.ts");
  return WorkerPolicy.open({ program: THREAD, workerData, clock });
};

/** Opens policies of one robot, each model once however many episodes it runs in: it stays loaded. */
export const policyOpener = (): PolicyFactory => {
  const engines = new Map<string, Promise<TokenEngine>>();
  return async (name, context) => {
    if (name.startsWith("teacher:")) return openPolicy(name, context);
    const folder = folderOf(name);
    const { TokenEngine } = await import("../policy/token-engine.ts");
    const engine = await (engines.get(folder) ??
      engines.set(folder, TokenEngine.open({ folder, ...context })).get(folder)!);
    return new (await KINDS[engine.card.kind]())(engine, { seed: context.seed ?? 0 });
  };
};
