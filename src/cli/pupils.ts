// What can be trained from sessions: for each kind of model, how its lessons are read, how it is fitted
// and what is written of it.
import { UsageError } from "../core/errors.ts";
import type { Robot } from "../core/robot.ts";
import type { DecodeContract, PolicyCard } from "../core/policy-card.ts";
import { readCard } from "../policy/policy-folder.ts";
import { FrameFeatures } from "../tokens/frame-features.ts";
import { actionSpelling, jsonSpelling, type Spelling } from "../tokens/spelling.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { exportDecodeGraph } from "../training/decode-graph.ts";
import { exportEmbeddingGraph } from "../training/embedding-export.ts";
import { fitEmbedding } from "../training/embedding-fit.ts";
import type { HeadName } from "../training/embedding-model.ts";
import { actionScaleDeg, EmbeddingStreamBuilder } from "../training/embedding-stream.ts";
import { fit, type FitResult, type LearningOptions } from "../training/fit.ts";
import { JsonStreamBuilder } from "../training/json-stream.ts";
import { tokenModel, type TokenModelConfig } from "../training/token-model.ts";
import { StreamBuilder, type TokenStream } from "../training/token-stream.ts";
import {
  hearLessons,
  type LessonOptions,
  type Lessons,
  readLessons,
  recordedIn,
} from "./lessons.ts";
import { findPolicy } from "./open-policy.ts";
import { openVoices, type Voices } from "./speech.ts";
import { readTrainedModel, type TrainedModel } from "./trained-model.ts";

export type Kind = PolicyCard["kind"];

interface Sizes {
  readonly width: number;
  readonly layers: number;
  readonly context: number;
}

export interface PupilOptions extends Sizes {
  readonly sessions: string;
  /** How often each command is heard again. */
  readonly hearings: number;
  /** As of HearingOptions. */
  readonly shareHeard: number;
  /** Labelled recordings to hear beside the sessions: a folder, and its labels. */
  readonly audio?: string;
  readonly labels?: string;
  readonly head: HeadName;
  /** A policy to go on from: name or folder. */
  readonly from?: string;
  readonly seed: number;
}

export interface Taught {
  readonly result: FitResult;
  readonly onnx: Uint8Array;
  readonly contract: DecodeContract;
  /** Sizes, for the card. */
  readonly model: Record<string, number>;
}

/** A kind of model whose lessons were read. */
export interface Pupil {
  readonly lessons: Lessons<unknown>;
  /** Token ids in the lessons; 0 where they are read as numbers. */
  readonly tokens: number;
  /** Chords, or rows of numbers, that they are read as. */
  readonly places: number;
  /** Places that the model sees, and learns from at once. */
  readonly context: number;
  /** Streams that are shorter than that: nothing is learned from them. */
  readonly tooShort: number;
  teach(learning: LearningOptions): Promise<Taught>;
}

/** @throws UsageError where no model has that width */
export const checkSizes = ({ width }: Sizes): void => {
  if (width % 64 === 0 || (width <= 32 && width % 8 === 0)) return;
  throw new UsageError(
    `--width ${width}: expected a multiple of 64, or 8, 16, 24 or 32, so that its heads are of one size`,
  );
};

/** Most notes are heard or seen once in a while: each of their rows gets few chances. */
const TABLE_RATE = 3;

/** Heads of 32, two to each pair of keys and values, and a feed-forward of three times the width. */
const shapeOf = ({ width, layers, context }: Sizes) => ({
  width,
  layers,
  heads: Math.max(1, width / 32),
  keyValueHeads: Math.max(1, width / 64),
  feedForward: width * 3,
  queryKeyNorm: 1,
  context,
});

