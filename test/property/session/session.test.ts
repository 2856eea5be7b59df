// Whatever is recorded comes back in order, and wherever a file ends, its whole chunks come back.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { SAFETY_REASONS, type SessionRecord } from "../../../src/core/records.ts";
import { recover } from "../../../src/session/recover.ts";
import { SessionReader } from "../../../src/session/session-reader.ts";
import {
  chunkOffsets,
  everyRecord,
  readRecords,
  recordSession,
  testFolder,
} from "../../unit/session/session-fixture.ts";
import { real } from "../real.ts";

const timeNs = fc.integer({ min: -1e9, max: 9e15 });
const doubles = fc.array(fc.double(), { maxLength: 12 }).map((v) => Float64Array.from(v));
const ids = fc
  .array(fc.integer({ min: -5, max: 2 ** 31 - 1 }), { maxLength: 40 })
  .map((v) => Int32Array.from(v));
const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,9}$/);
const text = fc.string({ unit: "grapheme", maxLength: 20 });
const sensor = fc.constantFrom("heat", "camera", "microphone", "joints");

const values = fc.record({ kind: fc.constant("values" as const), sensor, timeNs, values: doubles });
const audio = fc.record({
  kind: fc.constant("audio" as const),
  sensor,
  timeNs,
  rateHz: fc.integer({ min: 8000, max: 48_000 }),
  pcm: fc
    .array(fc.integer({ min: -32_768, max: 32_767 }), { maxLength: 50 })
    .map((v) => Float64Array.from(v, (s) => s / 32_768))
    .map((v) => Float32Array.from(v)),
});
const image = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.boolean())
  .chain(([width, height, hasDepth]) =>
    fc.record({
      kind: fc.constant("image" as const),
      sensor,
      timeNs,
      width: fc.constant(width),
      height: fc.constant(height),
      rgb: fc.uint8Array({ minLength: 3 * width * height, maxLength: 3 * width * height }),
      depthM: fc.float32Array({
        minLength: hasDepth ? width * height : 0,
        maxLength: hasDepth ? width * height : 0,
      }),
    }),
  );

const record: fc.Arbitrary<SessionRecord> = fc.oneof(
  fc.record({
    type: fc.constant("sample" as const),
    timeNs,
    sample: fc.oneof(values, audio, image),
  }),
  fc.record({ type: fc.constant("tokens_in" as const), timeNs, sensor: word, ids }),
  fc.record({ type: fc.constant("tokens_out" as const), timeNs, ids }),
  fc.record({ type: fc.constant("advice" as const), timeNs, ids }),
  fc.record({
    type: fc.constant("motion_out" as const),
    timeNs,
    deltaDeg: fc.float32Array({ maxLength: 50 }),
  }),
  fc.record({
    type: fc.constant("act" as const),
    timeNs,
    name: word,
    pace: word,
    phase: fc.constantFrom("started" as const, "ended" as const, "preempted" as const),
  }),
  fc.record({
    type: fc.constant("action" as const),
    timeNs,
    fresh: fc.boolean(),
    targetDeg: doubles,
    appliedDeg: doubles,
    powered: fc.boolean(),
    mode: fc.constantFrom("limp" as const, "active" as const, "estop" as const),
  }),
  fc.record({
    type: fc.constant("applied" as const),
    timeNs,
    frameNs: timeNs,
    powered: fc.boolean(),
  }),
  fc.record({
    type: fc.constant("state" as const),
    timeNs,
    state: fc.record({ timeNs, values: doubles }),
  }),
  fc.record({
    type: fc.constant("order" as const),
    timeNs,
    order: fc.constantFrom("arm" as const, "estop" as const),
    reason: text,
  }),
  fc.record({
    type: fc.constant("safety" as const),
    timeNs,
    reason: fc.constantFrom(...SAFETY_REASONS),
    servo: word,
    detail: text,
  }),
  fc.record({ type: fc.constant("meter" as const), timeNs, name: word, value: fc.double() }),
  fc.record(
    {
      type: fc.constant("episode" as const),
      timeNs,
      index: fc.nat(),
      task: text,
      phase: fc.constantFrom("started" as const, "ended" as const),
      outcome: fc.constantFrom("success" as const, "failure" as const, "redo" as const),
    },
    { requiredKeys: ["type", "timeNs", "index", "task", "phase"] },
  ),
  fc.record({
    type: fc.constant("takeover" as const),
    timeNs,
    phase: fc.constantFrom("started" as const, "ended" as const),
  }),
  fc.record({ type: fc.constant("source" as const), timeNs, sensor, lender: text }),
  fc.record({
    type: fc.constant("move" as const),
    timeNs,
    object: word,
    toM: fc.tuple(fc.double(), fc.double(), fc.double()),
    durationMs: fc.double(),
  }),
  fc.record({
    type: fc.constant("cue" as const),
    timeNs,
    cue: fc.record(
      { act: word, pace: word, speaker: word, startNs: timeNs, endNs: timeNs },
      { requiredKeys: ["act", "startNs", "endNs"] },
    ),
  }),
);

