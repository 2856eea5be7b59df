// efference eval: what a policy can do, task by task, over seeded episodes; and two policies, or two
// bodies, on the same ones.
import { join } from "node:path";
import { type Command } from "commander";
import { SessionError, UsageError } from "../core/errors.ts";
import { loadRobot } from "../core/robot-file.ts";
import { compare } from "../evaluation/comparison.ts";
import { byTask, contenders, evaluate, type Evaluation, ofTask } from "../evaluation/evaluation.ts";
import { htmlReport } from "../evaluation/html-report.ts";
import {
  comparisonLines,
  comparisonTable,
  confusionTable,
  latencyLine,
  resultTables,
  shareTable,
} from "../evaluation/report-tables.ts";
import { type EpisodeResult, reactionsMs, WATTS_PER_CORE } from "../evaluation/summary.ts";
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
import { versusWorldOption, worldOption, type WorldKind } from "./bodies.ts";
import { defaultTeacher } from "../policy/teacher.ts";
import type { EpisodeOrder } from "./episode.ts";
import { runEpisodes } from "./episode-pool.ts";
import { endOnInterrupt } from "./interrupts.ts";
import { forgetDecisions } from "./forget-decisions.ts";
import { prepareOutput, writeOutput } from "./output-file.ts";
import { clearStatus, EXIT, printJson, printLine, printNote, table } from "./output.ts";
import { ProgressFile, progressOption } from "./progress-file.ts";
import { checkSpoken, composeSpeech, voicesFor } from "./speech.ts";

const EXAMPLES = `
Examples:
  efference eval --task obey,flinch                        the teacher itself, 100 episodes a task
  efference eval --task track --policy teacher:track --versus teacher:reach
  efference eval --policy duo --task track --versus-body emulator    whether the real firmware changes anything
  efference eval --task obey --episodes 200 --audio voices/test --json
  efference eval --task obey,flinch,track,reach --report report.html
  efference eval --policy duo --task obey --episodes 10 --out judged && efference stats judged/*.mcap

"teacher" alone means the one that demonstrates: all that the robot can do. The seeds are other ones than those of demonstrate.
Success is told with Wilson's interval, which holds the true share in 95 of 100 evaluations. Labels
with a column \`speaker\` give the success of each speaker. obey counts acts: a policy over embeddings
answers in degrees, and says none. Milliseconds and the processor's joules are this machine's (the joules
an estimate: busy time at --watts-per-core, by default a whole 15 W laptop processor); everything else is
the same for a seed. Ctrl-C tells what was done so far.`;

/** Far from the seeds that demonstrations begin with: nobody is examined on what was learned. */
const FIRST_SEED = 1_000_001;
/**
 * A page is told of an evaluation at most so often: intervals take their time. And less often the longer it takes, or
 * what it was told would be longer than a page reads (dashboard/library/progress-shelf.ts).
 */
const TELL_EVERY_S = 3;
const TELL_EVERY_SHARE = 0.03;
/** Failures told on a terminal, a task; --json and --report tell all. */
const FAILURES_TOLD = 10;

interface EvalOptions extends BatchOptions {
  readonly policy: string;
  readonly versus?: string;
  readonly wattsPerCore: number;
  readonly report?: string;
  readonly out?: string;
  readonly progress: string | false;
  readonly body: WorldKind;
  readonly versusBody?: WorldKind;
}

export const add = (program: Command): void => {
  const command = program
    .command("eval")
    .description("measure a policy over simulated episodes, with intervals")
    .option(
      "--policy <name>",
      "what is measured; teacher is one of all that the robot can do",
      "teacher",
    )
    .option("--versus <name>", "another policy on the same seeds");
  addBatchOptions(addTaskOption(command), { episodes: 100, seed: FIRST_SEED })
    .option("--watts-per-core <watts>", "what a busy core is charged", Number, WATTS_PER_CORE)
    .addOption(worldOption())
    .addOption(versusWorldOption())
    .option("--report <file>", "an HTML report in one file")
    .option("--out <folder>", "record each episode there, with its outcome, for efference stats")
    .addOption(progressOption("say there how far it is, for the page of run --dashboard"))
    .option("--no-progress", "say it on this terminal only")
    .addHelpText("after", EXAMPLES)
    .action(evaluatePolicies);
};

