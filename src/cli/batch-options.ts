// What the commands that run episodes in batches share: their options, the checks that come before
// the first episode, and the line that says how far they are.
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { type Command, InvalidArgumentError } from "commander";
import { RealClock } from "../core/clock.ts";
import { BodyError, UsageError } from "../core/errors.ts";
import type { Robot } from "../core/robot.ts";
import { adviseOneOf } from "../core/suggest.ts";
import { type EpisodeResult, isSuccess } from "../evaluation/summary.ts";
import { type Task, TASKS } from "../evaluation/tasks.ts";
import { buildVocabulary } from "../tokens/vocabulary.ts";
import { openPolicy } from "./open-policy.ts";
import { printProgress } from "./output.ts";
import { wholeNumber } from "./whole-number.ts";

export interface BatchOptions {
  readonly task: readonly Task[];
  readonly episodes: number;
  readonly robot: string;
  readonly seed: number;
  readonly jobs: number;
  readonly audio?: string;
  readonly labels?: string;
  readonly json: boolean;
}

/** Each once: an episode that is counted twice says no more. */
const tasksOf = (text: string): Task[] => {
  const tasks = text.split(",").map((word) => {
    const task = TASKS.find((name) => name === word.trim());
    if (task === undefined)
      throw new InvalidArgumentError(`found ${word}; ${adviseOneOf(word, TASKS)}.`);
    return task;
  });
  return [...new Set(tasks)];
};

export const addBatchOptions = (
  command: Command,
  defaults: { readonly episodes: number; readonly seed: number },
): Command =>
  command
    .option("--episodes <number>", "episodes of each task", wholeNumber(1), defaults.episodes)
    .option("--robot <name>", "a robot of models/robots, or a path to a robot.yaml", "duo")
    .option(
      "--seed <number>",
      "of the first episode; the next has the next",
      wholeNumber(0),
      defaults.seed,
    )
    .option("--jobs <number>", "threads", wholeNumber(1), availableParallelism())
    .option("--audio <folder>", "WAV files for obey and flinch (default: the robot's own voice)")
    .option(
      "--labels <file>",
      "what they say: file,act and, where known, pace,speaker (default: labels.csv there)",
    )
    .option("--json", "one JSON object on stdout", false);

export const addTaskOption = (command: Command): Command =>
  command.requiredOption("--task <names>", `comma-separated: ${TASKS.join(", ")}`, tasksOf);

/**
 * Opens and closes each policy once, so that a name that does not exist or does not fit the robot
 * is refused before a hundred episodes fail of it.
 */
export const checkPolicies = async (robot: Robot, names: Iterable<string>): Promise<void> => {
  const nowhere = async (): Promise<never> => {
    throw new BodyError("there is no world yet: ask in a step");
  };
  const oracle = { position: nowhere, reach: nowhere };
  const vocabulary = buildVocabulary(robot);
  for (const name of new Set(names))
    await (await openPolicy(name, { robot, vocabulary, cues: [], oracle })).close();
};

export const checkHearing = (robot: Robot, tasks: readonly Task[]): void => {
  if (tasks.includes("obey") && !robot.sensors.some((sensor) => sensor.kind === "microphone"))
    throw new UsageError(`--task obey: ${robot.name} has no microphone among its sensors`);
};

/** @throws UsageError where an episode is to be recorded into a file that exists */
export const refuseTaken = (orders: readonly { readonly sessionPath?: string }[]): void => {
  const taken = orders.find(
    ({ sessionPath }) => sessionPath !== undefined && existsSync(sessionPath),
  );
  if (taken)
    throw new UsageError(
      `${taken.sessionPath} already exists, and a recording is never overwritten; write another --out or --seed`,
    );
};

/** How far a batch came that did not come to its end. */
export const brokenOffAt = (done: number, total: number): string | undefined =>
  done < total ? `${done} of ${total} episodes` : undefined;

/** Says on stderr how many episodes are done and how long the rest will take. */
export class Progress {
  readonly #total: number;
  readonly #clock = new RealClock();
  #done = 0;
  #successes = 0;

  constructor(total: number) {
    this.#total = total;
  }

  get seconds(): number {
    return this.#clock.nowNs() / 1e9;
  }

  readonly count = (result: EpisodeResult): void => {
    this.#done++;
    if (isSuccess(result)) this.#successes++;
    const left = Math.ceil((this.seconds / this.#done) * (this.#total - this.#done));
    const line = `${this.#done} of ${this.#total} episodes, ${this.#successes} succeeded, ${left} s left`;
    printProgress(line, this.#done, this.#total);
  };
}
