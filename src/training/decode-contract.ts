// What a decode file promises: the names, shapes and types of its inputs and outputs. Whoever can
// export a graph like this, from PyTorch for one, has a policy. It stands in the file's
// metadata_props under CONTRACT_KEY and in the policy's card, whose schema holds its type.
import { type DecodeContract, ENTRIES } from "../core/policy-card.ts";
import type { TokenModel } from "./token-model.ts";

export const CONTRACT_KEY = "efference.decode";

export const keyCache = (layer: number): string => `key.${layer}`;
export const valueCache = (layer: number): string => `value.${layer}`;

/** Places of a cache: the sinks, then a ring for the window. */
export const cacheLength = ({ sinks, window }: Pick<DecodeContract, "sinks" | "window">): number =>
  sinks + window;

/**
 * The contract of a model's decode file. Inputs: `ids`, what is read, a chord of `slots` a place, of
 * which each id counts once (tokens/chords.ts); `places`, their consecutive numbers in the stream from
 * 0; `rows`, for which of them logits are wanted; the caches of the places before, which need no
 * clearing at place 0. Outputs: `entries`, what the places read add to the caches, key.0, value.0,
 * key.1 and so on behind each other, and `logits`. Whoever runs it writes each place's entries into
 * slot `place` of the caches, from place `sinks` on into slot sinks + (place - sinks) mod window: an
 * output that holds whole caches would be copied at each run.
 *
 * A file for many `streams` takes as many as it is given, a row of ids and of places each. Then `rows`
 * counts through the streams: row 2 of 3 places in the second one is 3 + 2. A stream with fewer places
 * than the others is filled up with any ids, whose entries are left out.
 */
export const decodeContract = (
  model: TokenModel,
  block: number,
  streams: 1 | "streams" = 1,
): DecodeContract => {
  const { vocabulary, slots, answers, layers, sinks, context, keyValueHeads, headWidth } = model;
  const window = context - sinks;
  if (!Number.isInteger(block) || block < 1 || block > window)
    throw new RangeError(
      `decode file: block is ${block}, expected a whole number from 1 to its window, ${window}`,
    );
  const bare = {
    version: 3,
    vocabulary,
    slots,
    answers,
    layers,
    sinks,
    window,
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
      {
        name: ENTRIES,
        type: "float32",
        dims: [streams, 2 * layers * keyValueHeads, "tokens", headWidth],
      },
      { name: "logits", type: "float32", dims: [1, "rows", answers] },
    ],
  };
};
