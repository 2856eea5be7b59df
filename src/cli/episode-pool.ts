// Episodes in parallel, one thread a worker. An episode depends on its order alone, so that the
// results are the same for any number of workers; a worker that dies takes one episode with it, which
// counts as crashed, and is replaced.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { BodyError, EfferenceError, SensorError, SessionError } from "../core/errors.ts";
import type { EpisodeResult } from "../evaluation/summary.ts";
import type { EpisodeOrder, EpisodeSetting } from "./episode.ts";

// Node 20 can't run TypeScript in a worker: it comes from the build, also when we don't.
const WORKER = fileURLToPath(new URL("../../dist/cli/episode-worker.js", import.meta.url));

/** Travels to the threads, which open the policies themselves. */
export type PoolSetting = Omit<EpisodeSetting, "openPolicy">;

export type PoolAnswer =
  | { readonly type: "result"; readonly result: EpisodeResult }
  | { readonly type: "crash"; readonly reason: string }
  | Ending;

/** Not the policy's doing, and no better in the next episode: a session can't be kept, a command be heard, a scene be set. */
export const ENDINGS = { unrecorded: SessionError, unheard: SensorError, unset: BodyError };

interface Ending {
  readonly type: keyof typeof ENDINGS;
  readonly reason: string;
}

const isEnding = (answer: { readonly type: string }): answer is Ending => answer.type in ENDINGS;

export interface PoolOptions {
  readonly setting: PoolSetting;
  readonly orders: readonly EpisodeOrder[];
  readonly workers: number;
  /** Once it aborts nothing more begins; what is going on is brought to its end. */
  readonly signal?: AbortSignal;
  /** Called as episodes end, in any order. */
  readonly onResult?: (result: EpisodeResult, order: EpisodeOrder) => void;
}

/**
 * The result of each order that was begun.
 * @throws SessionError when a recording can't be kept, SensorError when what is to be said can't be read, BodyError when
 * the scene lacks what the task needs; what was going on then is broken off
 */
export const runEpisodes = async (
  options: PoolOptions,
): Promise<Map<EpisodeOrder, EpisodeResult>> => {
  const { setting, orders, signal, onResult } = options;
  if (!existsSync(WORKER))
    throw new EfferenceError(`found no ${WORKER}, which runs episodes; make it: npm run build`);
  const results = new Map<EpisodeOrder, EpisodeResult>();
  const left = orders.values(); // shared by the workers: each takes the next
  let broken: EfferenceError | undefined;
  const work = async (): Promise<void> => {
    let worker = new Worker(WORKER, { workerData: setting });
    try {
      for (const order of left) {
        if (broken || signal?.aborted) return;
        const answer = await ask(worker, order);
        if (isEnding(answer)) {
          broken ??= new ENDINGS[answer.type](answer.reason);
          return;
        }
        if (answer.type === "dead") worker = new Worker(WORKER, { workerData: setting });
        const result = answer.type === "result" ? answer.result : notRun(order, answer.reason);
        results.set(order, result);
        onResult?.(result, order);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.workers, orders.length) }, work));
  if (broken) throw broken;
  return results;
};

/** One order and its answer, or the reason for which the thread died over it. */
const ask = (
  worker: Worker,
  order: EpisodeOrder,
): Promise<PoolAnswer | { readonly type: "dead"; readonly reason: string }> =>
  new Promise((resolve) => {
    const done = (answer: Parameters<typeof resolve>[0]): void => {
      // By name: a worker has listeners of its own, and hears nothing any more without them.
      for (const event of ["message", "error", "exit"]) worker.removeAllListeners(event);
      resolve(answer);
    };
    worker.once("message", done);
    worker.once("error", ({ message }) => done({ type: "dead", reason: message }));
    worker.once("exit", (code) =>
      done({ type: "dead", reason: `the worker thread ended with code ${code}` }),
    );
    worker.postMessage(order);
  });

const notRun = ({ task, seed }: EpisodeOrder, crash: string): EpisodeResult => ({
  task,
  seed,
  crash,
  attempts: [{ atNs: 0, success: false, reason: crash }],
  uninvited: 0,
  tokensIn: 0,
  tokensOut: 0,
  acts: 0,
  jerkDegPerS3: 0,
  malformed: 0,
  servoJoules: 0,
  policyMs: [],
  cpuMs: 0,
});
