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
import { PERIOD, turnsPerPeriod, UNSEEN } from "./attention.ts";
import { attendToCache, type CacheView } from "./decode-attention.ts";
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

/** The tokens of a run, stream behind stream. */
interface Run {
  /** How many [streams, tokens]: an int64 tensor of two. */
  readonly shape: Value;
  /** Their places in their streams [streams * tokens]. */
  readonly places: Value;
  readonly streams: number;
}

/** What the tokens of a run see of the caches, once they are written into them. */
const viewOf = (run: Run, model: TokenModel, contract: DecodeContract): CacheView => {
  const { shape, places, streams } = run;
  const { graph } = places;
  const { sinks, window } = contract;
  const { keyValueHeads, headWidth } = model;
  const count = cacheLength(contract);
  const group = model.heads / keyValueHeads;
  const slots = [...Array(count).keys()];
  const whole = (value: number): Value => graph.integers([value]);
  const byStream = graph.node("Reshape", [places, shape], [streams, UNKNOWN]);

  // A ring's place holds the last place of the stream that is the same modulo its length.
  const ring = [streams, count];
  const last = graph.node("Gather", [byStream, whole(-1)], [streams, 1], {
    attributes: { axis: 1 },
  });
  const back = graph.node("Sub", [last, graph.integers(slots)], ring);
  const age = graph.node("Mod", [back, whole(count - sinks)], ring);
  const inRing = graph.node("Sub", [last, age], ring);
  const unwritten = graph.node("Less", [inRing, whole(sinks)], ring, BOOL);
  const held = graph.node("Where", [unwritten, whole(NEVER), inRing], ring, { type: "int64" });
  const isSink = graph.constant(
    Uint8Array.from(slots, (slot) => Number(slot < sinks)),
    [count],
  );
  const sinkOrHeld = graph.node("Where", [isSink, graph.integers(slots), held], ring, {
    type: "int64",
  });

  const grid = [streams, UNKNOWN, count];
  const inColumn = graph.node("Unsqueeze", [byStream, whole(2)], [streams, UNKNOWN, 1]);
  const inRow = graph.node("Unsqueeze", [sinkOrHeld, whole(1)], [streams, 1, count]);
  const distance = graph.node("Sub", [inColumn, inRow], grid);
  const reach = graph.integers(slots.map((slot) => (slot < sinks ? -NEVER : window)));
  const past = graph.node("GreaterOrEqual", [distance, whole(0)], grid, BOOL);
  const near = graph.node("Less", [distance, reach], grid, BOOL);
  const seen = graph.node("And", [past, near], grid, BOOL);
  const plain = graph.node("Where", [seen, graph.scalar(0), graph.scalar(UNSEEN)], grid, {
    type: "float32",
  });
  const mask = graph.node("Unsqueeze", [plain, whole(1)], [streams, 1, UNKNOWN, count]);
  const inWindow = graph.node("Min", [places, whole(model.context - 1)], places.dims);
  return {
    inStream: anglesOf(places, model),
    inWindow: anglesOf(inWindow, model),
    mask: graph.node("Concat", Array(group).fill(mask), mask.dims, { attributes: { axis: 2 } }),
    ...(streams !== 1 && {
      apart: graph.node(
        "Concat",
        [graph.integers([keyValueHeads, group]), shape, whole(headWidth)],
        [5],
        { attributes: { axis: 0 } },
      ),
    }),
  };
};

