// From the results of episodes to the figures of a task. The milliseconds and the processor's joules
// are a machine's own; everything else is the same for a seed, on any machine.
import { NS_PER_MS } from "../core/clock.ts";
import type { EpisodeMeters } from "./episode-meter.ts";
import type { Verdict } from "./judge.ts";
import { type Obedience, obedienceOf } from "./obedience.ts";
import {
  type CostInterval,
  costPerSuccess,
  effectiveCount,
  mean,
  quantile,
  type Share,
  shareOf,
} from "./statistics.ts";
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

/** Costs of all attempts, the failed ones too, by those that succeeded; null where none did. */
interface Costs {
  readonly tokensPerSuccess: number | null;
  /** Bootstrap over episodes, 95 %. */
  readonly tokensPerSuccessInterval: CostInterval | null;
  /** Successes for each token of sound that was heard while commands were spoken; null where none was. */
  readonly speakerEfficiency: number | null;
  /** Successes for each token that the policy said; null where it said none. */
  readonly modelEfficiency: number | null;
  /** Of processor time. */
  readonly msPerSuccess: number | null;
  readonly joulesPerSuccess: {
    readonly servo: number | null;
    readonly cpu: number | null;
    readonly method: string;
  };
}

/**
 * The share is of attempts: commands, burns, placements of the ball, or whole episodes of track. Its interval is of no
 * more of them than are independent.
 */
export interface TaskSummary extends Share, Costs, Partial<Obedience> {
  readonly episodes: number;
  /** Of commands: how many recordings they are of; the interval is of no more than those. */
  readonly recordings?: number;
  /** Episodes in which everything succeeded and nothing was uninvited. */
  readonly episodeSuccesses: number;
  readonly uninvited: number;
  /** Episodes that broke off: failures, of which no quality is measured. */
  readonly crashes: number;
  readonly reactionMs?: { readonly p50: number; readonly p99: number };
  readonly trackingErrorDeg?: number;
  /** Share of the time, over all episodes, in which what is followed was in the picture's middle. */
  readonly centredShare?: number;
  readonly jerkDegPerS3: number;
  readonly acts: number;
  readonly malformed: number;
  readonly tokens: { readonly in: number; readonly out: number };
  readonly failures: readonly {
    readonly seed: number;
    readonly atMs: number;
    readonly reason: string;
  }[];
}

/**
 * What a busy core is charged: the sustained power of a whole 15 W laptop processor (Intel's U and
 * AMD's U series), so rather too much. A processor has no meter that a program may read everywhere.
 */
export const WATTS_PER_CORE = 15;

/** An episode that did all that it was asked, and nothing else; one that was asked nothing did not. */
export const isSuccess = ({
  crash,
  attempts,
  uninvited,
}: Pick<EpisodeResult, "crash" | "attempts" | "uninvited">): boolean =>
  crash === undefined &&
  uninvited === 0 &&
  attempts.length > 0 &&
  attempts.every(({ success }) => success);

/** Reactions of the attempts that got one, milliseconds. */
export const reactionsMs = (results: readonly EpisodeResult[]): number[] =>
  results.flatMap(({ attempts }) => attempts.flatMap(({ reactionMs }) => reactionMs ?? []));

export const rounded = (value: number, digits = 3): number => Number(value.toFixed(digits));

export const summarise = (
  results: readonly EpisodeResult[],
  wattsPerCore = WATTS_PER_CORE,
  recordings?: number,
): TaskSummary => {
  const sum = (of: (result: EpisodeResult) => number, over = results): number =>
    over.reduce((total, result) => total + of(result), 0);
  const attempts = results.flatMap((result) => result.attempts);
  const whole = results.filter(({ crash }) => crash === undefined);
  const successes = attempts.filter(({ success }) => success).length;
  const clusters = results.map((result) => ({
    attempts: result.attempts.length,
    successes: result.attempts.filter(({ success }) => success).length,
  }));
  const share = shareOf(successes, attempts.length, recordings ?? effectiveCount(clusters));
  const perSuccess = (cost: number): number | null =>
    share.successes === 0 ? null : rounded(cost / share.successes);
  const reactions = reactionsMs(results);
  const errors = whole.flatMap(({ errorDeg }) => errorDeg ?? []);
  const pictures = sum((r) => r.centred?.pictures ?? 0, whole);
  const tokens = { in: sum((r) => r.tokensIn), out: sum((r) => r.tokensOut) };
  const cpuMs = sum((r) => r.cpuMs);
  const tokenCost = costPerSuccess(
    results.map(({ tokensIn, tokensOut }, i) => ({
      cost: tokensIn + tokensOut,
      successes: clusters[i]!.successes,
    })),
  );
  const efficiency = (spent: number): number | null =>
    spent === 0 ? null : rounded(share.successes / spent, 6);
  return {
    episodes: results.length,
    ...(recordings !== undefined && { recordings }),
    ...share,
    episodeSuccesses: results.filter(isSuccess).length,
    uninvited: sum((r) => r.uninvited),
    crashes: results.length - whole.length,
    ...obedienceOf(attempts, recordings),
    ...(reactions.length > 0 && {
      reactionMs: {
        p50: rounded(quantile(reactions, 0.5)),
        p99: rounded(quantile(reactions, 0.99)),
      },
    }),
    ...(errors.length > 0 && { trackingErrorDeg: rounded(mean(errors)) }),
    ...(pictures > 0 && {
      centredShare: rounded(sum((r) => r.centred?.centred ?? 0, whole) / pictures, 4),
    }),
    // Whole episodes of a task and seed are equally long for every policy, so their squares weigh the same.
    jerkDegPerS3: rounded(
      Math.sqrt(sum((r) => r.jerkDegPerS3 ** 2, whole) / Math.max(1, whole.length)),
    ),
    acts: sum((r) => r.acts),
    malformed: sum((r) => r.malformed),
    tokens,
    tokensPerSuccess: perSuccess(tokens.in + tokens.out),
    tokensPerSuccessInterval: tokenCost && tokenCost.interval,
    speakerEfficiency: efficiency(sum((r) => r.instructionTokens ?? 0)),
    modelEfficiency: efficiency(tokens.out),
    msPerSuccess: perSuccess(cpuMs),
    joulesPerSuccess: {
      servo: perSuccess(sum((r) => r.servoJoules)),
      cpu: perSuccess((cpuMs / 1000) * wattsPerCore),
      method: `servo: integral of |torque x speed| in simulation; cpu: an estimate, busy seconds of policy and runtime x ${wattsPerCore} W`,
    },
    failures: results.flatMap(({ seed, attempts: tried }) =>
      tried
        .filter(({ success }) => !success)
        .map(({ atNs, reason }) => ({ seed, atMs: Math.round(atNs / NS_PER_MS), reason })),
    ),
  };
};
