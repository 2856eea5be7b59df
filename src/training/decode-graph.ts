// The inference graph of a trained model: reads tokens of an endless stream in constant time and
// memory each. What a token sees is told in attention.ts; this file is about where keys are kept.
//
// A cache holds the sinks in its first places and the newest of the rest in a ring behind them. A run
// reads the caches of what came before, beside what it reads itself, and gives what it adds to them; its
// caller writes that into the ring (decode-contract.ts). Which token a place of the ring holds follows
// from the first place of a run alone, so the cache needs no bookkeeping and no clearing.
import { type DecodeContract, ENTRIES } from "../core/policy-card.ts";
import type { NamedTensor } from "./checkpoint.ts";
import { PERIOD, turnsPerPeriod, UNSEEN } from "./attention.ts";
import { attendToCache, byStream, type CacheView } from "./decode-attention.ts";
import {
  cacheLength,
  CONTRACT_KEY,
  decodeContract,
  keyCache,
  valueCache,
} from "./decode-contract.ts";
import { Graph, UNKNOWN, type Value } from "./graph.ts";
import { embedding } from "./operators/gather.ts";
import { type Angles, rotate } from "./operators/rotary.ts";
import { reshape } from "./operators/shape.ts";
import {
  type Attend,
  backbone,
  head,
  tokenModel,
  type TokenModel,
  type TokenModelConfig,
} from "./token-model.ts";

// A place that no stream comes to: 700 years at 50 a second.
const NEVER = 2 ** 40;
const BOOL = { type: "bool" } as const;
const WHOLE = { type: "int64" } as const;

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

/** The tokens of a run, stream behind stream. */
interface Run {
  /** How many [streams, tokens]: an int64 tensor of two. */
  readonly shape: Value;
  /** Their places in their streams [streams * tokens]. */
  readonly places: Value;
  readonly streams: number;
}

/** What the tokens of a run see of the caches, and of each other. */
const viewOf = (run: Run, model: TokenModel, contract: DecodeContract): CacheView => {
  const { shape, places, streams } = run;
  const { graph } = places;
  const { sinks, window } = contract;
  const { keyValueHeads, headWidth } = model;
  const count = cacheLength(contract);
  const group = model.heads / keyValueHeads;
  const slots = [...Array(count).keys()];
  const whole = (value: number): Value => graph.integers([value]);
  const along = (axis: number) => ({ attributes: { axis } });
  const inRows = graph.node("Reshape", [places, shape], [streams, UNKNOWN]);

  // A ring's place holds the last place before this run that is the same modulo its length.
  const ring = [streams, count];
  const first = graph.node("Gather", [inRows, whole(0)], [streams, 1], along(1));
  const last = graph.node("Sub", [first, whole(1)], [streams, 1]);
  const back = graph.node("Sub", [last, graph.integers(slots)], ring);
  const age = graph.node("Mod", [back, whole(window)], ring);
  const inRing = graph.node("Sub", [last, age], ring);
  const isSink = graph.constant(
    Uint8Array.from(slots, (slot) => Number(slot < sinks)),
    [count],
  );
  const held = graph.node("Where", [isSink, graph.integers(slots), inRing], ring, WHOLE);
  const least = graph.integers(slots.map((slot) => (slot < sinks ? 0 : sinks)));
  const isRead = graph.node("LessOrEqual", [held, last], ring, BOOL);
  const isKept = graph.node("GreaterOrEqual", [held, least], ring, BOOL);
  const isThere = graph.node("And", [isRead, isKept], ring, BOOL);
  const cached = graph.node("Where", [isThere, held, whole(NEVER)], ring, WHOLE);
  const keys = graph.node("Concat", [cached, inRows], [streams, UNKNOWN], along(1));

  const grid = [streams, UNKNOWN, UNKNOWN];
  const inColumn = graph.node("Unsqueeze", [inRows, whole(2)], [streams, UNKNOWN, 1]);
  const inRow = graph.node("Unsqueeze", [keys, whole(1)], [streams, 1, UNKNOWN]);
  const distance = graph.node("Sub", [inColumn, inRow], grid);
  const past = graph.node("GreaterOrEqual", [distance, whole(0)], grid, BOOL);
  const near = graph.node("Less", [distance, whole(window)], grid, BOOL);
  const ofSink = graph.node("Less", [inRow, whole(sinks)], inRow.dims, BOOL);
  const reached = graph.node("Or", [near, ofSink], grid, BOOL);
  const seen = graph.node("And", [past, reached], grid, BOOL);
  const plain = graph.node("Where", [seen, graph.scalar(0), graph.scalar(UNSEEN)], grid, {
    type: "float32",
  });
  const mask = graph.node("Unsqueeze", [plain, whole(1)], [streams, 1, UNKNOWN, UNKNOWN]);
  const inWindow = graph.node("Min", [places, whole(model.context - 1)], places.dims);
  return {
    inStream: anglesOf(places, model),
    inWindow: anglesOf(inWindow, model),
    mask: graph.node("Concat", Array(group).fill(mask), mask.dims, along(2)),
    ...(streams !== 1 && {
      apart: graph.node(
        "Concat",
        [graph.integers([keyValueHeads, group]), shape, whole(headWidth)],
        [5],
        along(0),
      ),
    }),
  };
};

