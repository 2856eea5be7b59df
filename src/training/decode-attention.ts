// Attention of a decode file: the tokens of a run against caches of keys and values, and against each
// other. It sees what attendTo (attention.ts) sees in training; this is the same sum, arranged for few
// tokens, many keys and several streams.
//
// Streams lie one behind the other in the rows of a run, so that every product with a weight is one
// product for all of them; only what meets a cache is taken apart, and that costs a single stream
// nothing. A query meets the sinks in another rotation than the rest (attention.ts), and nearly all
// keys are no sinks: the sinks have a small product of their own, which replaces their columns. A sink
// that is read by this very run needs none: as long as a block fits into the window, both rotations are one.
import { type Angles, rotate } from "./operators/rotary.ts";
import { UNKNOWN, type Value } from "./graph.ts";
import { add } from "./operators/arithmetic.ts";
import { matMul } from "./operators/matmul.ts";
import { reshape, slice } from "./operators/shape.ts";
import { softmax } from "./operators/softmax.ts";
import type { TokenModel } from "./token-model.ts";

/** What the tokens of a run see of the caches. */
export interface CacheView {
  /** Rotation by the place in the stream [streams * tokens]. */
  readonly inStream: Angles;
  /** Rotation by the place in the window. */
  readonly inWindow: Angles;
  /** 0 where a query sees a key, else a very negative number [streams, 1, group * tokens, cached + tokens]. */
  readonly mask: Value;
  /** [keyValueHeads, group, streams, tokens, headWidth], where there is more than one stream. */
  readonly apart?: Value;
}

/** Keys, rotated, and values [streams, keyValueHeads, places, headWidth]. */
export interface Memory {
  readonly keys: Value;
  readonly values: Value;
}

/**
 * What lies by head and place of all streams [1, heads, streams * tokens, headWidth], stream by stream; `split`
 * is [heads, streams, tokens, headWidth], left out for one stream.
 */
export const byStream = (x: Value, split: Value | undefined): Value => {
  if (split === undefined) return x;
  const { graph } = x;
  const [, heads, , width] = x.dims as [number, number, number, number];
  const apart = graph.node("Reshape", [x, split], [heads, UNKNOWN, UNKNOWN, width]);
  return graph.node("Transpose", [apart], [UNKNOWN, heads, UNKNOWN, width], {
    attributes: { perm: [1, 0, 2, 3] },
  });
};

/** query [1, heads, streams * tokens, headWidth] unrotated: the values found, as query. */
export const attendToCache = (
  { heads, keyValueHeads, headWidth, sinks }: TokenModel,
  query: Value,
  cached: Memory,
  read: Memory,
  { inStream, inWindow, mask, apart }: CacheView,
): Value => {
  const { graph } = query;
  const group = heads / keyValueHeads;
  const [streams, , count] = cached.keys.dims as [number, number, number];
  // The queries that share a head of keys stand below each other: no key is ever copied.
  const stacked = [streams, keyValueHeads, UNKNOWN, headWidth];
  const restack = (x: Value, order: readonly number[], dims: readonly number[]): Value =>
    graph.node("Transpose", [x], dims, { attributes: { perm: order } });
  const stack = (x: Value): Value => {
    if (apart === undefined) return reshape(x, stacked);
    const dims = [keyValueHeads, group, streams, UNKNOWN, headWidth];
    const split = graph.node("Reshape", [x, apart], dims);
    const sorted = restack(split, [2, 0, 1, 3, 4], [streams, ...dims.toSpliced(2, 1)]);
    return graph.node("Reshape", [sorted, graph.integers([0, 0, -1, headWidth])], stacked);
  };
  const unstack = (x: Value): Value => {
    const joined = [1, heads, UNKNOWN, headWidth];
    if (apart === undefined) return reshape(x, joined);
    const dims = [streams, keyValueHeads, group, UNKNOWN, headWidth];
    const split = graph.node("Reshape", [x, graph.integers([0, 0, group, -1, headWidth])], dims);
    const byHead = restack(split, [1, 2, 0, 3, 4], [keyValueHeads, group, ...dims.toSpliced(1, 2)]);
    return graph.node("Reshape", [byHead, graph.integers(joined)], joined);
  };
  const score = (turned: Value, keys: Value): Value =>
    matMul(turned, keys, { transposeB: true, factor: 1 / Math.sqrt(headWidth) });
  const along = (axis: number) => ({ attributes: { axis } });
  const turned = stack(rotate(query, inStream));
  const inCache = score(turned, cached.keys); // [streams, keyValueHeads, group * tokens, cached]
  const sinkScores = (): Value =>
    score(stack(rotate(query, inWindow)), slice(cached.keys, 2, 0, sinks));
  const parts = [
    ...(sinks > 0 ? [sinkScores(), slice(inCache, 3, sinks, count)] : [inCache]),
    score(turned, read.keys),
  ];
  const all = [...inCache.dims.slice(0, 3), UNKNOWN];
  const shares = softmax(add(graph.node("Concat", parts, all, along(3)), mask));
  const behind = [[count], [Number.MAX_SAFE_INTEGER], [3]].map((list) => graph.integers(list));
  const ofRead = graph.node("Slice", [shares, ...behind], all);
  return unstack(
    add(matMul(slice(shares, 3, 0, count), cached.values), matMul(ofRead, read.values)),
  );
};
