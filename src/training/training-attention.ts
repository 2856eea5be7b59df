// Attention of whole sequences, as the decode graph would see them token by token.
import type { Graph } from "./graph.ts";
import { attendTo, PERIOD, turnsPerPeriod, UNSEEN, type View } from "./attention.ts";
import { type Angles, rotate } from "./operators/rotary.ts";
import type { Attend, TokenModel } from "./token-model.ts";

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

/** What each place of a sequence sees; the window slides where the sequence outgrows the context. */
const viewOf = (graph: Graph, model: TokenModel, length: number): View => {
  const { context, sinks } = model;
  const places = [...Array(length).keys()];
  const sees = (query: number, key: number): boolean =>
    key <= query && (key < sinks || query - key < context - sinks);
  const mask = Float32Array.from({ length: length * length }, (_, at) =>
    sees(Math.floor(at / length), at % length) ? 0 : UNSEEN,
  );
  const view = {
    inStream: anglesAt(graph, model, places),
    mask: graph.constant(mask, [length, length]),
  };
  if (length <= context) return view;
  const isSink = Uint8Array.from(places, (key) => Number(key < sinks));
  const inWindow = anglesAt(
    graph,
    model,
    places.map((place) => Math.min(place, context - 1)),
  );
  return { ...view, sinks: { inWindow, isSink: graph.constant(isSink, [length]) } };
};

/** How a decoder attends within sequences of one length. */
export const sequenceAttention = (graph: Graph, model: TokenModel, length: number): Attend => {
  const view = viewOf(graph, model, length);
  return (_, query, key, value) => attendTo(model, query, rotate(key, view.inStream), value, view);
};
