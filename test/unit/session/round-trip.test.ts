// What was recorded comes back: every record type bit for bit, in order, with its header.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SessionRecord } from "../../../src/core/records.ts";
import { SessionReader } from "../../../src/session/session-reader.ts";
import { SessionWriter } from "../../../src/session/session-writer.ts";
import { everyRecord, header, readRecords, recordSession, testFolder } from "./session-fixture.ts";

describe("a session", () => {
  test("gives back every type of record bit for bit, in the order of writing", async () => {
    const path = join(await testFolder(), "session.mcap");
    await recordSession(path, everyRecord(), { flushEvery: 4 });
    // toStrictEqual tells -0 from 0, NaN from nothing, and one typed array from another
    expect(await readRecords(path)).toStrictEqual(everyRecord());
  });

  test("keeps the order of writing where stamps run backwards", async () => {
    const path = join(await testFolder(), "session.mcap");
    const meters = [5, 3, 9, 3].map((timeNs, value): SessionRecord => ({
      type: "meter",
      timeNs,
      name: "n",
      value,
    }));
    await recordSession(path, meters);
    expect(await readRecords(path)).toStrictEqual(meters);
  });

  test("gives back its header, attachments included", async () => {
    const path = join(await testFolder(), "session.mcap");
    await recordSession(path, []);
    expect((await SessionReader.open(path)).header).toStrictEqual(header);
  });

  test("gives back stamps from before the epoch, as simulated time that starts at 0 has them", async () => {
    const path = join(await testFolder(), "session.mcap");
    await recordSession(path, everyRecord(), { startedAtNs: 0n });
    expect(await readRecords(path)).toStrictEqual(everyRecord());
  });

  test("keeps what a record was when it was written, whatever becomes of its arrays", async () => {
    const path = join(await testFolder(), "session.mcap");
    const ids = Int32Array.of(1, 2, 3);
    const values = Float64Array.of(1.5);
    const records: SessionRecord[] = [
      { type: "tokens_out", timeNs: 1, ids },
      { type: "sample", timeNs: 2, sample: { kind: "values", sensor: "heat", timeNs: 2, values } },
    ];
    const expected = structuredClone(records);
    await using writer = await SessionWriter.open({ path, header });
    for (const record of records) writer.write(record);
    ids.fill(0);
    values.fill(0);
    await writer.close();
    expect(await readRecords(path)).toStrictEqual(expected);
  });

  test("keeps pictures with and without depth of two cameras apart", async () => {
    const path = join(await testFolder(), "session.mcap");
    const picture = (sensor: string, timeNs: number, depthM: Float32Array): SessionRecord => ({
      type: "sample",
      timeNs,
      sample: {
        kind: "image",
        sensor,
        timeNs,
        width: 1,
        height: 1,
        rgb: Uint8Array.of(1, 2, 3),
        depthM,
      },
    });
    const records = [
      picture("left", 1, Float32Array.of(0.5)),
      picture("right", 2, new Float32Array(0)),
      picture("left", 3, new Float32Array(0)),
    ];
    await recordSession(path, records);
    expect(await readRecords(path)).toStrictEqual(records);
  });
});

describe("the summary", () => {
  test("counts messages by topic and tells duration and size", async () => {
    const path = join(await testFolder(), "session.mcap");
    const { messages, contentHash } = await recordSession(path, everyRecord());
    const summary = await (await SessionReader.open(path)).summary();
    expect(summary).toMatchObject({
      messages,
      contentHash,
      complete: true,
      durationNs: 23_000_000,
    });
    expect(summary.byTopic).toMatchObject({
      "/sensor/camera": 1,
      "/sensor/camera/depth": 1,
      "/episode": 2,
      "/takeover": 1,
      "/source": 1,
      "/simulation/move": 1,
    });
    expect(Object.values(summary.byTopic).reduce((a, b) => a + b)).toBe(messages);
  });

  test("has the same content hash whenever, in whatever chunks, and at whatever speed a run took place", async () => {
    const folder = await testFolder();
    const faster = everyRecord().map((record) =>
      record.type === "meter" ? { ...record, value: 0.5 } : record,
    );
    const one = await recordSession(join(folder, "1.mcap"), everyRecord());
    const other = await recordSession(join(folder, "2.mcap"), faster, {
      flushEvery: 2,
      startedAtNs: 5n,
    });
    expect(other.contentHash).toBe(one.contentHash);
    const read = await SessionReader.open(join(folder, "2.mcap"));
    expect((await read.summary()).contentHash).toBe(one.contentHash);
  });

  test.each([
    ["a stamp", (r: SessionRecord) => ({ ...r, timeNs: r.timeNs + 1 })],
    [
      "one bit of a picture's depth",
      (r: SessionRecord) => {
        if (r.type === "sample" && r.sample.kind === "image") r.sample.depthM[1] = 0.1000001;
        return r;
      },
    ],
  ])("has another content hash after a change of %s", async (_, change) => {
    const folder = await testFolder();
    const one = await recordSession(join(folder, "1.mcap"), everyRecord());
    const other = await recordSession(join(folder, "2.mcap"), everyRecord().map(change));
    expect(other.contentHash).not.toBe(one.contentHash);
  });
});
