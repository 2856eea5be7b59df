// A policy over all of its tasks: each one's summary, and what is told of the policy as a whole.
import { quantile } from "./statistics.ts";
import { type EpisodeResult, rounded, summarise, type TaskSummary } from "./summary.ts";
import type { Task } from "./tasks.ts";

/** Who is evaluated: a policy on a body. */
export interface Side {
  readonly policy: string;
  readonly body: string;
}

export interface Evaluation extends Side {
  readonly tasks: Readonly<Record<string, TaskSummary>>;
  readonly malformed: number;
  /** Of the policy's step, a tick; zeros where there was none. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** (time of ticks - time of the policy) / time of the policy. */
  readonly overheadRatio: number;
}

export const byTask = <T>(tasks: readonly Task[], of: (task: Task) => T): Record<string, T> =>
  Object.fromEntries(tasks.map((task) => [task, of(task)]));

export const ofTask = (results: readonly EpisodeResult[], task: Task): EpisodeResult[] =>
  results.filter((result) => result.task === task);

/** The sides by what tells them apart. */
export const contenders = (sides: readonly Side[]): string[] => {
  const differ = (key: keyof Side): boolean => new Set(sides.map((side) => side[key])).size > 1;
  return sides.map(({ policy, body }) =>
    differ("body") ? (differ("policy") ? `${policy} on ${body}` : body) : policy,
  );
};

export const evaluate = (
  { policy, body }: Side,
  tasks: readonly Task[],
  results: readonly EpisodeResult[],
  wattsPerCore: number,
  recordings?: number,
): Evaluation => {
  const policyMs = results.flatMap((result) => result.policyMs);
  const policyTotalMs = policyMs.reduce((sum, ms) => sum + ms, 0);
  const tickTotalMs = results.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  const latency = (share: number): number =>
    policyMs.length === 0 ? 0 : rounded(quantile(policyMs, share));
  return {
    policy,
    body,
    tasks: byTask(tasks, (task) =>
      summarise(ofTask(results, task), wattsPerCore, task === "obey" ? recordings : undefined),
    ),
    malformed: results.reduce((sum, { malformed }) => sum + malformed, 0),
    latencyMs: { p50: latency(0.5), p95: latency(0.95), p99: latency(0.99) },
    overheadRatio: policyTotalMs === 0 ? 0 : rounded(tickTotalMs / policyTotalMs - 1, 4),
  };
};