/** Where ScatterND writes each head of each token: (stream, head, slot). */
const writtenTo = (run: Run, model: TokenModel, contract: DecodeContract): Value => {
  const { shape, places, streams } = run;
  const { graph } = places;
  const { keyValueHeads } = model;
  const along = (axis: number): Value =>
    graph.constant(
      BigInt64Array.from([0, 1, 2], (i) => BigInt(i === axis)),
      [1, 1, 1, 3],
    );
  const heads = graph.constant(
    BigInt64Array.from({ length: keyValueHeads * 3 }, (_, i) =>
      i % 3 === 1 ? BigInt(Math.floor(i / 3)) : 0n,
    ),
    [1, keyValueHeads, 1, 3],
  );
  const slot = slotsOf(places, contract.sinks, cacheLength(contract) - contract.sinks);
  const tokens = [1, 1, UNKNOWN, 3];
  const column = (x: Value): Value =>
    graph.node("Reshape", [x, graph.integers([1, 1, -1, 1])], [1, 1, UNKNOWN, 1]);
  const inSlot = graph.node("Mul", [column(slot), along(2)], tokens);
  const every = [1, keyValueHeads, UNKNOWN, 3];
  const where = graph.node("Add", [heads, inSlot], every);
  if (streams === 1) return where;
  const zero = graph.constant(BigInt64Array.of(0n), []);
  const one = graph.constant(BigInt64Array.of(1n), []);
  const count = graph.node("Gather", [shape, zero], []);
  const numbers = graph.node("Range", [zero, count, one], [UNKNOWN]);
  const spread = graph.node("Expand", [reshape(numbers, [UNKNOWN, 1]), shape], [streams, UNKNOWN]);
  const inStream = graph.node("Mul", [column(spread), along(0)], tokens);
  return graph.node("Add", [where, inStream], every);
};

export const cachedAttention = (run: Run, model: TokenModel, contract: DecodeContract): Attend => {
  const { graph } = run.places;
  const { keyValueHeads, headWidth } = model;
  const view = viewOf(run, model, contract);
  const where = writtenTo(run, model, contract);
  const remember = (name: string, heard: Value): Value => {
    const dims = [run.streams, keyValueHeads, cacheLength(contract), headWidth];
    const declared = contract.inputs.find((input) => input.name === name)!.dims;
    const next = graph.node("ScatterND", [graph.input(name, declared), where, heard], dims);
    graph.output(nextName(name), next);
    return next;
  };
  return (layer, query, key, value) => {
    const keys = remember(keyCache(layer), rotate(key, view.inStream));
    const values = remember(valueCache(layer), value);
    return attendToCache(model, query, keys, values, view);
  };
};

/** The most places a run takes, where nothing else is asked for: a tick brings a handful. */
const DEFAULT_BLOCK = 16;

/**
 * The bytes of a decode file (ONNX) that keeps the contract of decode-contract.ts, which it returns
 * beside them. `metadata` joins the contract in the file's metadata_props.
 */
export const exportDecodeGraph = (
  config: TokenModelConfig,
  parameters: ReadonlyMap<string, NamedTensor>,
  { block = DEFAULT_BLOCK, streams = 1, metadata = {} }: DecodeOptions = {},
): { bytes: Uint8Array; contract: DecodeContract } => {
  const model = tokenModel(config);
  const contract = decodeContract(model, block, streams);
  const graph = new Graph();
  const weights = new Map(
    Array.from(
      parameters,
      ([name, { dims, data }]) => [name, graph.constant(data, dims, name)] as const,
    ),
  );
  const [ids, places, rows] = contract.inputs
    .slice(0, 3)
    .map(({ name, dims }) => graph.input(name, dims, "int64")) as [Value, Value, Value];
  const all = graph.node("Shape", [ids], [3], { type: "int64" });
  const firstTwo = [graph.integers([0]), graph.integers([2])];
  const shape = graph.node("Slice", [all, ...firstTwo], [2], { type: "int64" });
  const run = { shape, places: reshape(places, [UNKNOWN]), streams: ids.dims[0]! };
  const attend = cachedAttention(run, model, contract);
  const size = { batch: 1, length: UNKNOWN }; // streams behind each other, as if they were one
  const chords = reshape(ids, [UNKNOWN, model.slots]);
  const hidden = decoder(model, weights, chords, size, attend);
  const logits = head(weights, takeRows(hidden, rows));
  graph.output("logits", reshape(logits, [1, UNKNOWN, model.answers]));
  const bytes = graph.encode({ ...metadata, [CONTRACT_KEY]: JSON.stringify(contract) });
  return { bytes, contract };
};

export interface DecodeOptions {
  /** The most tokens a run takes; a longer one lengthens every cache by as much. */
  readonly block?: number;
  /** One, or as many as a run is given. */
  readonly streams?: 1 | "streams";
  readonly metadata?: Readonly<Record<string, string>>;
}
