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

test("flux counts tokens by sensor and by range, a second and against each other", async () => {
  const { consumed, produced, consumedPerProduced, durationS, vocabularySize } = await fluxOf([
    tokensIn(0, "heat", 3, 3, 3, 4),
    tokensIn(1 * S, "camera", 5, 5, 5, 6),
    { type: "tokens_out", timeNs: 2 * S, ids: Int32Array.of(act, motion, motion, 1e6) },
  ]);
  expect({ durationS, vocabularySize }).toEqual({ durationS: 2, vocabularySize: vocabulary.size });
  expect(consumed).toMatchObject({ tokens: 8, perS: 4, idsUsed: 4, topShare: 3 / 8 });
  expect(consumed.bySource).toEqual({
    heat: { tokens: 4, perS: 2 },
    camera: { tokens: 4, perS: 2 },
  });
  expect(produced.bySource).toMatchObject({
    act: { tokens: 1 },
    motion: { tokens: 2 },
    unknown: { tokens: 1 },
  });
  expect(produced.topToken).toMatch(/^motion/);
  expect(consumedPerProduced).toBe(2);
});

test("the entropy of an even use of four ids is two bits, that of one id is none", async () => {
  const { consumed } = await fluxOf([tokensIn(0, "heat", 3, 4, 5, 6)]);
  expect(consumed.entropyBits).toBe(2);
  expect((await fluxOf([tokensIn(0, "heat", 3, 3, 3)])).consumed.entropyBits).toBeCloseTo(0, 12);
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

test("an empty session has a flux of zeros", async () => {
  const { durationS, consumed, consumedPerProduced } = await fluxOf([]);
  expect({ durationS, consumedPerProduced }).toEqual({ durationS: 0, consumedPerProduced: 0 });
  expect(consumed).toMatchObject({ tokens: 0, perS: 0, entropyBits: 0, topShare: 0, topToken: "" });
});
