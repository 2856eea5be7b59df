// Sessions made of others: nothing of the kept is lost, nothing of the sources is touched, and what was decided about
// an episode holds wherever it goes.
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { SessionRecord } from "../../../../src/core/records.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import { Curation } from "../../../../src/session/curation/curation.ts";
import { lessonWeight } from "../../../../src/session/curation/lesson-weight.ts";
import {
  deleteEpisodes,
  mergeSessions,
  renameTask,
  splitSession,
} from "../../../../src/session/edit/edit.ts";
import { shifted } from "../../../../src/session/edit/shifted.ts";
import { episodesOf } from "../../../../src/session/episodes.ts";
import { SessionReader } from "../../../../src/session/session-reader.ts";
import { Tokenizer } from "../../../../src/tokens/tokenizer.ts";
import { buildVocabulary } from "../../../../src/tokens/vocabulary.ts";
import { EmbeddingStreamBuilder } from "../../../../src/training/embedding-stream.ts";
import { makeSession, type MadeEpisode } from "../lerobot/lerobot-fixture.ts";
import { everyRecord, readRecords, recordSession, testFolder } from "../session-fixture.ts";

const MS = 1e6;
const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const THREE: readonly MadeEpisode[] = [
  { task: "nod", durationMs: 500, outcome: "success" },
  { task: "wave", durationMs: 300, outcome: "redo" },
  { task: "nod", durationMs: 400, outcome: "failure" },
];

const sessionOf = async (
  folder: string,
  name: string,
  episodes: readonly MadeEpisode[],
): Promise<string> => {
  await makeSession(join(folder, name), episodes);
  return join(folder, name);
};

const open = (path: string): Promise<SessionReader> => SessionReader.open(path);
const episodesIn = async (path: string) => episodesOf(await open(path));
const isMark = ({ type }: SessionRecord): boolean => type === "episode" || type === "takeover";
const unmarked = async (path: string): Promise<SessionRecord[]> =>
  (await readRecords(path)).filter((record) => !isMark(record));
/** What the sessions are made of is no business of the edit: their bytes. */
const bytesOf = (...paths: string[]): Buffer[] => paths.map((path) => readFileSync(path));

describe("a piece of what was merged", () => {
  it("begins each recording in it with everything told, as it was recorded", async () => {
    const folder = await testFolder();
    /** A session whose samples are told in tokens, as a runtime tells them. */
    const toldSession = async (name: string, episodes: readonly MadeEpisode[]): Promise<string> => {
      const made = await sessionOf(folder, `made-${name}`, episodes);
      const tokenizer = new Tokenizer(robot, vocabulary);
      const records = (await readRecords(made)).flatMap((record): SessionRecord[] => {
        const frame = record.type === "sample" && tokenizer.encode(record.sample);
        return frame ? [record, { type: "tokens_in", ...frame }] : [record];
      });
      const { header } = await open(made);
      await recordSession(join(folder, name), records, header);
      return join(folder, name);
    };
    const a = await toldSession("a.mcap", THREE);
    const b = await toldSession("b.mcap", [{ task: "nod", durationMs: 800 }]);
    const merged = join(folder, "merged.mcap");
    await mergeSessions([a, b], merged);
    const out = join(folder, "left.mcap");
    await deleteEpisodes(merged, out, [0]);
    const [partNs] = (await open(out)).header.partsNs!;
    const tokensOf = (records: readonly SessionRecord[]) =>
      records.flatMap((record) =>
        record.type === "tokens_in" ? [[record.sensor, ...record.ids]] : [],
      );
    const part = (await readRecords(out)).filter(({ timeNs }) => timeNs >= partNs!);
    expect(tokensOf(part)).toEqual(tokensOf(await readRecords(b)));
    expect(tokensOf(part).length).toBeGreaterThan(10);
    const builder = new EmbeddingStreamBuilder(robot, vocabulary);
    for (const record of part) builder.add(record);
    expect(builder.stream().rows.length).toBeGreaterThan(10);
  });
});

