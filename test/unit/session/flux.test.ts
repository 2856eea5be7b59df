// The token statistics of a session whose every number can be counted by hand.
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadRobot } from "../../../src/core/robot-file.ts";
import type { SessionRecord } from "../../../src/core/records.ts";
import { flux } from "../../../src/session/flux.ts";
import { SessionReader } from "../../../src/session/session-reader.ts";
import { buildVocabulary, rangeNamed, vocabularyToJson } from "../../../src/tokens/vocabulary.ts";
import { recordSession, testFolder } from "./session-fixture.ts";

const vocabulary = buildVocabulary(loadRobot("duo"));
const act = rangeNamed(vocabulary, "act").start;
const motion = rangeNamed(vocabulary, "motion").start;
const S = 1e9;

const fluxOf = async (records: SessionRecord[]) => {
  const path = join(await testFolder(), "session.mcap");
  await recordSession(path, records, { vocabularyJson: vocabularyToJson(vocabulary) });
  return flux(await SessionReader.open(path));
};

const tokensIn = (timeNs: number, sensor: string, ...ids: number[]): SessionRecord => ({
  type: "tokens_in",
  timeNs,
  sensor,
  ids: Int32Array.from(ids),
});

const episode = (timeNs: number, outcome?: "success" | "failure"): SessionRecord => ({
  type: "episode",
  timeNs,
  index: 0,
  task: "obey",
  phase: outcome === undefined ? "started" : "ended",
  ...(outcome !== undefined && { outcome }),
});

const said = (timeNs: number, ...ids: number[]): SessionRecord => ({
  type: "tokens_out",
  timeNs,
  ids: Int32Array.from(ids),
});

test("flux counts tokens by sensor and by range, and in each second", async () => {
  const result = await fluxOf([
    tokensIn(0, "heat", 3, 3, 3, 4),
    tokensIn(1 * S, "camera", 5, 5, 5, 6),
    tokensIn(1.5 * S, "heat", 4),
    said(2 * S, act, motion, motion, 1e6),
  ]);
  expect(result.durationS).toBe(2);
  expect(result.vocabulary.hash).toBe(vocabulary.hash);
  expect(result.in).toEqual({
    tokens: 9,
    bySource: { heat: 5, camera: 4 },
    perSecond: { heat: [4, 1, 0], camera: [0, 4, 0] },
    byId: new Map([
      [3, 3],
      [4, 2],
      [5, 3],
      [6, 1],
    ]),
  });
  expect(result.out.bySource).toEqual({ act: 1, motion: 2, unknown: 1 });
});

test("flux tells the tokens of each episode, and of the sound in which it was told what to do", async () => {
  const sound: SessionRecord = {
    type: "sample",
    timeNs: 0,
    sample: { kind: "audio", sensor: "ears", timeNs: 0, rateHz: 16_000, pcm: Float32Array.of(0) },
  };
  const spoken = (startNs: number, endNs: number): SessionRecord => ({
    type: "cue",
    timeNs: endNs,
    cue: { act: "nod", startNs, endNs },
  });
  const { episodes } = await fluxOf([
    sound,
    tokensIn(0.5 * S, "ears", 3, 3),
    episode(1 * S),
    tokensIn(1.1 * S, "ears", 3, 3, 3), // before the command
    tokensIn(2 * S, "ears", 3, 3, 3, 3, 3),
    tokensIn(2.1 * S, "heat", 3),
    spoken(2 * S, 2.5 * S),
    said(3 * S, act, motion),
    episode(4 * S, "success"),
    episode(5 * S),
    tokensIn(6 * S, "heat", 3, 3),
  ]);
  expect(episodes).toEqual([
    { task: "obey", outcome: "success", tokensIn: 9, tokensOut: 2, instructionTokens: 5 },
    { task: "obey", tokensIn: 2, tokensOut: 0 },
  ]);
});

test("flux knows busy time and work where the meters tell them, and else nothing of them", async () => {
  const meter = (name: string, value: number): SessionRecord => ({
    type: "meter",
    timeNs: 0,
    name,
    value,
  });
  const stages = [
    meter("tokenise.total", 1),
    meter("policy.total", 2),
    meter("interpret.total", 4),
  ];
  expect(await fluxOf([...stages, meter("servo.joules", 0.5)])).toMatchObject({
    busyMs: 7,
    servoJoules: 0.5,
  });
  const unknown = await fluxOf(stages.slice(1));
  expect([unknown.busyMs, unknown.servoJoules]).toEqual([undefined, undefined]);
});

test("flux counts acts by outcome, frames that the kernel changed, and its reasons", async () => {
  const acts = (["started", "preempted", "started", "ended"] as const).map(
    (phase, timeNs): SessionRecord => ({
      type: "act",
      timeNs,
      name: "constructor",
      pace: "slow",
      phase,
    }),
  );
  const frame = (fresh: boolean, targetDeg: number, appliedDeg: number): SessionRecord => ({
    type: "action",
    timeNs: 9,
    fresh,
    targetDeg: Float64Array.of(1, targetDeg),
    appliedDeg: Float64Array.of(1, appliedDeg),
    powered: true,
    mode: "active",
  });
  const result = await fluxOf([
    ...acts,
    frame(true, 5, 5),
    frame(true, 5, 4),
    frame(false, 5, 4),
    { type: "safety", timeNs: 9, reason: "speed", servo: "a", detail: "" },
    { type: "applied", timeNs: 10, frameNs: 9, powered: true },
  ]);
  expect(result.acts).toEqual({ constructor: { started: 2, ended: 1, preempted: 1 } });
  expect(result.frames).toEqual({ asked: 2, limited: 1, applied: 1 });
  expect(result.safety).toEqual({ speed: 1 });
});

test("meters become percentiles by nearest rank", async () => {
  const result = await fluxOf(
    Array.from({ length: 100 }, (_, i) => ({
      type: "meter" as const,
      timeNs: i,
      name: "policy_ms",
      value: 100 - i,
    })),
  );
  expect(result.meters).toEqual({ policy_ms: { count: 100, p50: 50, p90: 90, p99: 99, max: 100 } });
});

test("an empty session has a flux of nothing", async () => {
  const { durationS, in: consumed, episodes } = await fluxOf([]);
  expect({ durationS, episodes }).toEqual({ durationS: 0, episodes: [] });
  expect(consumed).toEqual({ tokens: 0, bySource: {}, perSecond: {}, byId: new Map() });
});
