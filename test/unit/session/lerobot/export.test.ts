// What of a session stands in which row of the data set, and that the whole keeps the layout.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkLerobot } from "../../../../src/session/lerobot/check.ts";
import { Curation } from "../../../../src/session/curation/curation.ts";
import { exportLerobot } from "../../../../src/session/lerobot/export.ts";
import { SessionReader } from "../../../../src/session/session-reader.ts";
import { END } from "../../../../src/tokens/vocabulary.ts";
import { readRecords, recordSession } from "../session-fixture.ts";
import { dataOf, folder, heatAt, makeSession, NOD, panDeg } from "./lerobot-fixture.ts";

describe("an export", () => {
  test("has of each sense the last value at a frame's beginning, and of the servos the pose by its end", async () => {
    const place = await folder();
    await makeSession(join(place, "a.mcap"), [{ task: "nod", durationMs: 1000 }]);
    const out = join(place, "dataset");
    await exportLerobot({ sessions: [join(place, "a.mcap")], out, fps: 10 });
    const rows = await dataOf(out);
    expect(rows).toHaveLength(10);
    for (const [k, row] of rows.slice(0, -1).entries()) {
      expect(row["observation.heat_left"]).toBe(Math.fround(heatAt(k * 1e8)));
      expect((row["observation.state"] as number[])[0]).toBe(Math.fround(panDeg(k * 1e8)));
      expect((row["action"] as number[])[0]).toBe(Math.fround(panDeg((k + 1) * 1e8)));
      expect(row["tokens.action"]).toBe(k === 0 ? `${NOD} ${END} ${END}` : `${END} ${END}`);
    }
  });

  test("leaves out episodes to be done again, and joins the others of all sessions", async () => {
    const place = await folder();
    const [a, b] = [join(place, "a.mcap"), join(place, "b.mcap")];
    await makeSession(a, [
      { task: "nod", durationMs: 500, outcome: "success" },
      { task: "nod", durationMs: 700, outcome: "redo" },
      { task: "wave", durationMs: 300, outcome: "failure" },
    ]);
    await makeSession(b, [{ task: "nod", durationMs: 400 }]);
    const out = join(place, "dataset");
    const told = await exportLerobot({ sessions: [a, b], out, fps: 20 });
    expect(told).toMatchObject({ episodes: 3, frames: 10 + 6 + 8, tasks: 2, leftOut: 1 });
    const rows = await dataOf(out);
    expect(rows.map((row) => Number(row["task_index"]))).toEqual([
      ...Array<number>(10).fill(0),
      ...Array<number>(6).fill(1),
      ...Array<number>(8).fill(0),
    ]);
    expect(rows.flatMap((row, k) => (row["next.success"] === true ? [k] : []))).toEqual([9]);
    expect(await checkLerobot(out)).toMatchObject({ valid: true, violations: [] });
  });

  test("is the same for an episode before which another was judged late, while records were held back", async () => {
    const rowsOf = async (isJudged: boolean): Promise<unknown[]> => {
      const place = await folder();
      const session = join(place, "a.mcap");
      await makeSession(session, [
        { task: "nod", durationMs: 500 },
        { task: "nod", durationMs: 600 },
      ]);
      const out = join(place, "dataset");
      const { header } = await SessionReader.open(session);
      const records = await readRecords(session);
      const second = records.findIndex((r) => r.type === "episode" && r.index === 1);
      const mark = { index: 0, task: "nod", phase: "ended", outcome: "success" } as const;
      if (isJudged) records.splice(second, 0, { type: "episode", timeNs: 900e6, ...mark });
      await recordSession(join(place, "b.mcap"), records, header);
      await exportLerobot({ sessions: [join(place, "b.mcap")], out, fps: 20 });
      return (await dataOf(out))
        .filter((row) => Number(row["episode_index"]) === 1)
        .map(({ action, "observation.heat_left": heat, "tokens.action": said }) => [
          action,
          heat,
          said,
        ]);
    };
    const rows = await rowsOf(false);
    expect(rows.length).toBeGreaterThan(8);
    expect(await rowsOf(true)).toEqual(rows);
  });

  test("leaves out what lies in the bin", async () => {
    const place = await folder();
    const session = join(place, "a.mcap");
    await makeSession(session, [
      { task: "nod", durationMs: 500 },
      { task: "wave", durationMs: 300 },
    ]);
    await (await Curation.open(place)).delete([{ session: "a.mcap", episode: 0 }]);
    const out = join(place, "dataset");
    expect(await exportLerobot({ sessions: [session], out, fps: 20 })).toMatchObject({
      episodes: 1,
      frames: 6,
      leftOut: 1,
    });
  });

  test("goes on in another file once one is full, and keeps the layout", async () => {
    const place = await folder();
    const session = join(place, "a.mcap");
    await makeSession(session, [
      { task: "nod", durationMs: 500 },
      { task: "nod", durationMs: 500 },
      { task: "nod", durationMs: 500 },
    ]);
    const out = join(place, "dataset");
    await exportLerobot({ sessions: [session], out, fps: 30, dataFileBytes: 1 });
    expect(await dataOf(out, "file-002")).toHaveLength(15);
    expect(await checkLerobot(out)).toMatchObject({ valid: true, violations: [], frames: 45 });
  });

  test("writes nothing where a session can't be read, or the folder is there already", async () => {
    const place = await folder();
    const session = join(place, "a.mcap");
    await makeSession(session, [{ task: "nod", durationMs: 500, outcome: "redo" }]);
    const out = join(place, "dataset");
    await expect(exportLerobot({ sessions: [session], out, fps: 20 })).rejects.toThrow(
      "found no episode to export",
    );
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(place)).toEqual(["a.mcap"]);
    await makeSession(join(place, "b.mcap"), [{ task: "nod", durationMs: 500 }]);
    await expect(
      exportLerobot({ sessions: [join(place, "b.mcap")], out: place, fps: 20 }),
    ).rejects.toThrow("already exists");
  });
});
