// Attention over a sliding window with sinks (Xiao et al. 2024, "Efficient Streaming Language Models
// with Attention Sinks"): a token sees the first tokens of the stream and the most recent ones, with
// positions counted inside what it sees.
//
// Problem: those positions shift for every key at every token, and keys are rotated by position.
// Idea: a product of rotated query and key depends on their distance alone. Among recent tokens the
// distances never change, so keys keep the rotation of their place in the stream. Only the distance
// to the sinks stands still once the window slides, so a query meets the sinks in a second rotation,
// by the place it has inside the window: min(place, context - 1).
// Limits: angles of a place grow for ever; turnsPerPeriod below keeps them exact all the same.
import { UNKNOWN, type Value } from "./graph.ts";
import { add } from "./operators/arithmetic.ts";
import { matMul } from "./operators/matmul.ts";
import { where } from "./operators/pointwise.ts";
import { type Angles, rotate } from "./operators/rotary.ts";
import { reshape } from "./operators/shape.ts";
import { weigh } from "./operators/softmax.ts";
import type { TokenModel } from "./token-model.ts";

/** Places after which every rotation is back where it began. */
export const PERIOD = 65_536;
const BASE = 10_000; // Su et al. 2021

/**
 * Whole turns of each pair of a head's numbers in PERIOD places [headWidth / 2]. Rotary's frequencies,
 * BASE^(-2i / headWidth) radians a place, are rounded to it, so that (place * turns) mod PERIOD is an
 * angle without error, as long as the product is a whole number of 64 bits.
 */
export const turnsPerPeriod = ({ headWidth }: TokenModel): number[] =>
  Array.from({ length: headWidth / 2 }, (_, i) =>
    Math.max(1, Math.round((PERIOD * BASE ** ((-2 * i) / headWidth)) / (2 * Math.PI))),
  );

/** What can be seen from where. */
export interface View {
  /** Rotation by the place in the stream. */
  readonly inStream: Angles;
  /** Rotation by the place in the window, and which keys are sinks [keys]; left out while nothing slides. */
  readonly sinks?: { readonly inWindow: Angles; readonly isSink: Value };
  /** 0 where a query sees a key, else a very negative number [queries, keys]. */
  readonly mask: Value;
}

/** Stands for minus infinity, and keeps a row without any key from being NaN. */
export const UNSEEN = -1e9;

/** query [batch, heads, queries, headWidth] unrotated, keys rotated: the values found, as query. */
export const attendTo = (
  { heads, keyValueHeads, headWidth }: TokenModel,
  query: Value,
  keys: Value,
  values: Value,
  { inStream, sinks, mask }: View,
): Value => {
  const [batch, , queries] = query.dims as [number, number, number, number];
  const count = keys.dims[2]!;
  const group = heads / keyValueHeads;
  // The queries that share a head of keys stand below each other: no key is ever copied.
  const stacked = [batch, keyValueHeads, queries === UNKNOWN ? UNKNOWN : group * queries];
  const score = (angles: Angles): Value =>
    matMul(reshape(rotate(query, angles), [...stacked, headWidth]), keys, {
      transposeB: true,
      factor: 1 / Math.sqrt(headWidth),
    });
  let scores = score(inStream); // [batch, keyValueHeads, group * queries, keys]
  if (sinks !== undefined) scores = where(sinks.isSink, score(sinks.inWindow), scores);
  const apart =
    group === 1 ? scores : reshape(scores, [batch, keyValueHeads, group, queries, count]);
  const masked = reshape(add(apart, mask), [...stacked, count]);
  return reshape(weigh(masked, values), [batch, heads, queries, headWidth]);
};