test("any sequence of records comes back bit for bit in the order of writing", async () => {
  const folder = await testFolder();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 30 }),
      fc.integer({ min: 1, max: 30 }),
      async (records, flushEvery) => {
        const path = join(folder, `${run++}.mcap`);
        const { contentHash } = await recordSession(path, records, { flushEvery });
        expect(await readRecords(path)).toStrictEqual(records.map(plain));
        expect((await (await SessionReader.open(path)).summary()).contentHash).toBe(contentHash);
      },
    ),
    { numRuns: 100 },
  );
});

/** fast-check's objects have no prototype, ours do. */
const plain = (value: SessionRecord): SessionRecord => structuredClone(value);

test("a file cut at any byte reads and recovers to every chunk that is whole in it", async () => {
  const { bytes, starts, ends, write } = await wholeSession();
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: starts[0]!, max: bytes.length }), async (cut) => {
      const path = await write(bytes.subarray(0, cut));
      const chunks = ends.filter((end) => end <= cut).length;
      const expected = everyRecord().slice(0, PER_CHUNK * chunks);
      expect(await readRecords(path)).toStrictEqual(expected);
      const { alreadyWhole } = await recover(path);
      expect(alreadyWhole).toBe(cut === bytes.length);
      expect(await readRecords(path)).toStrictEqual(expected);
      expect((await SessionReader.open(path)).complete).toBe(true);
    }),
    { numRuns: 100, examples: [[bytes.length], [bytes.length - 1], [ends[0]!], [ends[0]! - 1]] },
  );
});

test("a flipped bit anywhere in the data never goes unnoticed, and what is left can be made whole", async () => {
  const { bytes, starts, write } = await wholeSession();
  const dataEnd = bytes.lastIndexOf("efference.end") + 100;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: starts[0]!, max: dataEnd }), bit, async (offset, mask) => {
      const path = await write(flip(bytes, offset, mask));
      expect(await recover(path)).toMatchObject({ alreadyWhole: false });
      expect(await recover(path)).toMatchObject({ alreadyWhole: true });
    }),
    { numRuns: 100 },
  );
});

test("a flipped bit in a chunk costs that chunk at most", async () => {
  const { bytes, starts, ends, write } = await wholeSession();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: starts.length - 1 }),
      real(0, 1 - 1e-9),
      bit,
      async (chunk, share, mask) => {
        const offset = starts[chunk]! + Math.floor(share * (ends[chunk]! - starts[chunk]!));
        const path = await write(flip(bytes, offset, mask));
        await recover(path);
        const found = await readRecords(path);
        const isInTimes = offset >= starts[chunk]! + 9 && offset < starts[chunk]! + 25; // an index, no content
        // Nor does a bit of a length, or of a copy from equally good bytes, harm what the content's checksum finds whole.
        const without = everyRecord().filter((_, i) => Math.floor(i / PER_CHUNK) !== chunk);
        const isWhole = isInTimes || found.length > without.length;
        expect(found).toStrictEqual(isWhole ? everyRecord() : without);
      },
    ),
    { numRuns: 300, examples: [[1, 0.0033783783783783786, 128]] }, // the chunk behind it was lost
  );
});

const PER_CHUNK = 3;
const bit = fc.integer({ min: 0, max: 7 }).map((shift) => 1 << shift);

const flip = (bytes: Buffer, offset: number, mask: number): Buffer => {
  const damaged = Buffer.from(bytes);
  damaged[offset]! ^= mask;
  return damaged;
};

/** A session, where its chunks start and end, and a way to write changed copies of it. */
const wholeSession = async () => {
  const folder = await testFolder();
  const whole = join(folder, "whole.mcap");
  await recordSession(whole, everyRecord(), { flushEvery: PER_CHUNK });
  const bytes = await readFile(whole);
  const starts = await chunkOffsets(whole);
  const ends = starts.map((start) => start + 9 + Number(bytes.readBigUInt64LE(start + 1)));
  let copies = 0;
  const write = async (changed: Uint8Array): Promise<string> => {
    const path = join(folder, `${copies++}.mcap`);
    await writeFile(path, changed);
    return path;
  };
  return { bytes, starts, ends, write };
};
