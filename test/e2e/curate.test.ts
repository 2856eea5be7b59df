// Deciding which demonstrations are learned from, as a user does it: files, a folder, exit codes.
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { efference, temporaryFolder } from "./efference.ts";

const folder = temporaryFolder();
const FILES = ["flinch-1.mcap", "flinch-2.mcap", "flinch-3.mcap"] as const;
const [FIRST, SECOND, THIRD] = FILES.map((name) => join("data", name));
/** What `train` takes to be asked what it reads, and no longer. */
const BARELY = "--width 32 --layers 1 --context 64 --rows 2 --steps 1".split(" ");

const ended = async (...args: string[]) => {
  const result = await efference(args, folder);
  expect(result.stderr).not.toMatch(/\n\s+at .*:\d+:\d+/);
  return result;
};
const curate = async (...args: string[]) => {
  const { code, stdout } = await ended("curate", ...args, "--json");
  expect(code).toBe(0);
  return JSON.parse(stdout);
};
const scored = async (): Promise<string[]> =>
  (await curate("score", "data")).episodes.map(({ session }: { session: string }) => session);

beforeAll(async () => {
  const flinches = ["demonstrate", "--task", "flinch", "--episodes", `${FILES.length}`];
  await ended(...flinches, "--out", "data");
}, 120_000); // some 12 s of a core of its own

describe("curating three demonstrations", { timeout: 120_000 }, () => {
  beforeEach(() => writeFileSync(join(folder, "data/curation.json"), '{"version":1,"steps":[]}'));

  it("scores each episode, best first, and says why", async () => {
    const report = join(folder, "scores.html");
    const { episodes } = await curate("score", "data", "--report", report);
    expect(episodes.map(({ session }: { session: string }) => session).sort()).toEqual([
      FIRST,
      SECOND,
      THIRD,
    ]);
    const scores = episodes.map(({ score }: { score: number }) => score);
    expect(scores).toEqual(scores.toSorted((a: number, b: number) => b - a));
    for (const one of episodes) {
      expect(one).toMatchObject({ episode: 0, task: "flinch", gates: [], outcome: "success" });
      expect(one.score).toBeGreaterThan(0);
      expect(one.score).toBeLessThanOrEqual(1);
      expect(one.reasons.join("; ")).toMatch(/success.*jerk \d+ deg\/s3.*path \d+ deg.*idle \d+ %/);
    }
    expect(statSync(report).size).toBeGreaterThan(1000);
  });

  it("a deleted session is neither scored nor trained on, until that is undone", async () => {
    const deleted = await curate("delete", FIRST!);
    expect(deleted.episodes).toEqual([{ session: FIRST, episode: 0, deleted: true, weight: 1 }]);
    expect(await scored()).not.toContain(FIRST);
    const train = ["train", "--sessions", "data", "--out", "mine", ...BARELY];
    const { code, stderr } = await ended(...train);
    expect(code).toBe(0);
    expect(stderr).not.toContain(FIRST);
    expect(stderr).toContain(SECOND);

    await curate("delete", SECOND!);
    const refused = await ended("train", "--sessions", "data", "--out", "none");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/found 1 sessions .* beside 2 episodes in the bin/);

    const twice = [await curate("undo", "data"), await curate("undo", "data")];
    expect(twice).toEqual(
      twice.map(() => ({ undone: [{ folder: "data", does: "delete", episodes: 1 }] })),
    );
    expect(await curate("undo", "data")).toMatchObject({ undone: [{ does: null, episodes: 0 }] });
  });

  it("keeps the best, weighs by score, and cuts off what is idle before the first motion", async () => {
    const { episodes: ranked } = await curate("score", "data");
    const namesOf = (episodes: { session: string; deleted: boolean }[]): string[] =>
      episodes.flatMap(({ session, deleted }) => (deleted ? [] : session));
    const { episodes: left } = await curate("keep", "data", "--best", "33");
    expect(namesOf(left)).toEqual([ranked[0].session]);
    const { episodes: all } = await curate("keep", "data");
    expect(namesOf(all)).toHaveLength(3);
    const { episodes: weighed } = await curate("keep", "data", "--weight", "score");
    const { episodes: cut } = await curate("trim", "data", "--margin", "100");
    for (const { session, score, active } of ranked) {
      const isIt = (one: { session: string }): boolean => one.session === session;
      expect(weighed.find(isIt).weight).toBeCloseTo(score, 3);
      expect(active.startNs).toBeGreaterThan(100e6);
      expect(cut.find(isIt).keptNs[0]).toBe(active.startNs - 100e6);
    }
  });

  it("says what is wrong with a name, with exit code 2, and decides nothing", async () => {
    const wrong = [
      [["delete", "data/flinch-9.mcap"], /flinch-9\.mcap: no such session or folder/],
      [["delete", `${FIRST}#7`], /flinch-1\.mcap#7: found the episodes 0 in it/],
      [["score", `${FIRST}#7`], /flinch-1\.mcap#7: found the episodes 0 in it/],
      [["empty", SECOND!], /works on all that was decided in one: efference curate empty data/],
      [["undo", SECOND!], /works on all that was decided in one: efference curate undo data/],
      [["score", "data", "--policy", "nobody"], /--policy nobody: no such policy/],
      [["keep", "data", "--best", "0"], /write a number of percent above 0/],
    ] as const;
    for (const [args, message] of wrong) {
      const { code, stderr } = await ended("curate", ...args);
      expect([args, code]).toEqual([args, 2]);
      expect(stderr).toMatch(message);
    }
    expect(await curate("undo", "data")).toMatchObject({ undone: [{ does: null }] });
  });

  it("empties the bin for good, and leaves what was kept", async () => {
    await curate("delete", SECOND!);
    const { emptied } = await curate("empty", "data");
    expect(emptied).toEqual([{ folder: "data", removed: ["flinch-2.mcap"], remaining: [] }]);
    expect(existsSync(join(folder, SECOND!))).toBe(false);
    expect(readdirSync(join(folder, "data")).filter((name) => name.endsWith(".mcap"))).toEqual([
      "flinch-1.mcap",
      "flinch-3.mcap",
    ]);
    expect(await curate("undo", "data")).toMatchObject({ undone: [{ does: null }] });
  });
});
