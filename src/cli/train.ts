// efference train: recorded sessions in, a policy folder out. The same engine that runs it trains it.
import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { Command } from "commander";
import { UsageError } from "../core/errors.ts";
import type { PolicyCard } from "../core/policy-card.ts";
import { SessionReader } from "../session/session-reader.ts";
import { exportDecodeGraph } from "../training/decode-graph.ts";
import { type FitProgress, fit, type FitResult } from "../training/fit.ts";
import type { TokenModelConfig } from "../training/token-model.ts";
import { StreamBuilder, type TokenStream } from "../training/token-stream.ts";
import { vocabularyFromJson, vocabularyMismatch } from "../tokens/vocabulary.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { clearStatus, printJson, printLine, printNote, printStatus } from "./output.ts";
import { wholeNumber } from "./whole-number.ts";

const EXAMPLES = `
Reads every session (.mcap) of a folder, learns the action tokens, and writes a policy folder that is
complete by itself (policy.onnx, card.json): copying it to another machine is installing it.

Examples:
  efference demonstrate --task obey,flinch,track --episodes 200 --out data
  efference train --sessions data --out models/policies/mine
  efference run --policy mine
  efference train --sessions data --out models/policies/mine --max-minutes 10 --seed 2 --json

Ctrl-C ends after the step at hand and keeps the best so far.`;

interface TrainOptions {
  readonly sessions: string;
  readonly out: string;
  readonly seed: number;
  readonly steps: number;
  readonly width: number;
  readonly layers: number;
  readonly context: number;
  readonly rows: number;
  readonly learningRate: number;
  readonly maxMinutes?: number;
  readonly json: boolean;
}

export const add = (program: Command): void => {
  program
    .command("train")
    .description("learn a policy from recorded sessions")
    .requiredOption("--sessions <folder>", "sessions to learn from")
    .requiredOption("--out <folder>", "the policy folder to write (models/policies/NAME)")
    .option("--seed <number>", "seed of parameters and batches", wholeNumber(0), 1)
    .option("--steps <number>", "updates", wholeNumber(1), 6000)
    .option("--rows <number>", "sequences an update", wholeNumber(1), 8)
    .option(
      "--context <number>",
      "tokens that the model sees, and learns from at once",
      wholeNumber(2),
      512,
    )
    .option("--width <number>", "width of the model", wholeNumber(1), 128)
    .option("--layers <number>", "layers of the model", wholeNumber(1), 4)
    .option("--learning-rate <number>", "peak learning rate", Number, 1.5e-3)
    .option("--max-minutes <number>", "end after so long, with the best so far", Number)
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(train);
};

interface Lessons {
  readonly vocabulary: Vocabulary;
  readonly robot: string;
  readonly streams: readonly TokenStream[];
  readonly files: readonly string[];
  readonly policies: ReadonlySet<string>;
}

const readLessons = async (folder: string): Promise<Lessons> => {
  const names = await readdir(folder).catch(() => {
    throw new UsageError(`--sessions ${folder}: no such folder`);
  });
  const files = names.filter((name) => name.endsWith(".mcap")).sort();
  if (files.length < 2)
    throw new UsageError(
      `--sessions ${folder}: found ${files.length} sessions (.mcap), expected at least 2, one of them to be held out; make some: efference demonstrate --out ${folder}`,
    );
  let vocabulary: Vocabulary | undefined;
  let robot = "";
  const streams: TokenStream[] = [];
  const policies = new Set<string>();
  for (const [index, name] of files.entries()) {
    printStatus(`reading ${index + 1} of ${files.length}: ${name}`);
    const { header, stream } = await readOne(join(folder, name));
    const own = vocabularyFromJson(header.vocabularyJson);
    vocabulary ??= own;
    robot = header.robotName;
    const mismatch = vocabularyMismatch(vocabulary, own);
    if (mismatch !== undefined)
      throw new UsageError(
        `${join(folder, name)} speaks another vocabulary than ${files[0]}: ${mismatch}`,
      );
    policies.add(header.policy);
    streams.push(stream);
  }
  clearStatus();
  return { vocabulary: vocabulary!, robot, streams, files, policies };
};

const readOne = async (file: string) => {
  const reader = await SessionReader.open(file);
  const builder = new StreamBuilder();
  for await (const record of reader.records()) builder.add(record);
  const { header } = reader;
  return { header, stream: builder.stream() };
};

/** One in ten is held out, spread over the folder. */
const isHeldOut = (index: number): boolean => index % 10 === 9;

