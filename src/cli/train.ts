// efference train: recorded sessions in, a policy folder out. The same engine that runs it trains it.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { LONGEST_MS, monotonicNs, NS_PER_S } from "../core/clock.ts";
import { UsageError } from "../core/errors.ts";
import { microphoneOf } from "../core/robot.ts";
import { HEAD_NAMES, type HeadName } from "../training/embedding-model.ts";
import { countParameters, type FitProgress, type LearningOptions } from "../training/fit.ts";
import { type Optimiser, OPTIMISERS } from "../training/optimiser.ts";
import { refuseIdle } from "./idle-options.ts";
import { SHARE_HEARD } from "./lessons.ts";
import { endOnInterrupt } from "./interrupts.ts";
import { prepareFolder, prepareOutput } from "./output-file.ts";
import { clearStatus, EXIT, printJson, printLine, printNote, printStatus } from "./output.ts";
import { writePolicy } from "./policy-writer.ts";
import { ProgressFile, progressOption } from "./progress-file.ts";
import { checkSizes, type Kind, type Pupil, PUPILS, type Taught } from "./pupils.ts";
import { trainingReport } from "./training-report.ts";
import { wholeNumber } from "./whole-number.ts";

const EXAMPLES = `
Reads every session (.mcap) of a folder, learns the action tokens, and writes a policy folder that is
complete by itself (policy.onnx, card.json): copying it to another machine is installing it.
training.html beside them shows how it went, and the page of efference run --dashboard, its view Training, how it goes.

Examples:
  efference demonstrate --task obey,flinch,track --episodes 200 --out data
  efference train --sessions data --out models/policies/mine
  efference run --policy mine
  efference train --sessions own-voice --from duo --out models/policies/my-voice --steps 600
  efference train --sessions data --checkpoint run --out models/policies/mine    goes on where it was

--model json learns to write its actions as JSON calls, and embedding to answer in degrees instead of
tokens: the contenders of efference bench. Ctrl-C ends after the step at hand and keeps the best so far.`;

interface TrainOptions {
  readonly sessions: string;
  readonly out: string;
  readonly from?: string;
  readonly model: Kind;
  readonly head: HeadName;
  readonly seed: number;
  readonly steps: number;
  readonly width: number;
  readonly layers: number;
  readonly context: number;
  readonly rows: number;
  readonly accumulate: number;
  readonly hearings: number;
  readonly shareHeard: number;
  readonly audio?: string;
  readonly labels?: string;
  readonly patience: number;
  readonly learningRate?: number;
  readonly optimiser: Optimiser;
  readonly checkpoint?: string;
  readonly provider?: string;
  readonly maxMinutes?: number;
  readonly dataLicence: string;
  readonly progress: string | false;
  readonly json: boolean;
}

const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError(`found ${text}, expected a number above 0`);
  return value;
};

const shareOf = (text: string): number => {
  const share = Number(text);
  if (share > 0 && share < 1) return share;
  throw new InvalidArgumentError(`found ${text}, expected a number between 0 and 1`);
};

const RATE = 1.5e-3;
/** A trained model is only shifted. */
const RATE_FROM = 5e-4;

export const add = (program: Command): void => {
  program
    .command("train")
    .description("learn a policy from recorded sessions")
    .requiredOption("--sessions <folder>", "sessions to learn from")
    .option("--out <folder>", "the policy folder to write", "models/policies/mine")
    .option("--audio <folder>", "labelled recordings of commands, to hear beside the sessions")
    .option("--labels <file>", "CSV of file,act and, where known, pace (default: labels.csv there)")
    .option("--from <policy>", "go on from a trained policy")
    .addOption(
      new Option("--model <kind>", "what is learned").choices(Object.keys(PUPILS)).default("token"),
    )
    .addOption(
      new Option("--head <name>", "how an embedding becomes a motion")
        .choices(HEAD_NAMES)
        .default("mixture"),
    )
    .option("--seed <number>", "seed of parameters and batches", wholeNumber(0), 1)
    .option("--steps <number>", "updates", wholeNumber(1), 4500)
    .option("--rows <number>", "sequences a run", wholeNumber(1), 16)
    .option("--accumulate <number>", "runs an update", wholeNumber(1), 1)
    .option(
      "--context <number>",
      "places that the model sees, and learns from at once",
      wholeNumber(5), // more than its sinks
      256,
    )
    .option("--width <number>", "width of the model", wholeNumber(1), 128)
    .option("--layers <number>", "layers of the model", wholeNumber(1), 4)
    .option("--learning-rate <number>", `peak (default: ${RATE}, or ${RATE_FROM} --from)`, positive)
    .addOption(
      new Option("--optimiser <name>", "how the hidden layers' matrices are updated")
        .choices(OPTIMISERS)
        .default("muon"),
    )
    .option("--hearings <number>", "times that each command is heard again", wholeNumber(0), 2)
    .option(
      "--share-heard <share>",
      "of what is learned, how much is heard again, between 0 and 1",
      shareOf,
      SHARE_HEARD,
    )
    .option(
      "--patience <number>",
      "end after so many looks without a better one",
      wholeNumber(1),
      20,
    )
    .option("--checkpoint <folder>", "save the run there, and go on from what is there")
    .option("--provider <name>", "execution provider of onnxruntime (default: cpu)")
    .option(
      "--max-minutes <number>",
      "end after so long, with the best so far; the rate falls to nothing by --steps, not by then",
      positive,
    )
    .option("--data-licence <text>", "for the card", "that of the sessions")
    .addOption(progressOption("say there how far it is, for the page of run --dashboard"))
    .option("--no-progress", "say it on this terminal only")
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(train);
};

