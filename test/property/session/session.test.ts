// Whatever is recorded comes back in order, and wherever a file ends, its whole chunks come back.
import { copyFile, readFile, truncate, writeFile } from "node:fs/promises";
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
  fc.record({
    type: fc.constant("episode" as const),
    timeNs,
    index: fc.nat(),
    task: text,
    phase: fc.constantFrom("started" as const, "ended" as const),
  }),
  fc.record({
    type: fc.constant("cue" as const),
    timeNs,
    cue: fc.record({ act: word, pace: word, startNs: timeNs, endNs: timeNs }),
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
  const folder = await testFolder();
  const whole = join(folder, "whole.mcap");
  await recordSession(whole, everyRecord(), { flushEvery: 3 });
  const bytes = await readFile(whole);
  const starts = await chunkOffsets(whole);
  const ends = starts.map((start) => start + 9 + Number(bytes.readBigUInt64LE(start + 1)));
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: starts[0]!, max: bytes.length }), async (cut) => {
      const path = join(folder, `${run++}.mcap`);
      await copyFile(whole, path);
      await truncate(path, cut);
      const expected = everyRecord().slice(0, 3 * ends.filter((end) => end <= cut).length);
      expect(await readRecords(path)).toStrictEqual(expected);
      const { alreadyWhole } = await recover(path);
      expect(alreadyWhole).toBe(cut === bytes.length);
      expect(await readRecords(path)).toStrictEqual(expected);
      expect((await SessionReader.open(path)).complete).toBe(true);
    }),
    { numRuns: 150, examples: [[bytes.length], [bytes.length - 1], [ends[0]!], [ends[0]! - 1]] },
  );
});

test("a flipped bit anywhere never goes unnoticed, and recovery loses no more than it has to", async () => {
  const folder = await testFolder();
  const whole = join(folder, "whole.mcap");
  await recordSession(whole, everyRecord(), { flushEvery: 3 });
  const bytes = await readFile(whole);
  const [firstChunk] = await chunkOffsets(whole);
  const dataEnd = bytes.lastIndexOf("efference.end") + 100;
  const known = everyRecord();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: firstChunk!, max: Math.min(dataEnd, bytes.length - 1) }),
      fc.integer({ min: 0, max: 7 }),
      async (offset, bit) => {
        const path = join(folder, `${run++}.mcap`);
        const damaged = Buffer.from(bytes);
        damaged[offset]! ^= 1 << bit;
        await writeFile(path, damaged);
        const { alreadyWhole } = await recover(path);
        expect(alreadyWhole).toBe(false);
        const saved = await readRecords(path);
        // A flipped channel or schema takes what depends on it along: a few chunks at most.
        for (const one of saved) expect(known).toContainEqual(one);
        expect(await recover(path)).toMatchObject({ alreadyWhole: true });
      },
    ),
    { numRuns: 150 },
  );
});