const evaluatePolicies = async (options: EvalOptions): Promise<void> => {
  const {
    task: tasks,
    policy,
    versus,
    body,
    versusBody,
    episodes,
    seed,
    wattsPerCore,
    out,
  } = options;
  if (!(wattsPerCore > 0)) throw new UsageError("--watts-per-core wants a number above 0");
  const robot = loadRobot(options.robot);
  checkHearing(robot, tasks);
  const named = (name: string): string => (name === "teacher" ? defaultTeacher(robot) : name);
  const isVersus = versus !== undefined || versusBody !== undefined;
  const sides = [
    { policy: named(policy), body },
    ...(isVersus ? [{ policy: named(versus ?? policy), body: versusBody ?? body }] : []),
  ];
  await checkPolicies(
    robot,
    sides.map((side) => side.policy),
  );
  const voices = voicesFor(robot, tasks, options);
  // Seed by seed, every task and side of it: whenever it is broken off, all have had their turn,
  // and what else the machine was busy with has slowed them alike.
  const rounds = Array.from({ length: episodes }, (_, index) =>
    tasks.map((task) =>
      sides.map((side): EpisodeOrder => ({
        task,
        seed: seed + index,
        ...side,
        ...(out !== undefined && {
          sessionPath: join(out, side === sides[0] ? "" : "versus", `${task}-${seed + index}.mcap`),
        }),
      })),
    ),
  ).flat();
  const orders = rounds.flat();
  refuseTaken(orders);
  await checkSpoken(robot, voices, orders);
  await prepareOutput("--report", options.report);
  await forgetDecisions(orders.flatMap(({ sessionPath }) => sessionPath ?? []));
  /** Of a seed that not every side came to, nothing is told: pairs stay pairs. */
  const judge = (results: ReadonlyMap<EpisodeOrder, EpisodeResult>) => {
    const whole = rounds.map((round) => round.flatMap((order) => results.get(order) ?? []));
    const resultsOf = (index: number): EpisodeResult[] =>
      whole.flatMap((round) => (round.length === sides.length ? [round[index]!] : []));
    /** What was said in the episodes of obey that are told of, each recording once. */
    const said = resultsOf(0).flatMap((result) =>
      voices && result.task === "obey" ? composeSpeech(voices, result.seed).files : [],
    );
    const recordings = new Set(said).size;
    const evaluations = sides.map((side, index) =>
      evaluate(side, tasks, resultsOf(index), wattsPerCore, recordings),
    );
    return { resultsOf, evaluations };
  };
  const progress = new Progress(orders.length);
  const told = new ProgressFile(options.progress, {
    kind: "evaluation",
    name: contenders(sides).join(" against "),
    about: `${tasks.join(", ")} on ${robot.name}, ${episodes} episodes each from seed ${seed} on`,
    total: orders.length,
  });
  const soFar = new Map<EpisodeOrder, EpisodeResult>();
  let toldAtS = -Infinity;
  const tell = (): void => {
    toldAtS = told.seconds;
    const tables = judge(soFar).evaluations.flatMap(titledTables);
    told.add({ type: "judged", step: soFar.size, seconds: toldAtS, tables });
  };
  const interrupt = endOnInterrupt("the episodes under way", "leave without results");
  await runEpisodes({
    setting: { robot, ...(voices && { voices }) },
    orders,
    workers: options.jobs,
    signal: interrupt.signal,
    onResult: (result, order) => {
      progress.count(result);
      soFar.set(order, result);
      const { seconds } = told;
      if (seconds - toldAtS > Math.max(TELL_EVERY_S, TELL_EVERY_SHARE * seconds)) tell();
    },
  }).catch((error: Error) => {
    // A disk that is full costs recordings, not what was found so far.
    if (error instanceof SessionError && soFar.size > 0)
      return printNote(`ended: ${error.message}`);
    told.end(`failed: ${error.message}`);
    throw error;
  });
  interrupt.close();
  clearStatus();
  const seconds = Number(progress.seconds.toFixed(1));
  const { resultsOf, evaluations } = judge(soFar);
  const comparison = isVersus
    ? byTask(tasks, (task) => compare(ofTask(resultsOf(0), task), ofTask(resultsOf(1), task), seed))
    : undefined;
  const brokenOff = brokenOffAt(soFar.size, orders.length);
  const areAllCrashed = [...soFar.values()].every(({ crash }) => crash !== undefined);
  if (brokenOff !== undefined || areAllCrashed) process.exitCode = EXIT.failed;
  tell();
  told.end(brokenOff === undefined ? "done" : `broken off after ${brokenOff}`);
  const writeReport = async (): Promise<void> => {
    if (options.report === undefined) return;
    const reactions = byTask(tasks, (task) => reactionsMs(ofTask(resultsOf(0), task)));
    const content = { robot: robot.name, seed, brokenOff, evaluations, reactions, comparison };
    await writeOutput("--report", options.report, htmlReport(content));
  };
  if (options.json) {
    await writeReport();
    return printJson({
      ...evaluations[0],
      robot: robot.name,
      seed,
      seconds,
      ...(brokenOff !== undefined && { brokenOff }),
      ...(comparison && { versus: { ...evaluations[1], comparison } }),
    });
  }
  for (const evaluation of evaluations) {
    printLine(
      `${evaluation.policy} on ${robot.name}, body ${evaluation.body}, from seed ${seed} on`,
    );
    printEvaluation(evaluation);
  }
  if (comparison) {
    printLine(`${contenders(evaluations).join(" against ")}, the same seeds`);
    for (const line of comparisonLines(comparison)) printLine(`  ${line}`);
    printLine(`${table(comparisonTable(comparison))}\n`);
  }
  if (brokenOff !== undefined) printLine(`broken off after ${brokenOff}`);
  printLine(`took      ${seconds} s`);
  await writeReport();
  if (options.report !== undefined) printLine(`report    ${options.report}`);
};

