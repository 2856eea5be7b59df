// A policy whose work is watched from outside: how long each step takes, and the model's part of it.
import { monotonicNs, NS_PER_MS } from "../../core/clock.ts";
import { UsageError } from "../../core/errors.ts";
import type { PolicyCard } from "../../core/policy-card.ts";
import type { Answer, Policy } from "../../core/ports.ts";
import type { Robot } from "../../core/robot.ts";
import type { TokenReader } from "../../policy/decoder.ts";
import { readCard } from "../../policy/policy-folder.ts";
import { TokenEngine } from "../../policy/token-engine.ts";
import { TokenPolicy } from "../../policy/token-policy.ts";
import { buildVocabulary } from "../../tokens/vocabulary.ts";
import { findPolicy, openPolicy, type PolicyFactory } from "../open-policy.ts";

/** What one step cost, milliseconds. */
export interface StepCost {
  readonly stepMs: number;
  /** Spent in the model itself; 0 for a policy that has none. */
  readonly modelMs: number;
  /** Runs of the model. */
  readonly reads: number;
}

/** A reader that adds up how often and how long it reads. */
export class TimedReader implements TokenReader {
  readonly #reader: TokenReader;
  ms = 0;
  reads = 0;

  constructor(reader: TokenReader) {
    this.#reader = reader;
  }

  async read(chords: readonly Int32Array[]): Promise<Float32Array> {
    const startNs = monotonicNs();
    const logits = await this.#reader.read(chords);
    this.ms += (monotonicNs() - startNs) / NS_PER_MS;
    this.reads++;
    return logits;
  }

  reset(): void {
    this.#reader.reset();
  }
}

/** The policy, telling what each step cost and said. */
export const watched = (
  policy: Policy,
  reader: TimedReader | undefined,
  onStep: (cost: StepCost, said: Answer) => void,
): Policy => ({
  name: policy.name,
  step: async (observation, options) => {
    const [beforeMs, before] = [reader?.ms ?? 0, reader?.reads ?? 0];
    const startNs = monotonicNs();
    const said = await policy.step(observation, options);
    const stepMs = (monotonicNs() - startNs) / NS_PER_MS;
    const modelMs = (reader?.ms ?? 0) - beforeMs;
    onStep({ stepMs, modelMs, reads: (reader?.reads ?? 0) - before }, said);
    return said;
  },
  close: () => policy.close(),
  [Symbol.asyncDispose]: () => policy.close(),
});

/**
 * Opens the policy by its name once, for any number of runs, each step of which is told. The model of a
 * token policy is timed by itself.
 */
export const openWatched = async (
  name: string,
  robot: Robot,
  onStep: (cost: StepCost) => void,
): Promise<AsyncDisposable & { readonly open: PolicyFactory }> => {
  const folder = findPolicy(name);
  if (folder === undefined || (await readCard(folder)).kind !== "token")
    return {
      open: async (_, context) => watched(await openPolicy(name, context), undefined, onStep),
      [Symbol.asyncDispose]: async () => {},
    };
  const engine = await TokenEngine.open({ folder, robot, vocabulary: buildVocabulary(robot) });
  return {
    open: async () => {
      const reader = new TimedReader(engine.stream());
      return watched(new TokenPolicy(engine, { reader }), reader, onStep);
    },
    [Symbol.asyncDispose]: () => engine.close(),
  };
};

/** @throws UsageError for a name that stands for no policy of that kind */
export const openEngine = async (
  option: string,
  name: string | undefined,
  kind: PolicyCard["kind"],
  robot: Robot,
): Promise<TokenEngine> => {
  const folder = name === undefined ? undefined : findPolicy(name);
  const found = folder === undefined ? "no policy" : `one of kind ${(await readCard(folder)).kind}`;
  if (folder === undefined || found !== `one of kind ${kind}`)
    throw new UsageError(
      `${option} ${name ?? ""}: found ${found}, expected one of kind ${kind}; write the path of its folder`,
    );
  return TokenEngine.open({ folder, robot, vocabulary: buildVocabulary(robot) });
};
