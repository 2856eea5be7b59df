// What a page may ask of recordings: windows that hold what it would have seen live, steps that can be taken
// back, and nothing that was not listed.
import { mkdir, mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { SessionRecord } from "../../../src/core/records.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { readFrames } from "../../../src/dashboard/fields.ts";
import type {
  EpisodeEntry,
  ProgressList,
  RecordingAbout,
  SessionList,
} from "../../../src/dashboard/library/library-calls.ts";
import { Library } from "../../../src/dashboard/library/library.ts";
import { placeOf } from "../../../src/dashboard/page/robot-state.ts";
import { SERVER_FRAMES, type ServerFrame } from "../../../src/dashboard/protocol.ts";
import { SessionWriter } from "../../../src/session/session-writer.ts";
import { buildVocabulary, vocabularyToJson } from "../../../src/tokens/vocabulary.ts";
import { header } from "../session/session-fixture.ts";

const S = 1e9;
const robot = loadRobot("duo");
const vocabularyJson = vocabularyToJson(buildVocabulary(robot));
const own = { robotFile: robot.source, sceneFile: robot.sceneSource, vocabularyJson };

/** Twelve seconds at 50 servo frames a second: the first servo goes up a degree a second, a token every second. */
const records = (): SessionRecord[] => {
  const all: SessionRecord[] = [];
  for (let i = 0; i < 600; i++) {
    const timeNs = i * 20e6;
    if (i === 100) all.push({ type: "episode", timeNs, index: 0, task: "wave", phase: "started" });
    if (i === 500)
      all.push({
        type: "episode",
        timeNs,
        index: 0,
        task: "wave",
        phase: "ended",
        outcome: "success",
      });
    const appliedDeg = new Float64Array(robot.servos.length).fill(timeNs / S);
    const pose = { targetDeg: appliedDeg, appliedDeg, fresh: true, powered: true } as const;
    all.push({ type: "action", timeNs, ...pose, mode: "active" });
    if (i === 60)
      all.push({ type: "move", timeNs, object: "cup", toM: [0.3, 0.2, 0.1], durationMs: 300 });
    if (i % 50 === 0) all.push({ type: "tokens_out", timeNs, ids: Int32Array.of(i) });
  }
  return all;
};

let folder: string;
let library: Library;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "efference-library-"));
  for (const file of ["a.mcap", "live.mcap"]) {
    await using session = await SessionWriter.open({
      path: join(folder, file),
      header: { ...header, ...own },
    });
    for (const record of records()) {
      session.write(record);
      if (record.timeNs % S === 0) await session.flush();
    }
  }
  await writeFile(join(folder, "b.mcap"), "no session");
  await writeFile(join(folder, "secret.txt"), "secret");
  await mkdir(join(folder, "c.mcap"));
  library = new Library(
    {
      folders: [folder, folder],
      live: join(folder, "live.mcap"),
      progressFolder: join(folder, "p"),
    },
    async () => ({ bodies: [], geoms: [], sites: [] }),
  );
});

const asked = async <T>(path: string, isOrder = false): Promise<T> => {
  const answer = await library.answer({ path, isOrder });
  return JSON.parse(Buffer.from(answer!.bytes).toString()) as T;
};
const listed = async () => {
  for (;;) {
    const { folders } = await asked<SessionList>("sessions");
    expect(folders).toHaveLength(1);
    if (folders[0]!.unread === 0 && folders[0]!.sessions.length > 0) return folders[0]!;
  }
};
const sessionNamed = async (name: string) =>
  (await listed()).sessions.find(({ file }) => file === name)!;
const windowOf = async (id: string, window: number): Promise<ServerFrame[]> => {
  const path = `sessions/${id}/window/${window}`;
  return readFrames(SERVER_FRAMES, (await library.answer({ path, isOrder: false }))!.bytes);
};
const decided = async (): Promise<EpisodeEntry> => (await sessionNamed("a.mcap")).episodes[0]!;

describe("the list of sessions", () => {
  it("tells of each its episodes, and of a file that is none why", async () => {
    const { sessions } = await listed();
    expect(sessions.map(({ file }) => file).toSorted()).toEqual(["a.mcap", "b.mcap", "live.mcap"]);
    expect(await sessionNamed("a.mcap")).toMatchObject({
      robot: "duo",
      isLive: false,
      durationMs: 11_980,
      episodes: [{ index: 0, task: "wave", outcome: "success", startMs: 2000, endMs: 10_000 }],
    });
    expect((await sessionNamed("b.mcap")).problem).toMatch(/not an MCAP file/);
    expect((await sessionNamed("live.mcap")).isLive).toBe(true);
  });
});

