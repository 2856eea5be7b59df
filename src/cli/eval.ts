// efference eval: what a policy can do, task by task, over seeded episodes; and two policies on the
// same ones.
import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { UsageError } from "../core/errors.ts";
import { loadRobot } from "../core/robot-file.ts";
import { type Comparison, compare } from "../evaluation/comparison.ts";
import { htmlReport } from "../evaluation/html-report.ts";
import {
  type EpisodeResult,
  reactionsMs,
  summarise,
  type TaskSummary,
  WATTS_PER_CORE,
} from "../evaluation/summary.ts";
import type { Task } from "../evaluation/tasks.ts";
import {
  addBatchOptions,
  addTaskOption,
  type BatchOptions,
  checkHearing,
  checkPolicies,
  Progress,
} from "./batch-options.ts";
import { runEpisodes } from "./episode-pool.ts";
import { printJson, printLine, type Row, table } from "./output.ts";
import { openVoices } from "./speech.ts";

const EXAMPLES = `
Examples:
  efference eval --task obey,flinch                        the teachers themselves, 100 episodes a task
  efference eval --task track --policy teacher:track --versus teacher:reach
  efference eval --task obey --episodes 200 --json
  efference eval --task obey,flinch,track,reach --report report.html

"teacher" alone means the teacher of each task. The seeds are other ones than those of demonstrate.
Intervals hold the true value in 95 of 100 evaluations. Everything but the figures under "machine"
is the same for a seed. Joules of the processor are an estimate: busy time at --watts-per-core.`;

/** Far from the seeds that demonstrations begin with: nobody is examined on what was learned. */
const FIRST_SEED = 1_000_001;

interface EvalOptions extends BatchOptions {
  readonly policy: string;
  readonly versus?: string;
  readonly wattsPerCore: number;
  readonly report?: string;
}

export const add = (program: Command): void => {
  const command = program
    .command("eval")
    .description("measure a policy over simulated episodes, with intervals")
    .option("--policy <name>", "what is measured; teacher is the teacher of each task", "teacher")
    .option("--versus <name>", "another policy on the same seeds");
  addBatchOptions(addTaskOption(command), { episodes: 100, seed: FIRST_SEED })
    .option("--watts-per-core <watts>", "what a busy core draws", Number, WATTS_PER_CORE)
    .option("--report <file>", "an HTML report in one file")
    .addHelpText("after", EXAMPLES)
    .action(evaluate);
};

const nameFor = (policy: string, task: Task): string =>
  policy === "teacher" ? `teacher:${task}` : policy;

const evaluate = async (options: EvalOptions): Promise<void> => {
  const {
    task: tasks,
    policy,
    versus: against,
    episodes,
    seed,
    jobs: workers,
    wattsPerCore,
  } = options;
  if (!(wattsPerCore > 0)) throw new UsageError("--watts-per-core wants a number above 0");
  const robot = loadRobot(options.robot);
  checkHearing(robot, tasks);
  const policies = against === undefined ? [policy] : [policy, against];
  await checkPolicies(
    robot,
    policies.flatMap((name) => tasks.map((task) => nameFor(name, task))),
  );
  const voices = tasks.includes("obey")
    ? openVoices(robot, options.audio, options.labels)
    : undefined;
  const progress = new Progress(policies.length * tasks.length * episodes);
  const evaluations: Evaluation[] = [];
  for (const name of policies) {
    const orders = tasks.flatMap((task) =>
      Array.from({ length: episodes }, (_, index) => ({
        task,
        seed: seed + index,
        policy: nameFor(name, task),
      })),
    );
    const setting = { robot, ...(voices && { voices }) };
    const results = await runEpisodes({ setting, orders, workers, onResult: progress.count });
    evaluations.push({ policy: name, results });
  }
  const seconds = Number(progress.seconds.toFixed(1));
  const told = evaluations.map((e) => ({
    policy: e.policy,
    tasks: byTask(tasks, (task) => summarise(ofTask(e.results, task), wattsPerCore)),
  }));
  const [first, second] = evaluations;
  const comparison =
    second &&
    byTask(tasks, (task) =>
      compare(ofTask(first!.results, task), ofTask(second.results, task), seed),
    );
  if (options.report !== undefined) {
    const reactions = byTask(tasks, (task) => reactionsMs(ofTask(first!.results, task)));
    const page = htmlReport({ robot: robot.name, seed, evaluations: told, reactions, comparison });
    await writeFile(options.report, page);
  }
  if (options.json)
    return printJson({
      ...told[0],
      robot: robot.name,
      seed,
      seconds,
      ...(comparison && { against: { ...told[1], comparison } }),
    });
  for (const { policy: name, tasks: summaries } of told) {
    printLine(`${name} on ${robot.name}, ${episodes} episodes a task, seed ${seed}`);
    printSummaries(Object.entries(summaries));
    printLine();
  }
  if (comparison) printComparison(policy, against!, Object.entries(comparison));
  printLine(`took      ${seconds} s`);
  if (options.report !== undefined) printLine(`report    ${options.report}`);
};