describe("merge", () => {
  it("puts the second behind the first, with every record, its episodes numbered on", async () => {
    const folder = await testFolder();
    const a = await sessionOf(folder, "a.mcap", THREE);
    const b = await sessionOf(folder, "b.mcap", [{ task: "nod", durationMs: 200 }]);
    const before = bytesOf(a, b);
    const out = join(folder, "all.mcap");
    expect(await mergeSessions([a, b], out)).toMatchObject({
      sessions: [{ session: "all.mcap", episodes: 4 }],
    });
    const byNs = 1200 * MS + 20 * MS; // a servo frame behind the last stamp
    expect(await unmarked(out)).toEqual([
      ...(await unmarked(a)),
      ...(await unmarked(b)).map((record) => shifted(record, byNs)),
    ]);
    expect(await episodesIn(out)).toEqual([
      ...(await episodesIn(a)),
      { index: 3, task: "nod", startNs: byNs, endNs: byNs + 200 * MS, takeovers: [] },
    ]);
    const { header, complete } = await open(out);
    expect(complete).toBe(true);
    expect(header).toMatchObject({ origin: "merged of a.mcap, b.mcap", partsNs: [byNs] });
    expect(bytesOf(a, b)).toEqual(before);
  });

  it("moves every stamp of every kind of record", async () => {
    const folder = await testFolder();
    const path = join(folder, "a.mcap");
    const vocabularyJson = JSON.stringify(vocabulary);
    await recordSession(path, everyRecord(), { vocabularyJson });
    await recordSession(join(folder, "b.mcap"), everyRecord(), { vocabularyJson });
    const out = join(folder, "out.mcap");
    await mergeSessions([path, join(folder, "b.mcap")], out);
    const all = await unmarked(out);
    const byNs = (await open(out)).header.partsNs![0]!;
    const first = all.slice(0, all.length / 2);
    expect(all.slice(all.length / 2)).toEqual(first.map((record) => shifted(record, byNs)));
    const times = (value: unknown): number[] =>
      typeof value !== "object" || value === null || ArrayBuffer.isView(value)
        ? []
        : Object.entries(value).flatMap(([key, own]) =>
            key.endsWith("Ns") ? [own as number] : times(own),
          );
    for (const record of first)
      expect(times(shifted(record, byNs))).toEqual(times(record).map((ns) => ns + byNs));
  });

  it("refuses other bodies, and a mix of demonstrations and corrections, and leaves nothing behind", async () => {
    const folder = await testFolder();
    const shown = await sessionOf(folder, "shown.mcap", [{ task: "nod", durationMs: 300 }]);
    const corrected = await sessionOf(folder, "corrected.mcap", [
      { task: "nod", durationMs: 300, takenMs: [50, 150] },
    ]);
    const out = join(folder, "out.mcap");
    await expect(mergeSessions([shown, corrected], out)).rejects.toThrow(
      /can't be one session: what is learned is a policy's corrections alone, expected all of it/,
    );
    const facts = { vocabularyJson: JSON.stringify(vocabulary) };
    const files = ["x.mcap", "y.mcap"].map((name) => join(folder, name));
    await recordSession(files[0]!, everyRecord(), facts);
    await recordSession(files[1]!, everyRecord(), { ...facts, body: "arduino" });
    await expect(mergeSessions(files, out)).rejects.toThrow(
      "the body is arduino, expected simulation",
    );
    await expect(mergeSessions([shown], shown)).rejects.toThrow("already exists");
    expect(readdirSync(folder).filter((name) => name.includes("out"))).toEqual([]);
  });
});

