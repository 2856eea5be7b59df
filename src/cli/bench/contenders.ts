// The contenders of `bench embedding`: a token model and embedding models with each head, of the same
// backbone and as many parameters, learned from the same sessions in as many steps.
import { join } from "node:path";
import type { DecodeContract, PolicyCard } from "../../core/policy-card.ts";
import type { Policy } from "../../core/ports.ts";
import type { Robot } from "../../core/robot.ts";
import { EmbeddingPolicy } from "../../policy/embedding-policy.ts";
import { TokenEngine } from "../../policy/token-engine.ts";
import { TokenPolicy } from "../../policy/token-policy.ts";
import { FrameFeatures } from "../../tokens/frame-features.ts";
import { actionSpelling, type Spelling } from "../../tokens/spelling.ts";
import type { Vocabulary } from "../../tokens/vocabulary.ts";
import { exportDecodeGraph } from "../../training/decode-graph.ts";
import { exportEmbeddingGraph } from "../../training/embedding-export.ts";
import { fitEmbedding } from "../../training/embedding-fit.ts";
import {
  type EmbeddingModelConfig,
  embeddingModel,
  embeddingShapes,
  type HeadName,
} from "../../training/embedding-model.ts";
import { actionScaleDeg, type EmbeddingStream } from "../../training/embedding-stream.ts";
import { countParameters, fit, type FitResult } from "../../training/fit.ts";
import { sizeOf } from "../../training/graph.ts";
import { parameterShapes, tokenModel, type TokenModelConfig } from "../../training/token-model.ts";
import type { TokenStream } from "../../training/token-stream.ts";
import { writePolicy } from "../policy-writer.ts";

/** What all contenders learn from, and where their policies are kept meanwhile. */
export interface School {
  readonly robot: Robot;
  readonly vocabulary: Vocabulary;
  readonly tokens: readonly TokenStream[];
  readonly embeddings: readonly EmbeddingStream[];
  readonly steps: number;
  readonly shelf: string;
}

/** A trained model, and how policies of it answer. */
export interface Contender {
  readonly name: string;
  readonly reads: "ids" | "numbers";
  readonly parameters: number;
  readonly trainingS: number;
  /** A policy that leaves to chance by this seed. */
  readonly open: (seed: number) => Policy;
}

interface Class extends AsyncDisposable {
  readonly contenders: readonly Contender[];
}

const WIDTH = 64;
const SIZES: Readonly<Record<"width" | "layers" | "heads" | "keyValueHeads", number>> = {
  width: WIDTH,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
};
const FEED_FORWARD = 192;
const ROWS = 8;
const LEARNING_RATE = 4e-3;

/** One in ten is held out. */
const divided = <T>(streams: readonly T[]): { train: T[]; heldOut: T[] } => ({
  train: streams.filter((_, i) => i % 10 !== 9),
  heldOut: streams.filter((_, i) => i % 10 === 9),
});

const learningOf = ({ steps }: School, length: number, seed: number) => ({
  threads: 1, // the models are small: a second one would only wait
  rows: ROWS,
  length,
  steps,
  learningRate: LEARNING_RATE,
  seed,
  patience: Infinity,
  keepsLast: true, // all learn equally long, and what is held out is not what they are examined in
});

/** Episodes filled up to one length with what is not learned: a window then is one whole episode. */
const filledTokens = (streams: readonly TokenStream[], length: number): TokenStream[] =>
  streams.map(({ notes, starts, targets, weights, tokens }) => {
    const filled = {
      notes,
      starts: new Int32Array(length + 1).fill(notes.length), // empty chords
      targets: new Int32Array(length),
      weights: new Float32Array(length),
      tokens,
    };
    filled.starts.set(starts);
    filled.targets.set(targets);
    filled.weights.set(weights);
    return filled;
  });

const filledEmbeddings = (streams: readonly EmbeddingStream[], length: number): EmbeddingStream[] =>
  streams.map(({ rows, weights, actions }) => {
    const filled = new Float32Array(length);
    filled.set(weights);
    const rest = Array.from({ length: length - rows.length }, () => rows[0]!);
    return { rows: [...rows, ...rest], weights: filled, actions };
  });

const tokenConfig = ({ chords, notes, answers }: Spelling): TokenModelConfig => ({
  ...SIZES,
  vocabulary: notes,
  slots: chords.slots,
  answers: answers.length,
  feedForward: FEED_FORWARD,
  context: 128,
});