/** Attention of a run, and what it adds to the caches, once every layer has attended. */
export interface CachedAttention {
  readonly attend: Attend;
  readonly entries: () => Value;
}

export const cachedAttention = (
  run: Run,
  model: TokenModel,
  contract: DecodeContract,
): CachedAttention => {
  const { graph } = run.places;
  const { keyValueHeads, headWidth } = model;
  const view = viewOf(run, model, contract);
  const sizes = [graph.integers([keyValueHeads]), run.shape, graph.integers([headWidth])];
  const split =
    run.streams === 1 ? undefined : graph.node("Concat", sizes, [4], { attributes: { axis: 0 } });
  const made: Value[] = []; // [streams, keyValueHeads, tokens, headWidth]
  const cache = (name: string): Value =>
    graph.input(name, contract.inputs.find((input) => input.name === name)!.dims);
  const attend: Attend = (layer, query, key, value) => {
    const cached = { keys: cache(keyCache(layer)), values: cache(valueCache(layer)) };
    const read = {
      keys: byStream(rotate(key, view.inStream), split),
      values: byStream(value, split),
    };
    made.push(read.keys, read.values);
    return attendToCache(model, query, cached, read, view);
  };
  const entries = (): Value => {
    const dims = [run.streams, made.length * keyValueHeads, UNKNOWN, headWidth];
    return graph.node("Concat", made, dims, { attributes: { axis: 1 } });
  };
  return { attend, entries };
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
  { block, streams = 1, metadata = {} }: DecodeOptions = {},
): { bytes: Uint8Array; contract: DecodeContract } => {
  const model = tokenModel(config);
  const most = Math.min(DEFAULT_BLOCK, model.context - model.sinks);
  const contract = decodeContract(model, block ?? most, streams);
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
  const { attend, entries } = cachedAttention(run, model, contract);
  const size = { batch: 1, length: UNKNOWN }; // streams behind each other, as if they were one
  const chords = reshape(ids, [UNKNOWN, model.slots]);
  const read = embedding(weights.get("embedding")!, chords);
  const hidden = backbone(model, weights, read, size, attend, rows);
  const logits = head(weights, hidden);
  graph.output(ENTRIES, entries());
  graph.output("logits", reshape(logits, [1, UNKNOWN, model.answers]));
  const bytes = graph.encode({ ...metadata, [CONTRACT_KEY]: JSON.stringify(contract) });
  return { bytes, contract };
};

export interface DecodeOptions {
  /** The most tokens a run takes, the window's at most. */
  readonly block?: number;
  /** One, or as many as a run is given. */
  readonly streams?: 1 | "streams";
  readonly metadata?: Readonly<Record<string, string>>;
}
