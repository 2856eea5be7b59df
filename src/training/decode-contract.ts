// What a decode file promises: the names, shapes and types of its inputs and outputs. Whoever can
// export a graph like this, from PyTorch for one, has a policy. It stands in the file's
// metadata_props under CONTRACT_KEY and in the policy's card, whose schema holds its type.
import { nextName } from "./in-place.ts";
import type { DecodeContract } from "../core/policy-card.ts";
import type { TokenModel } from "./token-model.ts";

export const CONTRACT_KEY = "efference.decode";

export const keyCache = (layer: number): string => `key.${layer}`;
export const valueCache = (layer: number): string => `value.${layer}`;

/** Places of the cache: the sinks, then a ring for the window and for the block that is being read. */
export const cacheLength = ({
  sinks,
  window,
  block,
}: Pick<DecodeContract, "sinks" | "window" | "block">): number => sinks + window + block - 1;

/**
 * The contract of a model's decode file. Inputs: `ids`, what is read, a chord of `slots` a place, of
 * which each id counts once (tokens/chords.ts); `places`, their consecutive numbers in the stream from 0; `rows`, for which of them logits are wanted; the caches, which need
 * no clearing at place 0. Outputs: the caches under `<name>.next`, which should be written over the
 * inputs (feed and fetch the same tensor), and `logits`.
 *
 * A file for many `streams` takes as many as it is given, a row of ids and of places each. Then `rows`
 * counts through the streams: row 2 of 3 places in the second one is 3 + 2. A stream with fewer places
 * than the others is filled up with any ids at the places that follow: what they write lies beyond
 * what its next ones see, and is written over by them.
 */
export const decodeContract = (
  model: TokenModel,
  block: number,
  streams: 1 | "streams" = 1,
): DecodeContract => {
  if (!Number.isInteger(block) || block < 1)
    throw new RangeError(`decode file: block is ${block}, expected a whole number from 1`);
  const { vocabulary, slots, answers, layers, sinks, context, keyValueHeads, headWidth } = model;
  const bare = {
    version: 2,
    vocabulary,
    slots,
    answers,
    layers,
    sinks,
    window: context - sinks,
    block,
  } as const;
  const cacheDims = [streams, keyValueHeads, cacheLength(bare), headWidth];
  const caches = [...Array(layers).keys()]
    .flatMap((layer) => [keyCache(layer), valueCache(layer)])
    .map((name) => ({ name, type: "float32", dims: [...cacheDims] }));
  return {
    ...bare,
    inputs: [
      { name: "ids", type: "int64", dims: [streams, "tokens", slots] },
      { name: "places", type: "int64", dims: streams === 1 ? ["tokens"] : [streams, "tokens"] },
      { name: "rows", type: "int64", dims: ["rows"] },
      ...caches,
    ],
    outputs: [
      ...caches.map((cache) => ({ ...cache, name: nextName(cache.name) })),
      { name: "logits", type: "float32", dims: [1, "rows", answers] },
    ],
  };
};