/** What can't be heeded is refused. */
const check = ({ model, from, hearings }: TrainOptions, command: Command): void => {
  const idle = (options: readonly string[], why: string): void => refuseIdle(command, options, why);
  if (model !== "embedding") idle(["head"], "is of --model embedding");
  else
    idle(
      ["audio", "labels", "share-heard", ...(hearings > 0 ? ["hearings"] : [])],
      "has no use with --model embedding: it hears sessions only",
    );
  if (hearings === 0)
    idle(
      ["audio", "labels", "share-heard"],
      "has no use with --hearings 0: nothing is heard again",
    );
  if (from !== undefined)
    idle(
      ["width", "layers", "context"],
      `has no use with --from: the model stays as large as ${from}`,
    );
};

/** Held-out sessions that are told one by one. */
const MOST_NAMED = 5;

const train = async (options: TrainOptions, command: Command): Promise<void> => {
  check(options, command);
  const out = resolve(options.out);
  if (existsSync(out))
    throw new UsageError(`--out ${options.out} exists; choose another name, or remove it`);
  if (options.from !== undefined && options.model !== "token")
    throw new UsageError(`--from goes with --model token only, found ${options.model}`);
  if (options.from === undefined) checkSizes(options);
  await prepareOutput("--out", out);
  if (options.checkpoint !== undefined) await prepareFolder("--checkpoint", options.checkpoint);
  const beganNs = monotonicNs();
  const pupil = await PUPILS[options.model](options);
  const readingSeconds = Math.round((monotonicNs() - beganNs) / NS_PER_S);
  const { train: learned, heldOut, sessions, filesHeldOut } = pupil.lessons;
  printNote(
    `${sessions} sessions, ${pupil.tokens} tokens read at ${pupil.places} places; ${learned.length} streams to learn, ${heldOut.length} held out; ${options.steps} steps of ${options.rows * options.accumulate} x ${pupil.context}`,
  );
  if (filesHeldOut.length <= MOST_NAMED) printNote(`held out: ${filesHeldOut.join(", ")}`);
  if (pupil.tooShort > 0)
    printNote(
      `of the streams to learn ${pupil.tooShort} are shorter than the ${pupil.context} places that the model sees, and are left out: record longer sessions`,
    );
  const progress = new ProgressFile(options.progress, {
    kind: "training",
    name: options.out,
    about: `${options.model} model of ${sessions} sessions`,
    total: options.steps,
  });
  const learn = async () => {
    const taught = await teach(pupil, options, progress);
    const { result, onnx } = taught;
    const parameters = countParameters(result.parameters);
    const card = cardOf(options, pupil, taught, parameters);
    const report = trainingReport(options.out, result);
    const { isBrokenOff } = taught;
    return {
      result,
      parameters,
      isBrokenOff,
      sha256: await writePolicy({ folder: out, onnx, card, report }),
    };
  };
  const { result, parameters, isBrokenOff, sha256 } = await learn().catch((error: Error) => {
    progress.end(`failed: ${error.message}`);
    throw error;
  });
  const seconds = Math.round(result.seconds);
  progress.end(
    `${result.steps} steps, held-out loss ${result.loss.heldOut.toFixed(4)}, ${(100 * result.accuracy).toFixed(1)} % foretold`,
  );
  if (result.steps < options.steps)
    printNote(
      `ended at step ${result.steps} of ${options.steps}, when the learning rate had still ${Math.round(100 * (1 - result.steps / options.steps))} % of its way to nothing before it, where a model learns most: --steps ${result.steps} takes as long and gets there`,
    );
  if (isBrokenOff) {
    process.exitCode = EXIT.failed;
    if (options.checkpoint !== undefined)
      printNote(`to go on with it remove ${options.out}, and give the same command again`);
  }
  const perStep = options.rows * options.accumulate * pupil.context;
  const placesPerSecond = (result.steps * perStep) / result.seconds;
  if (options.json)
    return printJson({
      policy: out,
      parameters,
      steps: result.steps,
      tokens: pupil.tokens,
      places: pupil.places,
      tokensPerSecond: Math.round((placesPerSecond * pupil.tokens) / pupil.places),
      placesPerSecond: Math.round(placesPerSecond),
      seconds,
      readingSeconds,
      loss: result.loss,
      ...(isBrokenOff && { brokenOff: `${result.steps} of ${options.steps} steps` }),
      sha256,
    });
  printLine(
    `${out}: ${parameters} parameters, ${result.steps} steps in ${seconds} s after ${readingSeconds} s of reading, held-out loss ${result.loss.heldOut.toFixed(4)}, ${(100 * result.accuracy).toFixed(1)} % foretold; ${join(options.out, "training.html")} has the curves`,
  );
  const { robot } = pupil.lessons;
  const own = robot.name === "duo" ? "" : ` --robot ${robot.name}`;
  const examined = microphoneOf(robot)
    ? "--task obey --audio <recordings it has not heard>"
    : "--task <what it learned>";
  printLine(`next  efference eval --policy ${options.out}${own} ${examined}`);
};

