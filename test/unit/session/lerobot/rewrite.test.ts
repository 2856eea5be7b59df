// Data sets made of data sets keep the layout, by the checker that trusts nobody, and hold what they were made of.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkLerobot } from "../../../../src/session/lerobot/check.ts";
import { exportLerobot } from "../../../../src/session/lerobot/export.ts";
import { rewriteDatasets } from "../../../../src/session/lerobot/rewrite.ts";
import { dataOf, folder, makeSession, type MadeEpisode } from "./lerobot-fixture.ts";

const datasetOf = async (
  place: string,
  name: string,
  episodes: readonly MadeEpisode[],
  fps = 20,
): Promise<string> => {
  const [session, out] = [join(place, `${name}.mcap`), join(place, name)];
  await makeSession(session, episodes);
  await exportLerobot({ sessions: [session], out, fps });
  return out;
};

const EPISODES: readonly MadeEpisode[] = [
  { task: "nod", durationMs: 500 },
  { task: "wave", durationMs: 300 },
  { task: "nod", durationMs: 400 },
];
/** What of a row does not say where it stands. */
const told = (rows: readonly Readonly<Record<string, unknown>>[]): unknown[] =>
  rows.map((row) => ({ ...row, index: 0, episode_index: 0, task_index: 0 }));

describe("a data set made of others", () => {
  test("is the one that their sessions would have made, statistics included", async () => {
    const place = await folder();
    const [a, b] = [
      await datasetOf(place, "a", EPISODES.slice(0, 1)),
      await datasetOf(place, "b", [{ task: "wave", durationMs: 300 }]),
    ];
    const out = join(place, "both");
    expect(await rewriteDatasets({ folders: [a, b], out })).toMatchObject({
      episodes: 2,
      frames: 16,
      tasks: 2,
    });
    expect(await checkLerobot(out)).toMatchObject({ valid: true, violations: [] });
    const direct = join(place, "direct");
    const sessions = ["a", "b"].map((name) => join(place, `${name}.mcap`));
    await exportLerobot({ sessions, out: direct, fps: 20 });
    expect(await dataOf(out)).toEqual(await dataOf(direct));
    for (const file of ["meta/info.json", "meta/stats.json"])
      expect(await readFile(join(out, file), "utf8")).toBe(
        await readFile(join(direct, file), "utf8"),
      );
  });

  test("has none of the episodes that are left out, and all others, numbered anew", async () => {
    const place = await folder();
    const source = await datasetOf(place, "a", EPISODES);
    const out = join(place, "less");
    await rewriteDatasets({ folders: [source], out, without: [0] });
    expect(await checkLerobot(out)).toMatchObject({ valid: true, violations: [], episodes: 2 });
    expect(told(await dataOf(out))).toEqual(told((await dataOf(source)).slice(10)));
    await expect(
      rewriteDatasets({ folders: [source], out: `${out}-2`, without: [0, 1, 2] }),
    ).rejects.toThrow("no episode would be left");
    await expect(
      rewriteDatasets({ folders: [source], out: `${out}-2`, without: [99] }),
    ).rejects.toThrow(/has no episode 99; it has 0, 1, 2/);
    expect(existsSync(`${out}-2`)).toBe(false);
  });

  test("has its tasks by their new names, and two that became one are one", async () => {
    const place = await folder();
    const source = await datasetOf(place, "a", EPISODES);
    const out = join(place, "renamed");
    const renaming = { from: "wave", to: "nod" };
    expect(await rewriteDatasets({ folders: [source], out, renaming })).toMatchObject({ tasks: 1 });
    expect(await checkLerobot(out)).toMatchObject({ valid: true, violations: [] });
    const unknown = { folders: [source], out: `${out}-2`, renaming: { from: "jump", to: "nod" } };
    await expect(rewriteDatasets(unknown)).rejects.toThrow(
      'no episode has the task "jump"; there are ["nod","wave"]',
    );
  });

  test("is refused of what does not go together, or can't be written again", async () => {
    const place = await folder();
    const a = await datasetOf(place, "a", EPISODES);
    const b = await datasetOf(place, "b", EPISODES, 10);
    const out = join(place, "out");
    await expect(rewriteDatasets({ folders: [a, b], out })).rejects.toThrow(
      /b and .*a can't be one data set: fps differs, found 10, expected 20/,
    );
    const path = join(a, "meta/info.json");
    await writeFile(path, (await readFile(path, "utf8")).replace('"float32"', '"float64"'));
    await expect(rewriteDatasets({ folders: [a], out })).rejects.toThrow(
      /is float64 of shape \[1\]; only vectors of float32/,
    );
  });
});
