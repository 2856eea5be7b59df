// What the reader says of files that are no session, or no longer a whole one.
import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { McapRecordBuilder } from "@mcap/core";
import { describe, expect, test } from "vitest";
import { SessionReader } from "../../../src/session/session-reader.ts";
import {
  chunkOffsets,
  everyRecord,
  readRecords,
  recordSession,
  testFolder,
} from "./session-fixture.ts";

const write = async (bytes: Uint8Array | string): Promise<string> => {
  const path = join(await testFolder(), "file.mcap");
  await writeFile(path, bytes);
  return path;
};

const emptyMcap = (): Uint8Array => {
  const mcap = new McapRecordBuilder();
  mcap.writeMagic();
  mcap.writeHeader({ profile: "", library: "another" });
  mcap.writeDataEnd({ dataSectionCrc: 0 });
  mcap.writeFooter({ summaryStart: 0n, summaryOffsetStart: 0n, summaryCrc: 0 });
  mcap.writeMagic();
  return mcap.buffer;
};

/** A session whose byte at `offset` is another. */
const flipped = async (at: (chunks: number[]) => number): Promise<string> => {
  const path = join(await testFolder(), "session.mcap");
  await recordSession(path, everyRecord(), { flushEvery: 5 });
  const bytes = await readFile(path);
  const offset = at(await chunkOffsets(path));
  bytes[offset]! ^= 0x10;
  await writeFile(path, bytes);
  return path;
};

describe("the reader", () => {
  test.each([
    ["a file of something else", "name: duo\n", /not an MCAP file/],
    ["an empty file", "", /not an MCAP file \(0 bytes/],
    ["MCAP of another program", emptyMcap(), /not an Efference session.*"efference"/],
  ])("refuses %s by name", async (_, bytes, message) => {
    await expect(SessionReader.open(await write(bytes))).rejects.toThrow(message);
  });

  test("says which file is not there", async () => {
    await expect(SessionReader.open("/no/such.mcap")).rejects.toThrow(
      /can't read .*\/no\/such\.mcap/,
    );
  });

  test("says that nothing had been recorded where a file ends inside its header", async () => {
    const path = join(await testFolder(), "session.mcap");
    await recordSession(path, everyRecord());
    await truncate(path, 700);
    await expect(SessionReader.open(path)).rejects.toThrow(
      /header is whole.*nothing had been recorded/,
    );
  });

  test("reads a session that was cut up to its last whole chunk, and says it isn't complete", async () => {
    const path = join(await testFolder(), "session.mcap");
    await recordSession(path, everyRecord(), { flushEvery: 5 });
    const [, , third] = await chunkOffsets(path);
    await truncate(path, third! + 20);
    expect(await readRecords(path)).toStrictEqual(everyRecord().slice(0, 10));
    const reader = await SessionReader.open(path);
    expect((await reader.summary()).complete).toBe(false);
  });

  test("gives the records of a stretch as they stand in the whole", async () => {
    const path = join(await testFolder(), "session.mcap");
    await recordSession(path, everyRecord(), { flushEvery: 3 });
    const all = await readRecords(path);
    const stretch = { startNs: 11_000_000, endNs: 14_500_000 };
    const within = all.filter(({ timeNs }) => timeNs >= stretch.startNs && timeNs <= stretch.endNs);
    expect(within.length).toBeGreaterThan(3);
    const found: unknown[] = [];
    for await (const record of (await SessionReader.open(path)).records(stretch))
      found.push(record);
    expect(found).toEqual(within);
  });

  test("gives what comes before a flipped bit, then the place of the damage and the remedy", async () => {
    let second = 0;
    const path = await flipped((chunks) => (second = chunks[1]!) + 70);
    const reader = await SessionReader.open(path);
    let count = 0;
    const readAll = async () => {
      for await (const _ of reader.records()) count++;
    };
    await expect(readAll()).rejects.toThrow(
      new RegExp(`damaged at byte ${second}: .*efference recover`),
    );
    expect(count).toBe(5);
  });

  test("finds a chunk that a flipped bit turned into another kind of record", async () => {
    const path = await flipped((chunks) => chunks[1]!);
    await expect(readRecords(path)).rejects.toThrow(/damaged/);
  });

  test("finds a flipped bit in the name of a topic, which stands outside of the chunks", async () => {
    const path = join(await testFolder(), "session.mcap");
    await recordSession(path, everyRecord());
    const bytes = await readFile(path);
    bytes[bytes.indexOf("/tokens/in") + 3]! ^= 1;
    await writeFile(path, bytes);
    await expect(readRecords(path)).rejects.toThrow(/damaged.*CRC of all data before it/);
  });

  test("does not believe a damaged chunk that claims a terabyte", async () => {
    const path = await flipped((chunks) => chunks[1]! + 9 + 16 + 5);
    await expect(readRecords(path)).rejects.toThrow(/damaged.*a chunk of \d+ bytes/);
  });
});
