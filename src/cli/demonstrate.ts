// efference demonstrate: teachers show their tasks in seeded, simulated episodes, recorded for whoever
// learns from them. Only what succeeded is kept, unless failures are asked for or an
// apprentice acts.
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { UsageError } from "../core/errors.ts";
import { loadRobot } from "../core/robot-file.ts";
import { adviseOneOf } from "../core/suggest.ts";
import { type EpisodeResult, isSuccess, summarise } from "../evaluation/summary.ts";
import { defaultTeacher, skillsOf } from "../policy/teacher.ts";
import {
  addBatchOptions,
  addTaskOption,
  type BatchOptions,
  checkHearing,
  brokenOffAt,
  checkPolicies,
  Progress,
  refuseTaken,
} from "./batch-options.ts";
import type { EpisodeOrder } from "./episode.ts";
import { runEpisodes } from "./episode-pool.ts";
import { forgetDecisions } from "./forget-decisions.ts";
import { endOnInterrupt } from "./interrupts.ts";
import { prepareFolder } from "./output-file.ts";
import { EXIT, printJson, printLine, table } from "./output.ts";
import { checkSpoken, voicesFor } from "./speech.ts";

const EXAMPLES = `
Examples:
  efference demonstrate --task obey,flinch --episodes 100 --out demonstrations
  efference demonstrate --task obey --audio recordings --labels recordings/labels.csv --out mine
  efference demonstrate --task track,reach --apprentice mine --episodes 100 --out corrections

Each episode is a session of its own, FOLDER/<task>-<seed>.mcap: the same for a seed, however many
threads made it. One teacher, of all that the robot can do, shows every task, so that one policy can
learn them together. An --apprentice acts in stretches, and the teacher's advice is what is learned from
them: every episode is kept, since it is the mistakes that are to be seen. What counts as success: src/evaluation/<task>-judge.ts.`;

interface DemonstrateOptions extends BatchOptions {
  readonly out: string;
  readonly keepFailures: boolean;
  readonly apprentice?: string;
}

export const add = (program: Command): void => {
  const command = program
    .command("demonstrate")
    .description("record the scripted teacher at its tasks, in simulation")
    .requiredOption("--out <folder>", "where the sessions go")
    .option(
      "--apprentice <policy>",
      "let this policy act, too, and record what the teacher advises",
    )
    .option("--keep-failures", "keep the episodes that did not succeed, too", false);
  addBatchOptions(addTaskOption(command), { episodes: 50, seed: 1 })
    .addHelpText("after", EXAMPLES)
    .action(demonstrate);
};

const demonstrate = async (options: DemonstrateOptions): Promise<void> => {
  const { task: tasks, episodes, seed, out, keepFailures, jobs: workers } = options;
  const robot = loadRobot(options.robot);
  checkHearing(robot, tasks);
  const policy = defaultTeacher(robot);
  const shown = skillsOf(policy);
  const unknown = tasks.find((task) => !shown.includes(task));
  if (unknown !== undefined)
    throw new UsageError(
      `--task ${unknown}: the teacher of ${robot.name} can't show it, for want of senses or limbs; ${adviseOneOf(unknown, shown)}`,
    );
  const { apprentice } = options;
  await checkPolicies(robot, apprentice === undefined ? [policy] : [policy, apprentice]);
  const voices = voicesFor(robot, tasks, options);
  const orders = tasks.flatMap((task) =>
    Array.from({ length: episodes }, (_, index) => ({
      task,
      seed: seed + index,
      policy,
      practice: true,
      ...(apprentice !== undefined && { apprentice }),
      sessionPath: join(out, `${task}-${seed + index}.mcap`),
    })),
  );
  refuseTaken(orders);
  await checkSpoken(robot, voices, orders);
  await prepareFolder("--out", out);
  await forgetDecisions(orders.map(({ sessionPath }) => sessionPath));
  const progress = new Progress(orders.length);
  const results = new Map<EpisodeOrder, EpisodeResult>();
  const isKept = (order: EpisodeOrder): boolean => {
    const result = results.get(order);
    // Of an episode that a thread died over the end is missing.
    if (result === undefined || result.crash !== undefined) return false;
    return keepFailures || apprentice !== undefined || isSuccess(result);
  };
  // Whatever ends this: no failure stays where sessions are learned from, and no episode without its end.
  const discard = (order: EpisodeOrder): void => rmSync(order.sessionPath!, { force: true });
  const interrupt = endOnInterrupt("the episodes under way", "leave them unfinished");
  try {
    await runEpisodes({
      setting: { robot, ...(voices && { voices }) },
      orders,
      workers,
      signal: interrupt.signal,
      onResult: (result, order) => {
        results.set(order, result);
        if (!isKept(order)) discard(order);
        progress.count(result);
      },
    });
  } finally {
    for (const order of orders) if (!results.has(order)) discard(order);
    interrupt.close();
  }
  const kept = orders.filter(isKept);
  const brokenOff = brokenOffAt(results.size, orders.length);
  if (brokenOff !== undefined || kept.length === 0) process.exitCode = EXIT.failed;
  const told = tasks.map((task) => {
    const own = [...results.values()].filter((result) => result.task === task);
    const { episodeSuccesses, attempts, successes, failures } = summarise(own);
    return { task, episodes, episodeSuccesses, attempts, successes, failures };
  });
  const seconds = Number(progress.seconds.toFixed(1));
  if (options.json) {
    const sessions = kept.map(({ sessionPath }) => sessionPath);
    const byTask = Object.fromEntries(told.map(({ task, ...rest }) => [task, rest]));
    return printJson({
      robot: robot.name,
      seed,
      tasks: byTask,
      sessions,
      seconds,
      ...(brokenOff !== undefined && { brokenOff }),
    });
  }
  printLine(
    table([
      ["task", "episodes", "succeeded", "attempts", "succeeded"],
      ...told.map((t) => [t.task, t.episodes, t.episodeSuccesses, t.attempts, t.successes]),
    ]),
  );
  for (const { task, failures } of told)
    for (const { seed: failed, atMs, reason } of failures)
      printLine(`  ${task} seed ${failed} at ${(atMs / 1000).toFixed(2)} s: ${reason}`);
  if (brokenOff !== undefined) printLine(`broken off after ${brokenOff}`);
  printLine(`kept      ${kept.length} sessions in ${out}, made in ${seconds} s`);
};