const teach = async (
  pupil: Pupil,
  options: TrainOptions,
  progress: ProgressFile,
): Promise<Taught & { readonly isBrokenOff: boolean }> => {
  const { rows, accumulate, steps, seed, patience, checkpoint, provider, optimiser } = options;
  const interrupt = endOnInterrupt("with the step at hand", "leave without a policy");
  const signals = [interrupt.signal];
  if (options.maxMinutes !== undefined)
    signals.push(AbortSignal.timeout(Math.min(LONGEST_MS, Math.ceil(options.maxMinutes * 60_000))));
  const learning: LearningOptions = {
    rows,
    accumulate,
    length: pupil.context,
    steps,
    learningRate: options.learningRate ?? (options.from === undefined ? RATE : RATE_FROM),
    optimiser,
    seed,
    patience,
    onProgress: (seen) => {
      tell(seen);
      const { step, loss, heldOut, seconds } = seen;
      const { loss: heldOutLoss, accuracy } = heldOut;
      progress.add({ type: "look", step, seconds, loss, heldOutLoss, accuracy });
    },
    signal: AbortSignal.any(signals),
    ...(checkpoint !== undefined && { checkpoint }),
    onUnsaved: ({ message }) =>
      printNote(`no checkpoint in ${checkpoint}: ${message}; training goes on without it`),
    ...(provider !== undefined && { executionProviders: [provider] }),
  };
  try {
    const taught = await pupil.teach(learning);
    return { ...taught, isBrokenOff: interrupt.signal.aborted };
  } finally {
    interrupt.close();
    clearStatus();
  }
};

const tell = ({ step, steps, loss, heldOut, seconds, placesPerSecond }: FitProgress): void => {
  const minutesLeft = (seconds * (steps - step)) / step / 60;
  const line = [
    `step ${step} of ${steps}`,
    `loss ${loss.toFixed(4)}`,
    `held out ${heldOut.loss.toFixed(4)}, ${(100 * heldOut.accuracy).toFixed(1)} % right`,
    `${Math.round(placesPerSecond)} places/s`,
    `${minutesLeft.toFixed(1)} min to go`,
  ].join(" · ");
  if (process.stderr.isTTY) printStatus(line);
  else printNote(line);
};

const cardOf = (
  options: TrainOptions,
  { lessons }: Pupil,
  { result, contract, model }: Taught,
  parameters: number,
): Parameters<typeof writePolicy>[0]["card"] => ({
  kind: options.model,
  robot: lessons.robot.name,
  vocabulary: { hash: lessons.vocabulary.hash, size: lessons.vocabulary.size },
  contract,
  model: { ...model, parameters },
  training: {
    sessions: lessons.sessions,
    teachers: lessons.policies,
    ...(options.from !== undefined && { from: options.from }),
    steps: result.steps,
    seconds: Math.round(result.seconds),
    seed: options.seed,
    rows: options.rows * options.accumulate,
    ...(options.model !== "embedding" && {
      hearings: options.hearings,
      shareHeard: options.shareHeard,
    }),
    optimiser: options.optimiser,
    loss: result.loss,
    curve: result.curve,
  },
  data: { description: `${lessons.sessions} recorded sessions`, licence: options.dataLicence },
  metrics: { heldOutAccuracy: result.accuracy },
  limits: [`acts only as its ${lessons.sessions} sessions showed`],
});