const tokenPupil = async (options: PupilOptions, kind: "token" | "json"): Promise<Pupil> => {
  const { sessions: folder, seed, hearings, shareHeard } = options;
  const former = options.from === undefined ? undefined : await findFormer(options.from);
  let spelling: Spelling | undefined; // of all sessions alike
  const builder: LessonOptions<TokenStream>["builder"] = (robot, vocabulary) => {
    spelling ??= (kind === "token" ? actionSpelling : jsonSpelling)(robot, vocabulary);
    return kind === "token"
      ? new StreamBuilder(spelling, vocabulary)
      : new JsonStreamBuilder(robot, vocabulary, spelling);
  };
  const { audio, labels } = options;
  const isGiven = audio !== undefined || labels !== undefined;
  const voices = (robot: Robot): Voices => openVoices(robot, audio, labels);
  const hearing = { folder, builder, seed, hearings, shareHeard, ...(isGiven && { voices }) };
  const goesOn = former && (await readFormer(former, (await recordedIn(folder)).vocabulary));
  const lessons = await hearLessons(hearing);
  const { train, heldOut } = lessons;
  const streams = [...train, ...heldOut];
  const { chords, notes, answers, scale } = spelling!; // a folder without sessions was refused
  const model: TokenModelConfig = goesOn?.model ?? {
    ...shapeOf(options),
    vocabulary: notes,
    slots: chords.slots,
    answers: answers.length,
  };
  return {
    lessons,
    tokens: streams.reduce((sum, { tokens }) => sum + tokens, 0),
    places: streams.reduce((sum, { targets }) => sum + targets.length, 0),
    context: model.context,
    tooShort: train.filter(({ targets }) => targets.length < model.context).length,
    teach: async (learning) => {
      const start = goesOn && { start: goesOn.parameters };
      const lesson = { model, dials: chords.dials, ...(scale && { scale }), train, heldOut };
      const result = await fit({ ...learning, tableRate: TABLE_RATE, ...start, ...lesson });
      const { bytes, contract } = exportDecodeGraph(model, result.parameters);
      return { result, onnx: bytes, contract, model: sizesOf(model) };
    },
  };
};

const embeddingPupil = async (options: PupilOptions): Promise<Pupil> => {
  const { sessions: folder, seed, head } = options;
  const lessons = await readLessons({
    folder,
    seed,
    builder: (robot, vocabulary) => new EmbeddingStreamBuilder(robot, vocabulary),
  });
  const { robot, train, heldOut } = lessons;
  const features = new FrameFeatures(robot);
  const servos = robot.servos.length;
  const model = {
    ...shapeOf(options),
    features: features.size,
    servos,
    scaleDeg: actionScaleDeg(train, robot.motion.coefficients, servos),
    head,
  };
  const rows = [...train, ...heldOut].reduce((sum, stream) => sum + stream.rows.length, 0);
  return {
    lessons,
    tokens: 0,
    places: rows,
    context: options.context,
    tooShort: train.filter(({ rows: { length } }) => length < options.context).length,
    teach: async (learning) => {
      const result = await fitEmbedding({ ...learning, model, train, heldOut, features });
      const { bytes, contract } = exportEmbeddingGraph(model, result.parameters);
      const { scaleDeg: _, head: __, ...sizes } = model;
      return { result, onnx: bytes, contract, model: sizes };
    },
  };
};

const sizesOf = (config: TokenModelConfig): Record<string, number> => {
  const { headWidth: _, ...sizes } = tokenModel(config);
  return sizes;
};

/** A policy to go on from, by the name that it was given. */
interface Former {
  readonly name: string;
  readonly folder: string;
  readonly card: PolicyCard;
}

/** @throws UsageError or PolicyError for what is no token policy */
const findFormer = async (name: string): Promise<Former> => {
  const folder = findPolicy(name);
  if (folder === undefined)
    throw new UsageError(
      `--from ${name}: no such policy; write a name in models/policies, or a path`,
    );
  const card = await readCard(folder);
  if (card.kind !== "token")
    throw new UsageError(`--from ${name}: a policy of kind ${card.kind}, expected token`);
  return { name, folder, card };
};

/** @throws UsageError or PolicyError for a policy that can't be gone on from with these sessions */
const readFormer = async (
  { name, folder, card }: Former,
  vocabulary: Vocabulary,
): Promise<TrainedModel> => {
  if (card.vocabulary.hash !== vocabulary.hash)
    throw new UsageError(
      `--from ${name}: it was trained with the vocabulary ${card.vocabulary.hash}, the sessions have ${vocabulary.hash}; record them with the robot it was trained for (${card.robot})`,
    );
  return readTrainedModel(folder, card);
};

export const PUPILS: Readonly<Record<Kind, (options: PupilOptions) => Promise<Pupil>>> = {
  token: (options) => tokenPupil(options, "token"),
  json: (options) => tokenPupil(options, "json"),
  embedding: embeddingPupil,
};
