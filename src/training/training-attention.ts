// Attention of whole sequences, as the decode graph would see them token by token.
import type { Graph } from "./graph.ts";
import { attendTo, PERIOD, turnsPerPeriod, UNSEEN, type View } from "./attention.ts";
import { type Angles, rotate } from "./operators/rotary.ts";
import { concat, slice } from "./operators/shape.ts";
import type { Attend, TokenModel } from "./token-model.ts";

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

/** Angles of the places given. */
const anglesAt = (graph: Graph, model: TokenModel, places: readonly number[]): Angles => {
  const turns = turnsPerPeriod(model);
  const angles = places.flatMap((place) =>
    turns.map((turn) => (((place * turn) % PERIOD) / PERIOD) * 2 * Math.PI),
  );
  const dims = [places.length, turns.length];
  return {
    cosine: graph.constant(Float32Array.from(angles, Math.cos), dims),
    sine: graph.constant(Float32Array.from(angles, Math.sin), dims),
  };
};

/**
 * What the places `from` to before `to` of a sequence see of those before `to`; the window slides where they
 * outgrow the context.
 */
const viewOf = (graph: Graph, model: TokenModel, from: number, to: number): View => {
  const { context, sinks } = model;
  const places = range(from, to);
  const sees = (query: number, key: number): boolean =>
    key <= query && (key < sinks || query - key < context - sinks);
  const mask = places.flatMap((query) =>
    range(0, to).map((key) => (sees(query, key) ? 0 : UNSEEN)),
  );
  const view = {
    inStream: anglesAt(graph, model, places),
    mask: graph.constant(Float32Array.from(mask), [places.length, to]),
  };
  if (to <= context) return view;
  const isSink = Uint8Array.from(range(0, to), (key) => Number(key < sinks));
  const inWindow = anglesAt(
    graph,
    model,
    places.map((place) => Math.min(place, context - 1)),
  );
  return { ...view, sinks: { inWindow, isSink: graph.constant(isSink, [to]) } };
};

/** Parts that the queries of a sequence are cut into. */
const PARTS = 4;

/**
 * How a decoder attends within sequences of one length. What comes later is not seen: a part of the queries
 * meets the keys up to its own end, and most scores that would be masked are never made.
 */
export const sequenceAttention = (graph: Graph, model: TokenModel, length: number): Attend => {
  const size = Math.ceil(length / PARTS);
  const parts = range(0, Math.ceil(length / size)).map((part) => {
    const [from, to] = [part * size, Math.min(length, (part + 1) * size)];
    return { from, to, view: viewOf(graph, model, from, to) };
  });
  const inStream = anglesAt(graph, model, range(0, length));
  return (_, query, key, value) => {
    const keys = rotate(key, inStream);
    const found = parts.map(({ from, to, view }) =>
      attendTo(
        model,
        slice(query, 2, from, to),
        slice(keys, 2, 0, to),
        slice(value, 2, 0, to),
        view,
      ),
    );
    return concat(found, 2);
  };
};
