// efference bench runtime: how long it takes from a sensor's sample to the servo frame that answers it,
// what the runtime costs beside the bare model, and what recording costs.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { quantile } from "../../evaluation/statistics.ts";
import type { Report } from "../../runtime/report.ts";
import { recorderHeader } from "./recorder-header.ts";
import { SessionWriter } from "../../session/session-writer.ts";
import { openPolicy } from "../open-policy.ts";
import { simulatedRun, TASKS } from "./simulated-run.ts";
import { type BenchContext, type BenchTable, median, rounded } from "./table.ts";
import { openWatched, type StepCost } from "./watched-policy.ts";

export const bench = async (context: BenchContext): Promise<BenchTable[]> => {
  const steps: StepCost[] = [];
  const cost = await costTable(context, steps);
  const order = { pace: "realtime", seed: context.seed, openPolicy } as const;
  const { report } = await simulatedRun(context, order);
  return [latencyTable(context, report, steps), cost];
};

const latencyTable = (
  { policy, seconds }: BenchContext,
  { stages }: Report,
  steps: readonly StepCost[],
): BenchTable => {
  const modelMs = steps.filter(({ reads }) => reads > 0).map((cost) => cost.modelMs);
  const bareMs = modelMs.length > 0 ? quantile(modelMs, 0.5) : undefined;
  const row = (what: string, { p50, p95, p99, count }: Report["stages"]["latency"]) => ({
    what,
    p50Ms: p50,
    p95Ms: p95,
    p99Ms: p99,
    n: count,
    timesBareModel: bareMs === undefined ? null : rounded(p50 / bareMs, 3),
  });
  const at = (share: number): number => rounded(quantile(modelMs, share), 3);
  const bare = { p50: at(0.5), p95: at(0.95), p99: at(0.99), count: modelMs.length, total: 0 };
  return {
    title: "latency in real time",
    method: `${policy}, one run of ${seconds} s with ${TASKS.join(", ")}; physics, and a model, in threads of their own; the bare model by itself in lockstep; reach: sensor to servo frame p50 10 ms, p99 20 ms (one servo frame)`,
    rows: [
      ...(bareMs === undefined ? [] : [row("bare model, a step", bare)]),
      row("policy, a step", stages.policy),
      row("sensor to servo frame", stages.latency),
      row("policy tick, late by", stages.tick_lateness),
      row("servo frame, late by", stages.frame_lateness),
    ],
  };
};

/** Runs without and with a recorder take turns; `steps` gets those of the runs without. */
const costTable = async (context: BenchContext, steps: StepCost[]): Promise<BenchTable> => {
  const folder = await mkdtemp(join(tmpdir(), "efference-bench-"));
  let own: StepCost[] = [];
  await using policy = await openWatched(context.policy, context.robot, (cost) => own.push(cost));
  const run = async (round: number, recorded: boolean) => {
    own = [];
    const path = join(folder, `${round}.mcap`);
    const { report, cpuS } = await simulatedRun(context, {
      pace: "fast",
      seed: context.seed + round,
      openPolicy: policy.open,
      ...(recorded && { openSink: () => recorder(context, path) }),
    });
    return { report, cpuS };
  };
  const tickMs: number[] = [];
  const modelTickMs: number[] = [];
  const overheads: number[] = [];
  const recording: number[] = [];
  await run(0, true); // warm
  for (let round = 1; round <= context.rounds; round++) {
    const bare = await run(round, false);
    steps.push(...own);
    const { stages, timeMs, ticks } = bare.report;
    const sum = (of: (cost: StepCost) => number): number =>
      own.reduce((total, cost) => total + of(cost), 0);
    const modelMs = sum((cost) => cost.modelMs);
    const ownMs = stages.tokenise.total + stages.interpret.total;
    tickMs.push(ownMs / ticks);
    modelTickMs.push(modelMs / ticks);
    overheads.push((100 * (ownMs + sum((cost) => cost.stepMs) - modelMs)) / modelMs);
    const kept = await run(round, true);
    recording.push((100 * (kept.cpuS - bare.cpuS)) / (timeMs / 1000));
  }
  await rm(folder, { recursive: true });
  const row = (what: string, unit: string, values: number[], against: string, reach: string) => {
    const { value, interval } = median(values);
    return { what, value, unit, interval, n: values.length, against, reach };
  };
  const model = [
    row("the bare model a tick", "ms", modelTickMs, "-", "-"),
    row("overhead of runtime and policy", "%", overheads, "the bare model", "<= 10"),
  ];
  return {
    title: "cost",
    method: `${context.policy}, lockstep, ${context.rounds} rounds of ${context.seconds} s, each without and with a recorder, medians`,
    rows: [
      row("the runtime a tick: tokens, interpreter, kernel", "ms", tickMs, "-", "-"),
      ...(modelTickMs.every((ms) => ms > 0) ? model : []),
      row("recording", "% of a core", recording, "the same run unrecorded", "<= 3"),
    ],
  };
};

const recorder = (context: BenchContext, path: string): Promise<SessionWriter> =>
  SessionWriter.open({ path, header: recorderHeader(context) });