describe("split", () => {
  it("makes a session of each episode, told anew from its first sample on, for any model to learn from", async () => {
    const folder = await testFolder();
    const path = await sessionOf(folder, "take.mcap", THREE);
    const out = join(folder, "takes");
    await splitSession(path, out);
    expect(readdirSync(out)).toEqual(["take-0.mcap", "take-1.mcap", "take-2.mcap"]);
    const parts = await Promise.all(readdirSync(out).map((name) => episodesIn(join(out, name))));
    expect(parts.flat()).toEqual(
      (await episodesIn(path)).map(({ startNs, endNs, ...rest }) => ({
        ...rest,
        index: 0,
        startNs: 0,
        endNs: endNs - startNs,
      })),
    );
    const third = join(out, "take-2.mcap");
    const actions = async (file: string): Promise<unknown[]> =>
      (await readRecords(file)).flatMap((record) =>
        record.type === "action" ? [record.appliedDeg] : [],
      );
    expect(await actions(third)).toEqual((await actions(path)).slice(-20));
    const records = await readRecords(third);
    for (const sensor of ["heat_left", "joints", "distance"])
      expect(
        records.find((record) => record.type === "tokens_in" && record.sensor === sensor),
      ).toMatchObject({ timeNs: 0 });
    const builder = new EmbeddingStreamBuilder(robot, vocabulary);
    for (const record of records) builder.add(record);
    expect(builder.stream().rows.length).toBeGreaterThan(5);
    const wall = (await open(third)).header.startedAtNs - (await open(path)).header.startedAtNs;
    expect(wall).toBe(BigInt(800 * MS));
  });

  it("puts episodes that a policy drove into the bin, where only its corrections were learned", async () => {
    const folder = await testFolder();
    const path = await sessionOf(folder, "take.mcap", [
      { task: "nod", durationMs: 400 },
      { task: "nod", durationMs: 400, takenMs: [100, 200] },
    ]);
    const out = join(folder, "takes");
    expect(await splitSession(path, out)).toMatchObject({ uncorrected: 1 });
    const curation = await Curation.open(out);
    expect(curation.bin()).toMatchObject([{ session: "take-0.mcap", episode: 0 }]);
    expect((await episodesIn(join(out, "take-1.mcap")))[0]!.takeovers).toEqual([
      { startNs: 100 * MS, endNs: 200 * MS },
    ]);
  });
});

describe("delete-episodes", () => {
  it("leaves out what lies in the bin, closes the gap, and begins another part behind it", async () => {
    const folder = await testFolder();
    const path = await sessionOf(folder, "take.mcap", THREE);
    const before = bytesOf(path);
    await (await Curation.open(folder)).delete([{ session: "take.mcap", episode: 1 }]);
    const out = join(folder, "better.mcap");
    await deleteEpisodes(path, out);
    const [first, second, ...others] = await episodesIn(out);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ index: 0, task: "nod", outcome: "success" });
    expect(second).toMatchObject({ index: 1, task: "nod", outcome: "failure" });
    expect(second!.endNs - second!.startNs).toBeCloseTo(400 * MS, -1);
    const { header } = await open(out);
    expect(header.partsNs).toHaveLength(1);
    expect(header.origin).toBe("episodes 0, 2 of take.mcap");
    const stamps = (await readRecords(out)).map(({ timeNs }) => timeNs);
    expect(stamps).toEqual(stamps.toSorted((a, b) => a - b));
    expect(bytesOf(path)).toEqual(before);
  });

  it("refuses episodes that are not there, all of them, and none", async () => {
    const folder = await testFolder();
    const path = await sessionOf(folder, "take.mcap", THREE);
    const out = join(folder, "out.mcap");
    await expect(deleteEpisodes(path, out, [1, 7])).rejects.toThrow(/no episode 7; it has 0, 1, 2/);
    await expect(deleteEpisodes(path, out, [0, 1, 2])).rejects.toThrow("no episode left");
    await expect(deleteEpisodes(path, out)).rejects.toThrow(/none of its episodes lies in the bin/);
    expect(existsSync(out)).toBe(false);
  });
});