interface Evaluation {
  readonly policy: string;
  readonly results: readonly EpisodeResult[];
}

const ofTask = (results: readonly EpisodeResult[], task: Task): EpisodeResult[] =>
  results.filter((result) => result.task === task);

const byTask = <T>(tasks: readonly Task[], of: (task: Task) => T): Record<string, T> =>
  Object.fromEntries(tasks.map((task) => [task, of(task)]));

const percent = (share: number): string => (100 * share).toFixed(1);

const printSummaries = (summaries: readonly (readonly [string, TaskSummary])[]): void => {
  const figure = (value: number | undefined, digits = 0): string =>
    value === undefined ? "-" : value.toFixed(digits);
  printLine(
    table([
      [
        "  task",
        "succeeded",
        "%",
        "95 % interval",
        "uninvited",
        "reaction p50 / p95 ms",
        "error deg",
        "jerk deg/s3",
        "malformed",
        "per success: tokens",
        "ms",
        "J",
      ],
      ...summaries.map(([task, s]): Row => [
        `  ${task}`,
        `${s.successes} of ${s.attempts}`,
        percent(s.rate),
        `${percent(s.interval[0])} to ${percent(s.interval[1])}`,
        s.uninvited,
        `${figure(s.reactionMs?.p50)} / ${figure(s.reactionMs?.p95)}`,
        figure(s.errorDeg ?? undefined, 2),
        Math.round(s.jerkDegPerS3),
        s.malformed,
        figure(s.perSuccess?.tokens),
        figure(s.machine.perSuccess?.ms, 2),
        figure(s.machine.perSuccess?.joules, 3),
      ]),
    ]),
  );
  for (const [task, { failures }] of summaries)
    for (const { seed, atMs, reason } of failures)
      printLine(`  failed: ${task} seed ${seed} at ${(atMs / 1000).toFixed(2)} s: ${reason}`);
};

const printComparison = (
  first: string,
  second: string,
  comparisons: readonly (readonly [string, Comparison])[],
): void => {
  printLine(`${first} against ${second}, the same seeds`);
  for (const [task, { pairs, onlyFirst, onlySecond, p, differences }] of comparisons) {
    printLine(
      `  ${task}: of ${pairs} episodes ${onlyFirst} only the first did, ${onlySecond} only the second; p = ${p.toPrecision(2)} (McNemar, exact)`,
    );
    printLine(
      table([
        ["    first - second", "mean", "95 % interval", "pairs"],
        ...Object.entries(differences).map(([metric, d]): Row => [
          `    ${metric}`,
          d.mean.toFixed(2),
          `${d.interval[0].toFixed(2)} to ${d.interval[1].toFixed(2)}`,
          d.pairs,
        ]),
      ]),
    );
  }
  printLine();
};
