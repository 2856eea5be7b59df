// The inference graph of a trained model: reads tokens of an endless stream in constant time and
// memory each. What a token sees is told in attention.ts; this file is about where keys are kept.
//
// A cache holds the sinks in its first places and the rest of the stream in a ring behind them. The
// ring has room for the window and one whole block: a run first writes all its tokens and attends
// then, and with that much room it writes over nothing that its first token still sees. So the cut
// of the stream into blocks never shows in the logits. Which token a place of the ring holds follows
// from the last place of the stream alone, so the cache needs no bookkeeping and no clearing.
import type { DecodeContract } from "../core/policy-card.ts";
import type { NamedTensor } from "./checkpoint.ts";
import { attendTo, PERIOD, turnsPerPeriod, UNSEEN, type View } from "./attention.ts";
import {
  cacheLength,
  CONTRACT_KEY,
  decodeContract,
  keyCache,
  valueCache,
} from "./decode-contract.ts";
import { Graph, UNKNOWN, type Value } from "./graph.ts";
import { nextName } from "./in-place.ts";
import { takeRows } from "./operators/gather.ts";
import { type Angles, rotate } from "./operators/rotary.ts";
import { reshape } from "./operators/shape.ts";
import {
  type Attend,
  decoder,
  head,
  tokenModel,
  type TokenModel,
  type TokenModelConfig,
} from "./token-model.ts";

// A place before any other. So many tokens later, 700 years at 50 a second, the sinks are lost.
const NEVER = -(2 ** 40);
const BOOL = { type: "bool" } as const;

/** Angles of int64 places [tokens]: whole numbers until the last moment, so no place is too far. */
const anglesOf = (places: Value, model: TokenModel): Angles => {
  const { graph } = places;
  const dims = [UNKNOWN, model.headWidth / 2];
  const turns = graph.integers(turnsPerPeriod(model));
  const turned = graph.node("Mul", [reshape(places, [UNKNOWN, 1]), turns], dims);
  const phase = graph.node("Mod", [turned, graph.integers([PERIOD])], dims);
  const toFloat = { attributes: { to: 1 }, type: "float32" } as const;
  const share = graph.node("Cast", [phase], dims, toFloat);
  const angle = graph.node("Mul", [share, graph.scalar((2 * Math.PI) / PERIOD)], dims);
  return { cosine: graph.node("Cos", [angle], dims), sine: graph.node("Sin", [angle], dims) };
};

/** Place of the cache for each place of the stream [tokens]. */
const slotsOf = (places: Value, sinks: number, ring: number): Value => {
  const { graph, dims } = places;
  const whole = (value: number): Value => graph.integers([value]);
  const behind = graph.node("Sub", [places, whole(sinks)], dims);
  const inRing = graph.node("Mod", [behind, whole(ring)], dims);
  const slot = graph.node("Add", [inRing, whole(sinks)], dims);
  const isSink = graph.node("Less", [places, whole(sinks)], dims, BOOL);
  return graph.node("Where", [isSink, places, slot], dims, { type: "int64" });
};

/** What the tokens of a run see of the cache, once they are written into it. */
const viewOf = (places: Value, model: TokenModel, contract: DecodeContract): View => {
  const { graph } = places;
  const { sinks, window } = contract;
  const count = cacheLength(contract);
  const slots = [...Array(count).keys()];
  const whole = (value: number): Value => graph.integers([value]);

  // A ring's place holds the last place of the stream that is the same modulo its length.
  const last = graph.node("Gather", [places, whole(-1)], [1]);
  const back = graph.node("Sub", [last, graph.integers(slots)], [count]);
  const age = graph.node("Mod", [back, whole(count - sinks)], [count]);
  const inRing = graph.node("Sub", [last, age], [count]);
  const unwritten = graph.node("Less", [inRing, whole(sinks)], [count], BOOL);
  const held = graph.node("Where", [unwritten, whole(NEVER), inRing], [count], { type: "int64" });
  const isSink = graph.constant(
    Uint8Array.from(slots, (slot) => Number(slot < sinks)),
    [count],
  );
  const sinkOrHeld = graph.node("Where", [isSink, graph.integers(slots), held], [count], {
    type: "int64",
  });

  const grid = [UNKNOWN, count];
  const distance = graph.node("Sub", [reshape(places, [UNKNOWN, 1]), sinkOrHeld], grid);
  const reach = graph.integers(slots.map((slot) => (slot < sinks ? -NEVER : window)));
  const past = graph.node("GreaterOrEqual", [distance, whole(0)], grid, BOOL);
  const near = graph.node("Less", [distance, reach], grid, BOOL);
  const seen = graph.node("And", [past, near], grid, BOOL);
  const mask = graph.node("Where", [seen, graph.scalar(0), graph.scalar(UNSEEN)], grid, {
    type: "float32",
  });
  const inWindow = graph.node("Min", [places, whole(model.context - 1)], places.dims);
  return {
    inStream: anglesOf(places, model),
    mask,
    ...(sinks > 0 && { sinks: { inWindow: anglesOf(inWindow, model), isSink } }),
  };
};