const countOf = (shapes: ReadonlyMap<string, readonly number[]>): number =>
  [...shapes.values()].reduce((sum, dims) => sum + sizeOf(dims), 0);

/** The embedding model of as many parameters: its feed-forward makes up for the table of ids. */
const embeddingConfig = (
  { robot, vocabulary, embeddings }: School,
  head: HeadName,
): EmbeddingModelConfig => {
  const spelling = actionSpelling(robot, vocabulary);
  const curves = robot.motion.coefficients;
  const config = (feedForward: number): EmbeddingModelConfig => ({
    ...SIZES,
    feedForward,
    context: 128,
    features: new FrameFeatures(robot).size,
    servos: robot.servos.length,
    scaleDeg: actionScaleDeg(embeddings, curves, robot.servos.length),
    head,
  });
  const wanted = countOf(parameterShapes(tokenModel(tokenConfig(spelling))));
  const found = countOf(embeddingShapes(embeddingModel(config(FEED_FORWARD))));
  const each = 3 * WIDTH * SIZES.layers;
  return config(FEED_FORWARD + Math.round((wanted - found) / each));
};

export const trainTokens = async (school: School, seed: number): Promise<Class> => {
  const { vocabulary, robot, tokens } = school;
  const spelling = actionSpelling(robot, vocabulary);
  const model = tokenConfig(spelling);
  const { chords, scale } = spelling;
  const length = Math.max(...tokens.map(({ targets }) => targets.length));
  const streams = divided(filledTokens(tokens, length));
  const lesson = { ...streams, model, dials: chords.dials, ...(scale && { scale }) };
  const result = await fit({ ...learningOf(school, length, seed), ...lesson });
  const { bytes, contract } = exportDecodeGraph(model, result.parameters);
  const folder = await shelve(school, "token", `tokens-${seed}`, bytes, contract);
  const engine = await TokenEngine.open({ folder, robot, vocabulary });
  const facts = { reads: "ids", ...factsOf(result) } as const;
  const open = (rollout: number): Policy =>
    new TokenPolicy(engine, { temperature: 1, seed: rollout });
  return {
    contenders: [
      { name: "tokens, drawn", ...facts, open },
      { name: "tokens, likeliest", ...facts, open: () => new TokenPolicy(engine) },
    ],
    [Symbol.asyncDispose]: () => engine.close(),
  };
};

export const trainEmbeddings = async (
  school: School,
  head: HeadName,
  seed: number,
): Promise<Class> => {
  const { vocabulary, robot, embeddings } = school;
  const model = embeddingConfig(school, head);
  const features = new FrameFeatures(robot);
  const length = Math.max(...embeddings.map(({ rows }) => rows.length));
  const result = await fitEmbedding({
    ...learningOf(school, length, seed),
    ...divided(filledEmbeddings(embeddings, length)),
    model,
    features,
  });
  const { bytes, contract } = exportEmbeddingGraph(model, result.parameters);
  const folder = await shelve(school, "embedding", `${head}-${seed}`, bytes, contract);
  const engine = await TokenEngine.open({ folder, robot, vocabulary });
  const open = (rollout: number): Policy => new EmbeddingPolicy(engine, { seed: rollout });
  return {
    contenders: [{ name: `embeddings, ${head}`, reads: "numbers", ...factsOf(result), open }],
    [Symbol.asyncDispose]: () => engine.close(),
  };
};

const factsOf = ({
  parameters,
  seconds,
}: FitResult): Pick<Contender, "parameters" | "trainingS"> => ({
  parameters: countParameters(parameters),
  trainingS: seconds,
});

/** Resolves to the folder. */
const shelve = async (
  { shelf, robot, vocabulary }: School,
  kind: PolicyCard["kind"],
  name: string,
  onnx: Uint8Array,
  contract: DecodeContract,
): Promise<string> => {
  const folder = join(shelf, name);
  const card = {
    kind,
    robot: robot.name,
    vocabulary: { hash: vocabulary.hash, size: vocabulary.size },
    contract,
    model: {},
    training: {},
    data: { description: "demonstrations of bench embedding", licence: "Apache-2.0" },
    metrics: {},
    limits: [],
  };
  await writePolicy({ folder, onnx, card });
  return folder;
};
