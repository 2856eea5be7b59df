// Recovery puts a whole session in the place of a broken one, and keeps the broken one.
import { link, readFile, readdir, truncate, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { Random } from "../../../src/core/random.ts";
import type { SessionRecord } from "../../../src/core/records.ts";
import { recover } from "../../../src/session/recover.ts";
import type { SessionHeader } from "../../../src/session/session-header.ts";
import { SessionReader } from "../../../src/session/session-reader.ts";
import { SessionWriter } from "../../../src/session/session-writer.ts";
import {
  chunkOffsets,
  everyRecord,
  header,
  MESSAGES,
  readRecords,
  recordSession,
  testFolder,
} from "./session-fixture.ts";

/** Three chunks of five records. */
const record = async (facts = {}): Promise<string> => {
  const path = join(await testFolder(), "session.mcap");
  await recordSession(path, everyRecord(), { flushEvery: 5, ...facts });
  return path;
};

const flip = async (path: string, offset: number): Promise<void> => {
  const bytes = await readFile(path);
  bytes[offset]! ^= 1;
  await writeFile(path, bytes);
};

describe("recover", () => {
  test("makes a cut session whole in its place and keeps the original beside it", async () => {
    const path = await record();
    const [, , third] = await chunkOffsets(path);
    await truncate(path, third! + 20);
    const original = await readFile(path);
    const result = await recover(path);
    expect(result).toMatchObject({
      file: path,
      messages: 12,
      bytesDropped: 20,
      alreadyWhole: false,
    });
    const reader = await SessionReader.open(path);
    expect(await reader.summary()).toMatchObject({ complete: true, messages: 12 });
    expect(reader.header).toStrictEqual(header);
    expect(await readRecords(path)).toStrictEqual(everyRecord().slice(0, 10));
    expect(await readFile(`${path}.broken`)).toEqual(original);
    expect((await readdir(dirname(path))).toSorted()).toEqual([
      "session.mcap",
      "session.mcap.broken",
    ]);
  });

  test("mends one of many small chunks, as of a robot without eyes that ran for minutes", async () => {
    const path = join(await testFolder(), "session.mcap");
    const records = Array.from({ length: 3000 }, (_, i): SessionRecord => ({
      type: "meter",
      timeNs: i,
      name: "n",
      value: i,
    }));
    await recordSession(path, records, { flushEvery: 1 });
    const { length } = await readFile(path);
    await truncate(path, length - 10);
    expect(await recover(path)).toMatchObject({ messages: 3000, chunksSkipped: 0 });
    expect(await readRecords(path)).toStrictEqual(records);
  });

  test("leaves alone what is still being recorded", async () => {
    const path = join(await testFolder(), "session.mcap");
    const live: SessionHeader = { ...header, pace: "realtime" };
    await using writer = await SessionWriter.open({ path, header: live });
    let timeNs = 0;
    const record = (): void =>
      writer.write({ type: "meter", timeNs: ++timeNs, name: "n", value: 1 });
    record();
    await writer.flush();
    const recording = setInterval(record, 20);
    onTestFinished(() => clearInterval(recording));
    await expect(recover(path)).rejects.toThrow(/is still being recorded; end the run first/);
    expect(await readdir(dirname(path))).toEqual(["session.mcap"]);
    clearInterval(recording);
  });

  test("leaves a whole session alone, also one that it has just mended", async () => {
    const path = await record();
    const before = await readFile(path);
    expect(await recover(path)).toEqual({
      messages: MESSAGES,
      lostMs: 0,
      file: path,
      bytesDropped: 0,
      chunksSkipped: 0,
      alreadyWhole: true,
    });
    expect(await readFile(path)).toEqual(before);
    await truncate(path, before.length - 1);
    expect(await recover(path)).toMatchObject({ messages: MESSAGES, alreadyWhole: false });
    expect(await recover(path)).toMatchObject({ messages: MESSAGES, alreadyWhole: true });
  });

  test("writes elsewhere when told to, and never over another file", async () => {
    const path = await record();
    await truncate(path, (await chunkOffsets(path))[1]!);
    const before = await readFile(path);
    const out = join(await testFolder(), "mended.mcap");
    expect(await recover(path, { out })).toMatchObject({ file: out, chunksSkipped: 0 });
    expect(await readRecords(out)).toStrictEqual(everyRecord().slice(0, 5));
    expect(await readFile(path)).toEqual(before);
    await expect(recover(path, { out })).rejects.toThrow(/mended\.mcap already exists/);
  });

  test("does not give up an original that was kept before", async () => {
    const path = await record();
    await truncate(path, (await chunkOffsets(path))[1]!);
    await link(path, `${path}.broken`);
    await expect(recover(path)).rejects.toThrow(/session\.mcap\.broken already exists/);
  });

  test.each([
    ["its content", 70],
    ["its kind", 0],
    ["its length, so that no record begins where it is said to", 3],
    ["its uncompressed size", 30],
  ])("skips a chunk with a flipped bit in %s, says so, and keeps the others", async (_, at) => {
    const path = await record();
    await flip(path, (await chunkOffsets(path))[1]! + at);
    const result = await recover(path);
    expect(result.chunksSkipped).toBe(1);
    expect(result.bytesDropped).toBeGreaterThan(100);
    const [, ...kept] = [...everyRecord().slice(0, 5), ...everyRecord().slice(10)];
    expect((await readRecords(path)).slice(1)).toStrictEqual(kept);
    expect(await recover(path)).toMatchObject({ alreadyWhole: true });
  });

  test("makes a damaged summary anew", async () => {
    const path = await record();
    const { length } = await readFile(path);
    await flip(path, length - 100);
    expect(await recover(path)).toMatchObject({
      messages: MESSAGES,
      chunksSkipped: 0,
      alreadyWhole: false,
    });
    expect(await readRecords(path)).toStrictEqual(everyRecord());
  });

  test("drops the zeros that a power cut leaves at the end of a file", async () => {
    const path = await record();
    const third = (await chunkOffsets(path))[2]!;
    const bytes = await readFile(path);
    await writeFile(path, Buffer.concat([bytes.subarray(0, third), Buffer.alloc(4096)]));
    expect(await recover(path)).toMatchObject({ messages: 12, bytesDropped: 4096 });
    expect(await readRecords(path)).toStrictEqual(everyRecord().slice(0, 10));
  });

  test("takes nothing out of a cut chunk of noise, which zstd stores as it is", async () => {
    const path = join(await testFolder(), "session.mcap");
    const random = new Random(1);
    const noise = Array.from({ length: 40 }, (_, timeNs): SessionRecord => {
      const rgb = Uint8Array.from({ length: 3 * 64 * 64 }, () => random.uint32());
      const depthM = new Float32Array(0);
      const facts = { kind: "image", sensor: "camera", width: 64, height: 64 } as const;
      return { type: "sample", timeNs, sample: { ...facts, timeNs, rgb, depthM } };
    });
    await recordSession(path, noise, { flushEvery: 20 });
    const [, second] = await chunkOffsets(path);
    await truncate(path, second! + 230_000);
    expect(await readRecords(path)).toStrictEqual(noise.slice(0, 20));
    expect(await recover(path)).toMatchObject({ messages: 20, bytesDropped: 230_000 });
    expect(await readRecords(path)).toStrictEqual(noise.slice(0, 20));
  });

  test("estimates the loss of a run in real time by the last write to its file", async () => {
    const path = await record({ pace: "realtime" });
    await truncate(path, (await chunkOffsets(path))[2]!); // the last stamp left is 20.0008 ms
    const startedAtS = Number(header.startedAtNs) / 1e9;
    await utimes(path, startedAtS + 0.32, startedAtS + 0.32);
    expect((await recover(path)).lostMs).toBe(300);
  });

  test("says that a damaged header can't be mended", async () => {
    const path = await record();
    const bytes = await readFile(path);
    await flip(path, bytes.indexOf("with two arms"));
    await expect(recover(path)).rejects.toThrow(
      /header is damaged at byte \d+.*restore it from a copy/,
    );
  });
});