describe("rename-task", () => {
  it("refuses a session without marks, which has no task, and says how it gets one", async () => {
    const folder = await testFolder();
    const path = join(folder, "run.mcap");
    await recordSession(
      path,
      everyRecord().filter(({ type }) => type !== "episode"),
    );
    const out = join(folder, "named.mcap");
    await expect(renameTask([path], out, { to: "wave" })).rejects.toThrow(
      /run\.mcap marks no episodes.*edit merge/,
    );
    expect(existsSync(out)).toBe(false);
  });

  it("changes the task and nothing else", async () => {
    const folder = await testFolder();
    const path = await sessionOf(folder, "take.mcap", THREE);
    const out = join(folder, "renamed.mcap");
    await renameTask([path], out, { from: "nod", to: "say yes" });
    expect((await episodesIn(out)).map(({ task }) => task)).toEqual(["say yes", "wave", "say yes"]);
    expect(await unmarked(out)).toEqual(await unmarked(path));
    expect((await open(out)).header).toEqual((await open(path)).header);
    await expect(renameTask([path], `${out}-2`, { from: "jump", to: "x" })).rejects.toThrow(
      'no episode has the task "jump"; there are "nod", "wave"',
    );
    expect(existsSync(`${out}-2`)).toBe(false);
  });

  it("leaves what was decided with its episodes, whose numbers go on from another recording", async () => {
    const folder = await testFolder();
    const marks = [4, 5, 6].flatMap((index, i) =>
      (["started", "ended"] as const).map((phase, end) => ({
        type: "episode" as const,
        timeNs: (i + end / 2) * 100 * MS,
        index,
        task: "nod",
        phase,
      })),
    );
    const path = join(folder, "take-2.mcap");
    await recordSession(path, marks);
    const decided = { session: "take-2.mcap", episode: 5 };
    await (await Curation.open(folder)).delete([decided]);
    const out = join(folder, "renamed");
    mkdirSync(out);
    await renameTask([path], join(out, "take-2.mcap"), { to: "say yes" });
    expect((await Curation.open(out)).bin()).toMatchObject([decided]);
  });

  it("takes a folder of sessions into another", async () => {
    const folder = await testFolder();
    const a = await sessionOf(folder, "a.mcap", [{ task: "nod", durationMs: 100 }]);
    const b = await sessionOf(folder, "b.mcap", [{ task: "wave", durationMs: 100 }]);
    const out = join(folder, "renamed");
    await renameTask([a, b], out, { from: "wave", to: "greet" });
    const tasks = ["a.mcap", "b.mcap"].map(async (name) => (await episodesIn(join(out, name)))[0]);
    expect(await Promise.all(tasks)).toMatchObject([{ task: "nod" }, { task: "greet" }]);
  });
});

describe("what was decided about an episode", () => {
  it("goes with it through split and merge: what is learned of each action stays the same", async () => {
    const folder = await testFolder();
    const path = await sessionOf(folder, "take.mcap", THREE);
    const curation = await Curation.open(folder);
    await curation.weigh([{ session: "take.mcap", episode: 2, weight: 0.5 }]);
    const trimmed = { startNs: 900 * MS, endNs: 1100 * MS };
    await curation.trim([{ session: "take.mcap", episode: 2, ...trimmed }]);
    await curation.delete([{ session: "take.mcap", episode: 0 }]);
    const out = join(folder, "takes");
    expect(await splitSession(path, out)).toMatchObject({ decisions: 2, uncorrected: 0 });
    const files = readdirSync(out).filter((name) => name.endsWith(".mcap"));
    const merged = join(folder, "merged/all.mcap");
    const paths = files.map((name) => join(out, name));
    expect(await mergeSessions(paths, merged)).toMatchObject({ decisions: 2 });

    const weightsOf = async (file: string): Promise<number[]> => {
      const own = await Curation.open(join(file, ".."));
      const weightAt = lessonWeight(own, file.split("/").at(-1)!, await episodesIn(file));
      return (await readRecords(file)).flatMap(({ type, timeNs }) =>
        type === "action" ? [weightAt(timeNs)] : [],
      );
    };
    const weights = await weightsOf(path);
    expect(new Set(weights)).toEqual(new Set([0, 0.5]));
    expect(await weightsOf(merged)).toEqual(weights);
    expect((await Promise.all(paths.map(weightsOf))).flat()).toEqual(weights);
  });
});