describe("a window of a recording", () => {
  it("holds the frames that a page saw live, each once, and states from its first moment on", async () => {
    const { id } = await sessionNamed("a.mcap");
    const about = await asked<RecordingAbout>(`sessions/${id}`);
    expect(about.hello).toMatchObject({ robot: "duo", policy: header.policy });
    const windows = [await windowOf(id, 0), await windowOf(id, 1), await windowOf(id, 2)];
    const tokens = windows.map((frames) =>
      frames.flatMap(({ name, values }) => (name === "tokens" ? values.ids[0]! : [])),
    );
    expect(tokens).toEqual([
      [0, 50, 100, 150, 200],
      [250, 300, 350, 400, 450],
      [500, 550],
    ]);
    const poses = windows[1]!.flatMap(({ name, values }) => (name === "pose" ? values : []));
    expect(poses[0]!.timeMs).toBeLessThan(5040);
    expect(poses.length).toBeGreaterThan(100);
    for (const { timeMs, appliedDeg } of poses) expect(appliedDeg[0]).toBeCloseTo(timeMs / 1000, 3);
  });

  it("leaves what was carried to the session, which tells it from the first move on", async () => {
    const { id } = await sessionNamed("a.mcap");
    const { moves } = await asked<RecordingAbout>(`sessions/${id}`);
    expect(moves).toEqual([
      ...header.script,
      { atMs: 1200, object: "cup", toM: [0.3, 0.2, 0.1], durationMs: 300 },
    ]);
    expect((await windowOf(id, 0)).filter(({ name }) => name === "moved")).toEqual([]);
  });

  it("shows things where they were, however the time at hand was reached", async () => {
    vi.stubGlobal("requestAnimationFrame", () => 0); // the page's own beat
    const { Playback } = await import("../../../src/dashboard/page/playback.ts");
    vi.stubGlobal("location", { href: "http://localhost/" });
    vi.stubGlobal("fetch", async (url: URL) => {
      const path = url.pathname.replace("/ask/", "");
      return new Response((await library.answer({ path, isOrder: false }))!.bytes);
    });
    const { id } = await sessionNamed("a.mcap");
    const about = await asked<RecordingAbout>(`sessions/${id}`);
    const played = new Playback({ id, about, startMs: 0, endMs: 11_980 });
    const cupAt = (timeMs: number): number | undefined => {
      played.seek(timeMs);
      played.tick(timeMs);
      const way = played.state.carried.get("cup");
      return way && Number(placeOf(way, timeMs)[0]!.toFixed(6));
    };
    const [script] = header.script;
    const places = [9000, 0, 1000, 1350, 9000].map(cupAt);
    expect(places).toEqual([0.3, undefined, script!.toM[0], 0.2, 0.3]);
    vi.unstubAllGlobals();
  });

  it("is empty behind the end of the session", async () => {
    expect(await windowOf((await sessionNamed("a.mcap")).id, 99)).toEqual([]);
  });
});

describe("an order", () => {
  it("puts an episode into the bin, takes it out, and takes steps back", async () => {
    const { id } = await sessionNamed("a.mcap");
    await asked(`sessions/${id}/0/delete`, true);
    expect((await decided()).isDeleted).toBe(true);
    expect((await listed()).lastStep).toEqual({ number: 1, does: "delete", episodes: 1 });
    await asked(`sessions/${id}/0/keep`, true);
    expect((await decided()).isDeleted).toBe(false);
    await asked("folders/0/undo/2", true);
    expect((await decided()).isDeleted).toBe(true);
    // Pressed twice, or in two tabs: what nobody has seen is not taken back.
    const again = await library.answer({ path: "folders/0/undo/2", isOrder: true });
    expect(again!.status).toBe(409);
    expect(Buffer.from(again!.bytes).toString()).toContain("decided meanwhile");
    expect((await decided()).isDeleted).toBe(true);
    await asked("folders/0/undo/1", true);
    expect((await decided()).isDeleted).toBe(false);
    expect((await listed()).lastStep).toBeUndefined();
    expect(await readdir(folder)).toContain("a.mcap");
  });

  it("has the episodes scored, those of the session at hand and of no session left out", async () => {
    await asked("folders/0/score", true);
    let entry = await listed();
    while (entry.scoring.state === "reading") entry = await listed();
    expect(entry.scoring).toEqual({ state: "done", episodes: 1 });
    const { score, gates } = await decided();
    expect(score).toBeGreaterThanOrEqual(0);
    expect(Array.isArray(gates)).toBe(true);
    expect((await sessionNamed("live.mcap")).episodes[0]!.score).toBeUndefined();
  });

  it("about an episode that there is not is refused in words", async () => {
    const { id } = await sessionNamed("a.mcap");
    const answer = await library.answer({ path: `sessions/${id}/7/delete`, isOrder: true });
    expect(answer!.status).toBe(409);
    expect(Buffer.from(answer!.bytes).toString()).toContain("a.mcap has no episode 7");
  });
});

describe("what was not listed", () => {
  it("has no answer, whatever path asks for it, and orders none as questions", async () => {
    const { id } = await sessionNamed("a.mcap");
    for (const path of [
      "",
      "secret.txt",
      "sessions/../secret.txt",
      `sessions/${id}/../../secret.txt`,
      "sessions/a.mcap",
      "sessions/AAAAAAAAAAAAAAAA",
      `sessions/${id}/window/-1`,
      `sessions/${id}/window/99999999999999999999`,
      `sessions/${id}/0/delete`,
      "folders/0/undo/1",
    ])
      expect(await library.answer({ path, isOrder: false })).toBeUndefined();
    for (const path of [
      "sessions",
      `sessions/${id}/0/empty`,
      "folders/0/empty",
      "folders/9/undo/1",
    ])
      expect(await library.answer({ path, isOrder: true })).toBeUndefined();
  });
});

describe("the progress of a training", () => {
  it("is told as far as its file goes, line by whole line", async () => {
    expect(await asked("progress")).toEqual({ runs: [] });
    await mkdir(join(folder, "p"));
    const begun = { type: "begun", kind: "training", name: "mine", about: "4 sessions", total: 10 };
    const look = { type: "look", step: 5, seconds: 2, loss: 3, heldOutLoss: 4, accuracy: 0.5 };
    const lines = `${JSON.stringify(begun)}\n${JSON.stringify(look)}\n{"type":"loo`;
    await writeFile(join(folder, "p", "a.jsonl"), lines);
    await writeFile(join(folder, "p", "b.jsonl"), "nonsense\n");
    const { runs } = await asked<ProgressList>("progress");
    expect(runs).toMatchObject([{ name: "mine", total: 10, looks: [{ step: 5, heldOutLoss: 4 }] }]);
    expect(runs[0]!.ended).toBeUndefined();
    expect(runs[0]!.silentS).toBeLessThan(60);
  });
});
