import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { SessionRecord } from "../../../../src/core/records.ts";
import { Curation } from "../../../../src/session/curation/curation.ts";
import { recordSession, testFolder } from "../session-fixture.ts";

const episode = (index: number, timeNs: number, phase: "started" | "ended"): SessionRecord => ({
  type: "episode",
  timeNs,
  index,
  task: "wave",
  phase,
});
const twoEpisodes = [
  episode(0, 0, "started"),
  episode(0, 10, "ended"),
  episode(1, 20, "started"),
  episode(1, 30, "ended"),
];
const a0 = { session: "a.mcap", episode: 0 };
const a1 = { session: "a.mcap", episode: 1 };

describe("the curation of a folder", () => {
  it("puts episodes into a bin, of which another process knows, and takes them back step by step", async () => {
    const folder = await testFolder();
    const mine = await Curation.open(folder);
    await mine.delete([a0]);
    const yours = await Curation.open(folder);
    await yours.delete([a1]);
    expect(yours.bin()).toMatchObject([a0, a1]);
    await mine.undo(); // the last step, whoever took it
    expect(mine.bin()).toMatchObject([a0]);
    await mine.keep([a0]);
    expect(mine.bin()).toEqual([]);
    await mine.undo();
    await mine.undo();
    expect(mine.decision(a0).deleted).toBe(false);
    expect(await mine.undo()).toBeUndefined();
  });

  it("keeps a trim and a weight through the bin", async () => {
    const curation = await Curation.open(await testFolder());
    await curation.trim([{ ...a0, startNs: 2, endNs: 8 }]);
    await curation.weigh([{ ...a0, weight: 0.5 }]);
    await curation.delete([a0]);
    await curation.keep([a0]);
    expect(curation.decision(a0)).toEqual({ ...a0, deleted: false, keptNs: [2, 8], weight: 0.5 });
  });

  it("leaves the best and bins the others in one step", async () => {
    const curation = await Curation.open(await testFolder());
    await curation.keepOnly([a0], [a1]);
    expect(curation.bin()).toMatchObject([a1]);
    await curation.undo();
    expect(curation.bin()).toEqual([]);
  });

  it("removes a file only when all its episodes lie in the bin, and says what stays", async () => {
    const folder = await testFolder();
    const path = join(folder, "a.mcap");
    await recordSession(path, twoEpisodes);
    const curation = await Curation.open(folder);
    await curation.delete([a0]);
    expect(await curation.isAllDeleted("a.mcap")).toBe(false);
    expect(await curation.empty()).toEqual({
      removed: [],
      remaining: [{ ...a0, episodesOfFile: 2, isClosed: true }],
    });
    expect(existsSync(path)).toBe(true);
    await curation.delete([a1]);
    expect(await curation.empty()).toEqual({ removed: ["a.mcap"], remaining: [] });
    expect(existsSync(path)).toBe(false);
    expect((await Curation.open(folder)).bin()).toEqual([]);
  });

  it("forgets what it decided about files that are gone, and keeps what is still being recorded", async () => {
    const folder = await testFolder();
    const path = join(folder, "a.mcap");
    await recordSession(path, twoEpisodes);
    const curation = await Curation.open(folder);
    const gone = { session: "gone.mcap", episode: 0 };
    await curation.delete([a0, a1, gone]);
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, whole.length - 8)); // without its end, as while it is written
    const emptied = await curation.empty();
    expect(emptied.removed).toEqual(["gone.mcap"]);
    expect(emptied.remaining).toMatchObject([
      { ...a0, isClosed: false },
      { ...a1, isClosed: false },
    ]);
    expect(existsSync(path)).toBe(true);
    await writeFile(path, whole);
    expect((await curation.empty()).removed).toEqual(["a.mcap"]);
  });

  it("heeds what somebody else decided while it read what it would remove", async () => {
    const folder = await testFolder();
    const [path, long] = [join(folder, "a.mcap"), join(folder, "b.mcap")];
    await recordSession(path, twoEpisodes);
    const filler = Array.from({ length: 30_000 }, (_, i): SessionRecord => ({
      type: "meter",
      timeNs: 30 + i,
      name: "n",
      value: i,
    }));
    await recordSession(long, [...twoEpisodes, ...filler]); // which takes its time to read
    const b = [0, 1].map((index) => ({ session: "b.mcap", episode: index }));
    const mine = await Curation.open(folder);
    await mine.delete([a0, a1, ...b]);
    const emptying = mine.empty();
    await (await Curation.open(folder)).keep([a1]);
    expect((await emptying).removed).toEqual(["b.mcap"]);
    expect(existsSync(path)).toBe(true);
    expect((await Curation.open(folder)).bin()).toMatchObject([a0]);
  });

  it("forgets what it decided about another recording of the same name", async () => {
    const folder = await testFolder();
    const curation = await Curation.open(folder);
    const b0 = { session: "b.mcap", episode: 0 };
    await curation.delete([a0, a1, b0]);
    await curation.trim([{ ...a0, startNs: 2, endNs: 8 }]);
    await (await Curation.open(folder)).forget(["a.mcap"]);
    const now = await Curation.open(folder);
    expect(now.bin()).toMatchObject([b0]);
    expect(now.decision(a0)).toEqual({ ...a0, deleted: false, weight: 1 });
    await now.forget(["c.mcap"]); // nothing was decided: no step
    expect(now.last?.does).toBe("a.mcap was recorded anew");
  });

  it("refuses a log that it does not understand", async () => {
    const folder = await testFolder();
    await writeFile(join(folder, "curation.json"), '{"version":2,"steps":[]}');
    await expect(Curation.open(folder)).rejects.toThrow(/curation\.json is no log.*version 1/);
  });
});
