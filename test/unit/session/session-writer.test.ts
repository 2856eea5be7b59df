// When the writer closes a chunk, and what it does when it can't go on.
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Opcode } from "@mcap/core";
import { describe, expect, test } from "vitest";
import { type Clock, SimulatedClock } from "../../../src/core/clock.ts";
import { SessionError } from "../../../src/core/errors.ts";
import type { SessionRecord } from "../../../src/core/records.ts";
import { AppendFile } from "../../../src/session/append-file.ts";
import { openFile } from "../../../src/session/session-reader.ts";
import { scanMcap } from "../../../src/session/mcap-scan.ts";
import { SessionWriter } from "../../../src/session/session-writer.ts";
import { everyRecord, header, readRecords, testFolder } from "./session-fixture.ts";

const MS = 1e6;

const meter = (timeNs: number, name = "n"): SessionRecord => ({
  type: "meter",
  timeNs,
  name,
  value: 1,
});

/** How many messages stand in each chunk of a file. */
const chunksOf = async (path: string): Promise<number[]> => {
  await using file = await openFile(path);
  const bytes = await readFile(path);
  const chunks: number[] = [];
  for await (const piece of scanMcap(file))
    if (piece.kind === "records" && bytes[piece.offset] === Opcode.CHUNK)
      chunks.push(piece.records.length);
  return chunks;
};

const openWriter = async (clock?: Clock) => {
  const path = join(await testFolder(), "runs", "today", "session.mcap");
  const writer = await SessionWriter.open({ path, header, ...(clock && { clock }) });
  return { path, writer };
};

describe("a chunk", () => {
  test("is closed well within half a second of wall time after its first message", async () => {
    const clock = new SimulatedClock();
    const { path, writer } = await openWriter(clock);
    writer.write(meter(1));
    clock.advanceTo(399 * MS);
    writer.write(meter(2));
    clock.advanceTo(400 * MS);
    writer.write(meter(3)); // the next chunk counts from here
    clock.advanceTo(799 * MS);
    writer.write(meter(4));
    clock.advanceTo(5000 * MS);
    writer.write(meter(5));
    await writer.close();
    expect(await chunksOf(path)).toEqual([2, 2, 1]);
  });

  test("is closed by the next message where a busy program keeps the timer waiting", async () => {
    let nowNs = 0;
    const { path, writer } = await openWriter({
      startedAtNs: 0n,
      nowNs: () => nowNs,
      at: () => () => {},
    });
    writer.write(meter(1));
    nowNs = 450 * MS;
    writer.write(meter(2));
    writer.write(meter(3));
    await writer.close();
    expect(await chunksOf(path)).toEqual([2, 1]);
  });

  test("is closed when it is large, so that an hour simulated in a second does not fill the memory", async () => {
    const { path, writer } = await openWriter(new SimulatedClock());
    for (let i = 0; i < 30; i++) writer.write(meter(i, "x".repeat(100_000)));
    await writer.close();
    expect(await chunksOf(path)).toEqual([11, 11, 8]);
  });

  test("keeps a picture and its depth together", async () => {
    const { path, writer } = await openWriter(new SimulatedClock());
    const [width, height] = [512, 512];
    const [rgb, depthM] = [new Uint8Array(3 * width * height), new Float32Array(width * height)];
    for (let timeNs = 0; timeNs < 3; timeNs++)
      writer.write({
        type: "sample",
        timeNs,
        sample: { kind: "image", sensor: "camera", timeNs, width, height, rgb, depthM },
      });
    await writer.close();
    expect(await chunksOf(path)).toEqual([4, 2]);
  });
});

describe("flush", () => {
  test("puts everything so far into the file, where a reader finds it before the end", async () => {
    const { path, writer } = await openWriter(new SimulatedClock());
    for (const record of everyRecord()) writer.write(record);
    await writer.flush();
    expect(await readRecords(path)).toStrictEqual(everyRecord());
    expect((await stat(path)).size).toBe(writer.bytes);
    await writer.close();
    expect((await stat(path)).size).toBe(writer.bytes);
  });
});

describe("the writer", () => {
  test("never overwrites a file, and says what to do", async () => {
    const path = join(await testFolder(), "session.mcap");
    await writeFile(path, "precious");
    await expect(SessionWriter.open({ path, header })).rejects.toThrow(
      /session\.mcap already exists.*choose another name/,
    );
    expect(await readFile(path, "utf8")).toBe("precious");
  });

  test("refuses a folder it can't create with the reason", async () => {
    const file = join(await testFolder(), "file");
    await writeFile(file, "");
    await expect(SessionWriter.open({ path: join(file, "s.mcap"), header })).rejects.toThrow(
      SessionError,
    );
  });

  test("counts what comes after close as lost, and closes once", async () => {
    const { path, writer } = await openWriter();
    writer.write(meter(1));
    await Promise.all([writer.close(), writer.close()]);
    writer.write(meter(2));
    expect(writer.lost).toBe(1);
    expect(await readRecords(path)).toHaveLength(1);
  });

  test.each<[string, RegExp, SessionRecord]>([
    ["a stamp with a fraction", /meter of stamp 0\.5 .*whole number of nanoseconds/, meter(0.5)],
    ["a stamp that is no number", /meter of stamp NaN/, meter(NaN)],
    [
      "sound that 16 bits can't hold",
      /sound sample of 1, not a multiple of 1\/32768/,
      {
        type: "sample",
        timeNs: 9,
        sample: {
          kind: "audio",
          sensor: "mic",
          timeNs: 9,
          rateHz: 16_000,
          pcm: Float32Array.of(1),
        },
      },
    ],
  ])(
    "stops at %s rather than keep it wrong, and the file is whole up to there",
    async (_, message, bad) => {
      const { path, writer } = await openWriter();
      writer.write(meter(1));
      writer.write(bad);
      writer.write(meter(2));
      expect((await writer.failed).message).toMatch(message);
      expect(writer.lost).toBe(2);
      await expect(writer.close()).rejects.toThrow(await writer.failed);
      expect(await readRecords(path)).toStrictEqual([meter(1)]);
    },
  );
});

describe("a file that is appended to", () => {
  test("gives up on a disk that falls 64 MiB behind, and keeps whole groups only", async () => {
    const path = join(await testFolder(), "file");
    const file = await AppendFile.create(path);
    const group = new Uint8Array(2 ** 20);
    for (let i = 0; i < 80; i++) file.append(group); // in one breath: nothing can be written meanwhile
    expect((await file.failed).message).toMatch(/behind.*efference recover/);
    await expect(file.close()).rejects.toThrow(SessionError);
    expect((await stat(path)).size % group.byteLength).toBe(0);
  });
});
