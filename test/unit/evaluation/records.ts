// Records as a run writes them, for judges.
import { NS_PER_MS } from "../../../src/core/clock.ts";
import type { SessionRecord } from "../../../src/core/records.ts";

export const cue = (
  act: string,
  asked: { readonly pace?: string; readonly speaker?: string },
  startMs: number,
  endMs: number,
): SessionRecord => ({
  type: "cue",
  timeNs: endMs * NS_PER_MS,
  cue: { act, ...asked, startNs: startMs * NS_PER_MS, endNs: endMs * NS_PER_MS },
});

export const started = (name: string, pace: string, ms: number): SessionRecord => ({
  type: "act",
  timeNs: ms * NS_PER_MS,
  name,
  pace,
  phase: "started",
});

export const reading = (sensor: string, ms: number, value: number): SessionRecord => ({
  type: "sample",
  timeNs: ms * NS_PER_MS,
  sample: { kind: "values", sensor, timeNs: ms * NS_PER_MS, values: Float64Array.of(value) },
});

export const applied = (ms: number, appliedDeg: Float64Array): SessionRecord => ({
  type: "action",
  timeNs: ms * NS_PER_MS,
  fresh: true,
  targetDeg: appliedDeg,
  appliedDeg,
  powered: true,
  mode: "active",
});

export const parked = (ms: number): SessionRecord => ({
  type: "order",
  timeNs: ms * NS_PER_MS,
  order: "park",
  reason: "",
});