const titledTables = (evaluation: Evaluation) => {
  const titles = ["what succeeded", "how well", "what a success cost"];
  return resultTables(evaluation).map((rows, i) => ({
    title: `${evaluation.policy}: ${titles[i]}`,
    rows: rows.map((row) => [...row]),
  }));
};

const printEvaluation = (evaluation: Evaluation): void => {
  for (const rows of resultTables(evaluation)) printLine(`\n${table(rows)}`);
  printLine(`\n${latencyLine(evaluation)}`);
  for (const [task, summary] of Object.entries(evaluation.tasks)) {
    const { attempts, recordings, perSpeaker, confusion, failures } = summary;
    if (recordings !== undefined && recordings < attempts)
      printLine(
        `${task}: ${attempts} commands of ${recordings} recordings, so its interval is of ${recordings}; more of them tell more: --audio`,
      );
    if (perSpeaker) printLine(`\n${table(shareTable("speaker", perSpeaker))}`);
    if (confusion && failures.length > 0) printLine(`\n${table(confusionTable(confusion.acts))}`);
    if (failures.length > 0) printLine();
    for (const { seed, atMs, reason } of failures.slice(0, FAILURES_TOLD))
      printLine(`failed: ${task} seed ${seed} at ${(atMs / 1000).toFixed(2)} s: ${reason}`);
    if (failures.length > FAILURES_TOLD)
      printLine(`... ${failures.length - FAILURES_TOLD} more of ${task}: --json or --report`);
  }
  printLine();
};