const cachedAttention = (
  graph: Graph,
  places: Value,
  model: TokenModel,
  contract: DecodeContract,
): Attend => {
  const { keyValueHeads, headWidth } = model;
  const view = viewOf(places, model, contract);
  // Where ScatterND writes: (0, head, slot) for each head and token.
  const slot = slotsOf(places, contract.sinks, cacheLength(contract) - contract.sinks);
  const axis = graph.constant(BigInt64Array.of(0n, 0n, 1n), [1, 1, 3]);
  const heads = graph.constant(
    BigInt64Array.from({ length: keyValueHeads * 3 }, (_, i) =>
      i % 3 === 1 ? BigInt(Math.floor(i / 3)) : 0n,
    ),
    [keyValueHeads, 1, 3],
  );
  const slots = graph.node("Mul", [reshape(slot, [1, UNKNOWN, 1]), axis], [1, UNKNOWN, 3]);
  const where = graph.node("Add", [heads, slots], [keyValueHeads, UNKNOWN, 3]);
  const remember = (name: string, heard: Value): Value => {
    const dims = [1, keyValueHeads, cacheLength(contract), headWidth];
    const cache = graph.input(name, dims);
    const rows = reshape(heard, [keyValueHeads, UNKNOWN, headWidth]);
    const next = graph.node("ScatterND", [cache, where, rows], dims);
    graph.output(nextName(name), next);
    return next;
  };
  return (layer, query, key, value) => {
    const keys = remember(keyCache(layer), rotate(key, view.inStream));
    const values = remember(valueCache(layer), value);
    return attendTo(model, query, keys, values, view);
  };
};

/** The most tokens a run takes, where nothing else is asked for. */
const DEFAULT_BLOCK = 64;

/**
 * The bytes of a decode file (ONNX) that keeps the contract of decode-contract.ts, which it returns
 * beside them. `metadata` joins the contract in the file's metadata_props.
 */
export const exportDecodeGraph = (
  config: TokenModelConfig,
  parameters: ReadonlyMap<string, NamedTensor>,
  { block = DEFAULT_BLOCK, metadata = {} }: DecodeOptions = {},
): { bytes: Uint8Array; contract: DecodeContract } => {
  const model = tokenModel(config);
  const contract = decodeContract(model, block);
  const graph = new Graph();
  const weights = new Map(
    Array.from(
      parameters,
      ([name, { dims, data }]) => [name, graph.constant(data, dims, name)] as const,
    ),
  );
  const ids = graph.input("ids", [1, "tokens"], "int64");
  const places = graph.input("places", ["tokens"], "int64");
  const rows = graph.input("rows", ["rows"], "int64");
  const attend = cachedAttention(graph, places, model, contract);
  const shape = { batch: 1, length: UNKNOWN };
  const hidden = decoder(model, weights, reshape(ids, [UNKNOWN]), shape, attend);
  const logits = head(weights, takeRows(hidden, rows));
  graph.output("logits", reshape(logits, [1, UNKNOWN, model.vocabulary]));
  const bytes = graph.encode({ ...metadata, [CONTRACT_KEY]: JSON.stringify(contract) });
  return { bytes, contract };
};

export interface DecodeOptions {
  /** The most tokens a run takes; a longer one lengthens every cache by as much. */
  readonly block?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}
