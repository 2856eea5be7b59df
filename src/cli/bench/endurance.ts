// efference bench endurance: an hour of one robot's stream, simulated as fast as it goes and told in
// sixths. What costs constant time and memory for ever looks alike in all of them.
import { NS_PER_S } from "../../core/clock.ts";
import type { Policy } from "../../core/ports.ts";
import { quantile } from "../../evaluation/statistics.ts";
import { cpuS } from "./cpu-time.ts";
import { simulatedRun, TASKS } from "./simulated-run.ts";
import { type BenchContext, type BenchTable, rounded } from "./table.ts";
import { openWatched } from "./watched-policy.ts";

const HOUR_S = 3600;
/** As much as shows that it runs. */
const QUICK_S = 12;
const PARTS = 6;
const MB = 1e6;

export const bench = async (context: BenchContext): Promise<BenchTable[]> => {
  const seconds = context.quick ? QUICK_S : HOUR_S;
  const rows: BenchTable["rows"][number][] = [];
  let stepMs: number[] = [];
  let startS = cpuS();
  const endPart = (): void => {
    const { rss, heapUsed } = process.memoryUsage();
    const at = (share: number): number => rounded(quantile(stepMs, share), 3);
    rows.push({
      "seconds simulated": ((rows.length + 1) * seconds) / PARTS,
      steps: stepMs.length,
      stepP50Ms: at(0.5),
      stepP99Ms: at(0.99),
      "processor s": rounded(cpuS() - startS, 3),
      "resident MB": Math.round(rss / MB),
      "heap MB": Math.round(heapUsed / MB),
    });
    [stepMs, startS] = [[], cpuS()];
  };
  await using policy = await openWatched(context.policy, context.robot, (cost) =>
    stepMs.push(cost.stepMs),
  );
  const openPolicy: typeof policy.open = async (name, options): Promise<Policy> => {
    const own = await policy.open(name, options);
    const step: Policy["step"] = (observation, how) => {
      const isOver = observation.timeNs / NS_PER_S > ((rows.length + 1) * seconds) / PARTS;
      if (isOver && rows.length < PARTS - 1) endPart();
      return own.step(observation, how);
    };
    return { ...own, name: own.name, step };
  };
  await simulatedRun({ ...context, seconds }, { pace: "fast", seed: context.seed, openPolicy });
  endPart();
  return [
    {
      title: "an hour of stream",
      method: `${context.policy} in lockstep, one run of ${seconds} s with ${TASKS.join(", ")}, nothing recorded; a step is what the policy takes to read what was sensed and to answer; reach: all rows alike`,
      rows,
    },
  ];
};
