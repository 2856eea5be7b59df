// Small models, random weights, and the two ways to run them: whole sequences, and a stream.
import { InferenceSession, Tensor } from "onnxruntime-node";
import { onTestFinished } from "vitest";
import { Random } from "../../../src/core/random.ts";
import type { NamedTensor } from "../../../src/training/checkpoint.ts";
import { type DecodeContract, ENTRIES } from "../../../src/core/policy-card.ts";
import { DecodeCaches } from "../../../src/policy/decode-caches.ts";
import { exportDecodeGraph } from "../../../src/training/decode-graph.ts";
import { feedsOf } from "../../../src/training/batch.ts";
import {
  parameterShapes,
  tokenModel,
  type TokenModelConfig,
} from "../../../src/training/token-model.ts";
import { tokenLearner } from "../../../src/training/token-learner.ts";
import { evaluationGraph } from "../../../src/training/training-graphs.ts";

export const tiny: TokenModelConfig = {
  vocabulary: 50,
  width: 32,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  feedForward: 48,
  context: 24,
  sinks: 3,
};

/** Weights large enough for every part of the model to show in its logits. */
export const strongParameters = (config: TokenModelConfig, seed = 1): Map<string, NamedTensor> => {
  const random = new Random(seed, "strong parameters");
  return new Map(
    [...parameterShapes(tokenModel(config))].map(([name, dims]) => {
      const data = new Float32Array(dims.reduce((a, b) => a * b, 1));
      const deviation = dims.length > 1 && name !== "embedding" ? 1.5 / Math.sqrt(dims[0]!) : 0.5;
      for (let i = 0; i < data.length; i++)
        data[i] = dims.length === 1 ? random.uniform(0.5, 1.5) : random.normal(deviation);
      return [name, { dims, data }] as const;
    }),
  );
};

export const randomIds = (count: number, below: number, seed = 1): Int32Array => {
  const random = new Random(seed, "ids");
  return Int32Array.from({ length: count }, () => random.index(below));
};

const open = async (bytes: Uint8Array): Promise<InferenceSession> => {
  const session = await InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  onTestFinished(() => session.release());
  return session;
};

const tensors = (parameters: ReadonlyMap<string, NamedTensor>): [string, Tensor][] =>
  Array.from(parameters, ([name, { dims, data }]) => [name, new Tensor("float32", data, dims)]);

/** Logits [length][answers] of one sequence of `slots` ids a place by the graph that training differentiates. */
export const sequenceLogits = async (
  config: TokenModelConfig,
  parameters: ReadonlyMap<string, NamedTensor>,
  ids: Int32Array,
): Promise<Float32Array[]> => {
  const { slots = 1 } = config;
  const length = ids.length / slots;
  const session = await open(evaluationGraph(tokenLearner(config), { batch: 1, length }));
  const batch = { ids, targets: new Int32Array(length), weights: new Float32Array(length).fill(1) };
  const feeds = feedsOf(batch, 0, { batch: 1, length }, length);
  const { logits } = await session.run({ ...Object.fromEntries(tensors(parameters)), ...feeds });
  return rowsOf(logits!);
};

const rowsOf = (logits: Tensor): Float32Array[] => {
  const width = logits.dims.at(-1)!;
  const data = logits.data as Float32Array;
  return Array.from({ length: data.length / width }, (_, row) =>
    data.slice(row * width, (row + 1) * width),
  );
};

/** An endless stream through a decode file, as a policy would keep one. */
export class Stream {
  readonly session: InferenceSession;
  readonly contract: DecodeContract;
  readonly #caches: DecodeCaches;
  #place = 0;

  private constructor(session: InferenceSession, contract: DecodeContract) {
    this.session = session;
    this.contract = contract;
    this.#caches = new DecodeCaches(contract, 1);
  }

  static async open(
    config: TokenModelConfig,
    parameters: ReadonlyMap<string, NamedTensor>,
    block?: number,
  ): Promise<Stream> {
    const { bytes, contract } = exportDecodeGraph(config, parameters, block ? { block } : {});
    return new Stream(await open(bytes), contract);
  }

  /** Logits after each of the places, `slots` ids each, or after those at `rows` of them. */
  async read(ids: Int32Array, rows?: readonly number[]): Promise<Float32Array[]> {
    const { slots } = this.contract;
    const count = ids.length / slots;
    const from = this.#place;
    this.#place += count;
    const upTo = (start: number): Tensor =>
      new Tensor(
        "int64",
        BigInt64Array.from({ length: count }, (_, i) => BigInt(start + i)),
        [count],
      );
    const outputs = await this.session.run({
      ids: new Tensor("int64", BigInt64Array.from(ids, BigInt), [1, count, slots]),
      places: upTo(from),
      rows: rows ? new Tensor("int64", BigInt64Array.from(rows, BigInt), [rows.length]) : upTo(0),
      ...this.#caches.feeds(0, 1),
    });
    this.#caches.write(0, outputs[ENTRIES]!, { row: 0, from, count });
    return rowsOf(outputs["logits"]!);
  }

  /** Reads ids in blocks of as many places as given, round and round. */
  async readInBlocks(ids: Int32Array, sizes: readonly number[]): Promise<Float32Array[]> {
    const logits: Float32Array[] = [];
    for (let at = 0, i = 0; at < ids.length; i++) {
      const size = sizes[i % sizes.length]! * this.contract.slots;
      logits.push(...(await this.read(ids.subarray(at, at + size))));
      at += size;
    }
    return logits;
  }

  /** Starts anew, or far into a stream; the caches stay as they are. */
  moveTo(place: number): void {
    this.#place = place;
  }
}

/** The largest difference between two lists of logits. */
export const difference = (a: readonly Float32Array[], b: readonly Float32Array[]): number => {
  if (a.length !== b.length) throw new Error(`${a.length} rows against ${b.length}`);
  let worst = 0;
  for (const [row, values] of a.entries())
    for (const [i, value] of values.entries())
      worst = Math.max(worst, Math.abs(value - b[row]![i]!));
  return worst;
};
