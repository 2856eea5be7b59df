// The token model: a decoder of the Llama family (Touvron et al. 2023), small. RMSNorm before each
// half of a layer, rotary positions, causal attention with grouped keys, a gated feed-forward, and
// a head over what can be said, which is little of what can be read. Written once: training and decoding
// differ only in how they attend.
import { UNKNOWN, type Value } from "./graph.ts";
import { silu } from "./operators/activation.ts";
import { add, multiply } from "./operators/arithmetic.ts";
import { takeRows } from "./operators/gather.ts";
import { matMul } from "./operators/matmul.ts";
import { rmsNorm } from "./operators/norm.ts";
import { reshape, split, transpose } from "./operators/shape.ts";

export interface TokenModelConfig {
  /** Rows of the embedding: what can sound in a chord (tokens/chords.ts), or columns of numbers. */
  readonly vocabulary: number;
  /** The most rows that are read at a place; 1 where left out. */
  readonly slots?: number;
  /** What can be said: the ids of an answer; as many as can be read where left out. */
  readonly answers?: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values, each shared by heads / keyValueHeads queries; all where left out. */
  readonly keyValueHeads?: number;
  /** Width inside the feed-forward. */
  readonly feedForward: number;
  /** 1: queries and keys are normalised, head by head (Henry et al. 2020); 0 or left out: as they are. */
  readonly queryKeyNorm?: number;
  /** Tokens that a token can see: the sinks, and the most recent ones, itself included. */
  readonly context: number;
  /** First tokens of the stream that are never forgotten; 4 where left out (Xiao et al. 2024). */
  readonly sinks?: number;
}

/** A config with nothing left out, and what follows from it. */
export interface TokenModel extends Required<TokenModelConfig> {
  readonly headWidth: number;
}

/** Checks a config and fills it in; RangeError with what to change. */
export const tokenModel = (config: TokenModelConfig): TokenModel => {
  const keyValueHeads = config.keyValueHeads ?? config.heads;
  const { sinks = 4, slots = 1, answers = config.vocabulary, queryKeyNorm = 0 } = config;
  const headWidth = config.width / config.heads;
  const model = { ...config, keyValueHeads, sinks, slots, answers, queryKeyNorm, headWidth };
  const canBeNone = ["sinks", "queryKeyNorm"];
  for (const [name, size] of Object.entries(model))
    if (!Number.isInteger(size) || size < (canBeNone.includes(name) ? 0 : 1))
      throw new RangeError(
        `token model: ${name} is ${size}, expected a whole number; change ${name === "headWidth" ? "width or heads, so that heads divides width" : "it"}`,
      );
  if (model.headWidth % 8 !== 0)
    throw new RangeError(
      `token model: heads are ${model.headWidth} wide, expected a multiple of 8; change width or heads`,
    );
  if (model.heads % keyValueHeads !== 0)
    throw new RangeError(
      `token model: ${keyValueHeads} keyValueHeads, expected a divisor of the ${model.heads} heads`,
    );
  if (sinks >= model.context)
    throw new RangeError(
      `token model: ${sinks} sinks, expected fewer than the context of ${model.context}`,
    );
  return model;
};

/** Shape of every parameter by its name; matrices are [in, out]. */
export const parameterShapes = (model: TokenModel): ReadonlyMap<string, readonly number[]> =>
  new Map([
    ["embedding", [model.vocabulary, model.width]],
    ...backboneShapes(model),
    ["head", [model.width, model.answers]],
  ]);

/** Shape of every parameter of a backbone, its last norm included. */
export const backboneShapes = (model: Backbone): ReadonlyMap<string, readonly number[]> => {
  const { width, layers, heads, keyValueHeads, headWidth, queryKeyNorm, feedForward } = model;
  const shapes = new Map<string, readonly number[]>();
  for (let layer = 0; layer < layers; layer++) {
    const add = (name: string, ...dims: number[]) => shapes.set(`layer.${layer}.${name}`, dims);
    add("attention.norm", width);
    add("attention.in", width, (heads + 2 * keyValueHeads) * headWidth); // queries, keys, values
    if (queryKeyNorm) add("attention.headNorm", headWidth);
    add("attention.out", width, width);
    add("feedForward.norm", width);
    add("feedForward.gate", width, feedForward);
    add("feedForward.in", width, feedForward);
    add("feedForward.out", feedForward, width);
  }
  return shapes.set("norm", [width]);
};

/** Queries [batch, heads, length, headWidth], keys and values [batch, keyValueHeads, length, headWidth]. */
export type Attend = (layer: number, query: Value, key: Value, value: Value) => Value;

/** What a backbone needs to know of its model. */
export type Backbone = Pick<
  TokenModel,
  "width" | "layers" | "heads" | "keyValueHeads" | "headWidth" | "queryKeyNorm" | "feedForward"
>;

/**
 * Hidden states of what is read [batch * length, width], before the last norm; of the places `rows` alone where those
 * are given (int64 [n], none twice): nothing else looks at what the last feed-forward makes of the others.
 */
export const backbone = (
  { width, layers, heads, keyValueHeads, headWidth, queryKeyNorm }: Backbone,
  weights: ReadonlyMap<string, Value>,
  read: Value,
  { batch, length }: { batch: number; length: number },
  attend: Attend,
  rows?: Value,
): Value => {
  let x = read;
  const places = x.dims[0]!;
  const byHead = (y: Value, count: number): Value =>
    transpose(reshape(y, [batch, length, count, headWidth]), [0, 2, 1, 3]);
  const oneEach = places === UNKNOWN ? UNKNOWN : places * (heads + keyValueHeads);
  for (let layer = 0; layer < layers; layer++) {
    const weight = (name: string): Value => weights.get(`layer.${layer}.${name}`)!;

    const seen = matMul(rmsNorm(x, weight("attention.norm")), weight("attention.in"));
    const [met, value] = split(seen, 1, [
      (heads + keyValueHeads) * headWidth, // queries and keys
      keyValueHeads * headWidth,
    ]);
    const even = queryKeyNorm
      ? rmsNorm(reshape(met!, [oneEach, headWidth]), weight("attention.headNorm"))
      : met!;
    const [query, key] = split(byHead(even, heads + keyValueHeads), 1, [heads, keyValueHeads]);
    const found = attend(layer, query!, key!, byHead(value!, keyValueHeads));
    const joined = reshape(transpose(found, [0, 2, 1, 3]), [places, width]);
    x = add(x, matMul(joined, weight("attention.out")));
    if (rows && layer === layers - 1) x = takeRows(x, rows);

    const inner = rmsNorm(x, weight("feedForward.norm"));
    const gate = silu(matMul(inner, weight("feedForward.gate")));
    const gated = multiply(gate, matMul(inner, weight("feedForward.in")));
    x = add(x, matMul(gated, weight("feedForward.out")));
  }
  return x;
};

/** Logits [rows, answers] of hidden states [rows, width]. */
export const head = (weights: ReadonlyMap<string, Value>, hidden: Value): Value =>
  matMul(rmsNorm(hidden, weights.get("norm")!), weights.get("head")!);
