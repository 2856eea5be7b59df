// From the results of episodes to the figures of a task. What a machine measured with its own clock
// stands apart under `machine`: everything else is the same for a seed, on any machine.
import { NS_PER_MS } from "../core/clock.ts";
import type { EpisodeMeters } from "./episode-meter.ts";
import type { Verdict } from "./judge.ts";
import { type Interval, mean, quantile, wilson } from "./statistics.ts";
import type { Task } from "./tasks.ts";

export interface EpisodeResult extends Verdict, EpisodeMeters {
  readonly task: Task;
  readonly seed: number;
  /** Why the episode broke off; its attempts then all count as failed. */
  readonly crash?: string;
  /** Ids the policy said that fitted no phrase. */
  readonly malformed: number;
  /** Mechanical work of the servos, the integral of |torque x speed|. */
  readonly servoJoules: number;
  /** Time of each of the policy's steps, milliseconds. */
  readonly policyMs: readonly number[];
  /** Time of policy, tokenizers, interpreter and safety on their thread; physics is left out. */
  readonly cpuMs: number;
}

export interface TaskSummary {
  readonly episodes: number;
  readonly episodeSuccesses: number;
  readonly attempts: number;
  readonly successes: number;
  readonly rate: number;
  /** Wilson, 95 %. */
  readonly interval: Interval;
  readonly uninvited: number;
  readonly reactionMs: { readonly p50: number; readonly p95: number } | null;
  readonly errorDeg: number | null;
  readonly jerkDegPerS3: number;
  readonly acts: number;
  readonly malformed: number;
  readonly tokens: { readonly in: number; readonly out: number };
  readonly servoJoules: number;
  /** Costs of all attempts, the failed ones too, by those that succeeded. */
  readonly perSuccess: { readonly tokens: number; readonly servoJoules: number } | null;
  readonly machine: {
    readonly policyMsPerTick: { readonly p50: number; readonly p95: number; readonly p99: number };
    readonly cpuMs: number;
    readonly wattsPerCore: number;
    /** An estimate: cpuMs at wattsPerCore. */
    readonly cpuJoulesEstimate: number;
    /** joules: of the servos and, estimated, of the processor. */
    readonly perSuccess: { readonly ms: number; readonly joules: number } | null;
  };
  readonly failures: readonly {
    readonly seed: number;
    readonly atMs: number;
    readonly reason: string;
  }[];
}

/** What a laptop core draws when it is busy, beyond an idle one; a processor has no meter of its own. */
export const WATTS_PER_CORE = 7.5;

/** An episode that did all that it was asked, and nothing else; one that was asked nothing did not. */
export const isSuccess = ({ crash, attempts, uninvited }: EpisodeResult): boolean =>
  crash === undefined &&
  uninvited === 0 &&
  attempts.length > 0 &&
  attempts.every(({ success }) => success);

/** Reactions of the attempts that got one, milliseconds. */
export const reactionsMs = (results: readonly EpisodeResult[]): number[] =>
  results.flatMap(({ attempts }) => attempts.flatMap(({ reactionMs }) => reactionMs ?? []));

const rounded = (value: number, digits = 3): number => Number(value.toFixed(digits));

export const summarise = (
  results: readonly EpisodeResult[],
  wattsPerCore = WATTS_PER_CORE,
): TaskSummary => {
  const sum = (of: (result: EpisodeResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const attempts = results.flatMap((result) => result.attempts);
  const successes = attempts.filter(({ success }) => success).length;
  const perSuccess = (cost: number): number => rounded(cost / successes);
  const reactions = reactionsMs(results);
  const errors = results.flatMap(({ errorDeg }) => errorDeg ?? []);
  const tokens = { in: sum((r) => r.tokensIn), out: sum((r) => r.tokensOut) };
  const servoJoules = sum((r) => r.servoJoules);
  const cpuMs = sum((r) => r.cpuMs);
  const cpuJoules = (cpuMs / 1000) * wattsPerCore;
  const policyMs = results.flatMap((result) => result.policyMs);
  const any = policyMs.length > 0;
  const tick = (share: number): number => (any ? rounded(quantile(policyMs, share)) : 0);
  return {
    episodes: results.length,
    episodeSuccesses: results.filter(isSuccess).length,
    attempts: attempts.length,
    successes,
    rate: attempts.length === 0 ? 0 : successes / attempts.length,
    interval: wilson(successes, attempts.length),
    uninvited: sum((r) => r.uninvited),
    reactionMs:
      reactions.length === 0
        ? null
        : { p50: rounded(quantile(reactions, 0.5)), p95: rounded(quantile(reactions, 0.95)) },
    errorDeg: errors.length === 0 ? null : rounded(mean(errors)),
    // Episodes of a task and seed are equally long for every policy, so their squares weigh the same.
    jerkDegPerS3: rounded(Math.sqrt(sum((r) => r.jerkDegPerS3 ** 2) / Math.max(1, results.length))),
    acts: sum((r) => r.acts),
    malformed: sum((r) => r.malformed),
    tokens,
    servoJoules: rounded(servoJoules),
    perSuccess:
      successes === 0
        ? null
        : { tokens: perSuccess(tokens.in + tokens.out), servoJoules: perSuccess(servoJoules) },
    machine: {
      policyMsPerTick: { p50: tick(0.5), p95: tick(0.95), p99: tick(0.99) },
      cpuMs: rounded(cpuMs),
      wattsPerCore,
      cpuJoulesEstimate: rounded(cpuJoules),
      perSuccess:
        successes === 0
          ? null
          : { ms: perSuccess(cpuMs), joules: perSuccess(servoJoules + cpuJoules) },
    },
    failures: results.flatMap(({ seed, attempts: tried }) =>
      tried
        .filter(({ success }) => !success)
        .map(({ atNs, reason }) => ({ seed, atMs: Math.round(atNs / NS_PER_MS), reason })),
    ),
  };
};