const train = async (options: TrainOptions): Promise<void> => {
  const out = resolve(options.out);
  const exists = await stat(out).then(
    () => true,
    () => false,
  );
  if (exists)
    throw new UsageError(`--out ${options.out} exists; choose another name, or remove it`);
  const lessons = await readLessons(options.sessions);
  const { vocabulary, streams } = lessons;
  const few = streams.length < 10;
  const heldOut = streams.filter((_, i) => (few ? i === streams.length - 1 : isHeldOut(i)));
  const learned = streams.filter((stream) => !heldOut.includes(stream));
  const tokens = streams.reduce((sum, { ids }) => sum + ids.length, 0);
  const model: TokenModelConfig = {
    vocabulary: vocabulary.size,
    width: options.width,
    layers: options.layers,
    heads: options.width / 32,
    keyValueHeads: Math.max(1, options.width / 64),
    feedForward: options.width * 3,
    context: options.context,
  };
  printNote(
    `${learned.length} sessions to learn, ${heldOut.length} held out, ${tokens} tokens; ${options.steps} steps of ${options.rows} x ${options.context}`,
  );
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  process.on("SIGINT", stop);
  const signals = [abort.signal];
  if (options.maxMinutes !== undefined)
    signals.push(AbortSignal.timeout(options.maxMinutes * 60_000));
  let result: FitResult;
  try {
    result = await fit({
      model,
      vocabulary,
      train: learned,
      heldOut,
      rows: options.rows,
      length: options.context,
      steps: options.steps,
      learningRate: options.learningRate,
      seed: options.seed,
      patience: 15,
      onProgress: tell,
      signal: AbortSignal.any(signals),
    });
  } finally {
    process.off("SIGINT", stop);
    clearStatus();
  }
  const { sha256, parameters } = await writePolicy(out, options, lessons, model, result);
  const seconds = Math.round(result.seconds);
  const summary = {
    policy: out,
    parameters,
    steps: result.steps,
    tokens,
    tokensPerSecond: Math.round((result.steps * options.rows * options.context) / result.seconds),
    seconds,
    loss: result.loss,
    sha256,
  };
  if (options.json) printJson(summary);
  else {
    printLine(
      `${out}: ${parameters} parameters, ${result.steps} steps in ${seconds} s, held-out loss ${result.loss.heldOut.toFixed(4)}, ${(100 * result.accuracy).toFixed(1)} % of action tokens foretold`,
    );
    printLine(`next  efference eval --policy ${options.out} --task obey`);
  }
};

const tell = ({ step, steps, loss, heldOut, seconds, tokensPerSecond }: FitProgress): void => {
  const minutesLeft = (seconds * (steps - step)) / step / 60;
  const line = [
    `step ${step} of ${steps}`,
    `loss ${loss.toFixed(4)}`,
    `held out ${heldOut.loss.toFixed(4)}, ${(100 * heldOut.accuracy).toFixed(1)} % right`,
    `${Math.round(tokensPerSecond)} tokens/s`,
    `${minutesLeft.toFixed(1)} min to go`,
  ].join(" · ");
  if (process.stderr.isTTY) printStatus(line);
  else printNote(line);
};

/** Writes the folder under another name and renames it: a policy is there whole or not at all. */
const writePolicy = async (
  out: string,
  options: TrainOptions,
  lessons: Lessons,
  model: TokenModelConfig,
  result: FitResult,
): Promise<{ sha256: string; parameters: number }> => {
  const { vocabulary, robot, files, policies } = lessons;
  const { bytes, contract } = exportDecodeGraph(model, result.parameters);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const parameters = [...result.parameters.values()].reduce(
    (sum, { data }) => sum + data.length,
    0,
  );
  const { keyValueHeads = model.heads, sinks = 4, ...sizes } = model;
  const card: PolicyCard = {
    format: 1,
    name: basename(out),
    kind: "token",
    robot,
    vocabulary: { hash: vocabulary.hash, size: vocabulary.size },
    contract,
    sha256,
    model: { ...sizes, keyValueHeads, sinks, parameters },
    training: {
      sessions: files.length,
      teachers: [...policies],
      steps: result.steps,
      seconds: Math.round(result.seconds),
      seed: options.seed,
      learningRate: options.learningRate,
      rows: options.rows,
      loss: result.loss,
      curve: result.curve,
    },
    data: { description: "recorded sessions", licence: "that of the sessions" },
    metrics: { heldOutAccuracy: result.accuracy },
    limits: [`acts only as its ${files.length} sessions showed`],
  };
  const draft = `${out}.part`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  await writeFile(join(draft, "policy.onnx"), bytes);
  await writeFile(join(draft, "card.json"), `${JSON.stringify(card, undefined, 2)}\n`);
  await rename(draft, out);
  return { sha256, parameters };
};
