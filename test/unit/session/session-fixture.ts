// A header, a record of every type, and folders for the tests of the session room.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Opcode } from "@mcap/core";
import { onTestFinished } from "vitest";
import type { SessionRecord } from "../../../src/core/records.ts";
import { scanMcap } from "../../../src/session/mcap-scan.ts";
import type { SessionHeader } from "../../../src/session/session-header.ts";
import { openFile, SessionReader } from "../../../src/session/session-reader.ts";
import { SessionWriter } from "../../../src/session/session-writer.ts";

export const header: SessionHeader = {
  robotName: "duo",
  robotFile: "name: duo # a robot — with two arms\n",
  sceneFile: "<mujoco/>",
  vocabularyJson: '{"version":1}',
  policy: "reach-teacher",
  seed: 7,
  pace: "fast",
  startedAtNs: 1_753_000_000_123_456_789n,
  body: "simulation",
  script: [{ atMs: 100, object: "cup", toM: [0.1, -0.2, 0.3], durationMs: 0 }],
  gitCommit: "0123abc",
  versions: { efference: "0.1.0", node: "20.20.2" },
  servos: ["left_shoulder", "right_shoulder"],
};

const image = (): Extract<SessionRecord, { type: "sample" }> => ({
  type: "sample",
  timeNs: 12_000_000,
  sample: {
    kind: "image",
    sensor: "camera",
    timeNs: 11_000_001,
    width: 3,
    height: 2,
    rgb: Uint8Array.from({ length: 18 }, (_, i) => i * 13),
    depthM: Float32Array.of(0, 0.1, 1 / 3, 1e-38, Infinity, 2),
  },
});

/** One of each type, and of each kind of sample; every stamp is another. */
export const everyRecord = (): SessionRecord[] => [
  { type: "episode", timeNs: 0, index: 0, task: "raise the hand — la main", phase: "started" },
  { type: "order", timeNs: 1, order: "arm", reason: "start" },
  {
    type: "sample",
    timeNs: 10_000_000,
    sample: {
      kind: "values",
      sensor: "heat",
      timeNs: 9_999_999,
      values: Float64Array.of(36.6, -0, NaN, -Infinity, Number.MIN_VALUE),
    },
  },
  {
    type: "sample",
    timeNs: 11_000_000,
    sample: {
      kind: "audio",
      sensor: "microphone",
      timeNs: -8_000_000,
      rateHz: 16_000,
      pcm: Float32Array.of(0, 1 / 32_768, -1, 32_767 / 32_768, -0.5),
    },
  },
  image(),
  { type: "tokens_in", timeNs: 13_000_000, sensor: "heat", ids: Int32Array.of(4, 300, 70_000) },
  { type: "tokens_out", timeNs: 14_000_000, ids: Int32Array.of(900, 2) },
  { type: "motion_out", timeNs: 14_500_000, deltaDeg: Float32Array.of(1 / 3, -45, 0) },
  { type: "act", timeNs: 15_000_000, name: "raise_left_hand", pace: "fast", phase: "started" },
  {
    type: "action",
    timeNs: 20_000_000,
    fresh: true,
    targetDeg: Float64Array.of(90, -44.99999999999999),
    appliedDeg: Float64Array.of(1 / 3, -45),
    powered: true,
    mode: "soft_start",
  },
  { type: "applied", timeNs: 20_000_700, frameNs: 20_000_000, powered: true },
  {
    type: "state",
    timeNs: 20_000_800,
    state: { timeNs: 20_000_000, values: Float64Array.from({ length: 30 }, (_, i) => Math.sin(i)) },
  },
  {
    type: "safety",
    timeNs: 20_000_900,
    reason: "speed",
    servo: "left_shoulder",
    detail: "4500 deg/s asked, 300 allowed",
  },
  { type: "meter", timeNs: 21_000_000, name: "policy_ms", value: 3.25 },
  {
    type: "cue",
    timeNs: 22_000_000,
    cue: { act: "wave", pace: "slow", startNs: 1_000_000, endNs: 21_999_999 },
  },
  { type: "episode", timeNs: 23_000_000, index: 0, task: "", phase: "ended", outcome: "success" },
  { type: "takeover", timeNs: 23_000_000, phase: "started" },
  { type: "source", timeNs: 23_000_000, sensor: "camera", lender: "page 3" },
  { type: "move", timeNs: 22_998_000, object: "ball", toM: [0.2, -1 / 3, 0.1], durationMs: 120 },
];

/** A folder that is gone after the test. */
/** Of one of each: the action and the picture are two messages. */
export const MESSAGES = everyRecord().length + 2;

export const testFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "efference-session-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
};

/** Records a session; `flushEvery` records make a chunk, all of them in one by default. */
export const recordSession = async (
  path: string,
  records: readonly SessionRecord[],
  { flushEvery = Infinity, ...facts }: Partial<SessionHeader> & { flushEvery?: number } = {},
): Promise<{ messages: number; contentHash: string }> => {
  await using writer = await SessionWriter.open({ path, header: { ...header, ...facts } });
  for (const [index, record] of records.entries()) {
    writer.write(record);
    if ((index + 1) % flushEvery === 0) await writer.flush();
  }
  await writer.close();
  return { messages: writer.messages, contentHash: writer.contentHash };
};

export const readRecords = async (path: string): Promise<SessionRecord[]> => {
  const records: SessionRecord[] = [];
  for await (const record of (await SessionReader.open(path)).records()) records.push(record);
  return records;
};

/** Where the chunks of a file begin. */
export const chunkOffsets = async (path: string): Promise<number[]> => {
  await using file = await openFile(path);
  const bytes = await readFile(path);
  const offsets: number[] = [];
  for await (const piece of scanMcap(file))
    if (bytes[piece.offset] === Opcode.CHUNK) offsets.push(piece.offset);
  return offsets;
};
