// A window of a session must be what the whole of it has there, however it was written.
import { appendFile, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { SessionRecord } from "../../../src/core/records.ts";
import { episodesOf } from "../../../src/session/episodes.ts";
import { SessionIndex } from "../../../src/session/session-index.ts";
import { SessionReader } from "../../../src/session/session-reader.ts";
import { SessionWriter } from "../../../src/session/session-writer.ts";
import { header, testFolder } from "./session-fixture.ts";

const S = 1e9;

/** Ten seconds, ten meters each, a chunk a second, with an episode from 2 to 7 s. */
const written = async (): Promise<string> => {
  const path = join(await testFolder(), "a.mcap");
  await using session = await SessionWriter.open({ path, header });
  const mark = (s: number, phase: "started" | "ended"): void =>
    session.write({ type: "episode", timeNs: s * S, index: 4, task: "wave", phase });
  for (let s = 0; s < 10; s++) {
    if (s === 2) mark(s, "started");
    if (s === 7) mark(s, "ended");
    for (let i = 0; i < 10; i++)
      session.write({ type: "meter", timeNs: s * S + i * 1e8, name: "a", value: s + i / 10 });
    await session.flush();
  }
  return path;
};

const all = async (records: AsyncIterable<SessionRecord>): Promise<SessionRecord[]> => {
  const found: SessionRecord[] = [];
  for await (const record of records) found.push(record);
  return found;
};

describe("the index of a session", () => {
  it("gives of any window what reading everything gives", async () => {
    const path = await written();
    const index = await SessionIndex.open(path);
    const whole = await all((await SessionReader.open(path)).records());
    for (const [fromS, toS] of [
      [0, 10],
      [3.25, 3.5],
      [6.9, 7.1],
      [20, 30],
    ] as const) {
      const window = { fromNs: fromS * S, toNs: toS * S };
      const expected = whole.filter(
        ({ timeNs }) => timeNs >= window.fromNs && timeNs < window.toNs,
      );
      expect(await all(index.records(window))).toEqual(expected);
    }
    expect(index.endNs).toBe(9.9 * S);
  });

  it("finds the episodes without reading the rest, as reading the rest does", async () => {
    const path = await written();
    const index = await SessionIndex.open(path);
    expect(await index.episodes()).toEqual(await episodesOf(await SessionReader.open(path)));
    expect(await all(index.records({ topics: ["/episode"] }))).toHaveLength(2);
  });

  it("follows a session that is being written, also from inside of a record", async () => {
    const path = await written();
    const bytes = await readFile(path);
    const growing = join(await testFolder(), "b.mcap");
    await writeFile(growing, bytes.subarray(0, bytes.length / 2));
    const index = await SessionIndex.open(growing);
    const before = await all(index.records({}));
    expect(before.length).toBeGreaterThan(0);
    expect((await index.episodes())[0]).toMatchObject({ index: 4, endNs: index.endNs });
    await appendFile(growing, bytes.subarray(bytes.length / 2));
    await Promise.all([index.update(), index.update()]); // the list and a replay, say
    expect(await all(index.records({}))).toEqual(
      await all((await SessionReader.open(path)).records()),
    );
    expect((await index.episodes())[0]).toMatchObject({ index: 4, endNs: 7 * S });
  });

  it("gives what is whole of a file that was cut", async () => {
    const path = await written();
    await truncate(path, Math.round((await readFile(path)).length * 0.6));
    const found = await all((await SessionIndex.open(path)).records({}));
    expect(found).toEqual(await all((await SessionReader.open(path)).records()));
  });
});
