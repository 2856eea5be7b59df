// A data set comes in as sessions that say the same as those it was made of, but for what the grid took away.
import { cp, readFile, writeFile } from "node:fs/promises";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SessionRecord } from "../../../../src/core/records.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import { episodesOf } from "../../../../src/session/episodes.ts";
import { exportLerobot } from "../../../../src/session/lerobot/export.ts";
import { importLerobot } from "../../../../src/session/lerobot/import.ts";
import { SessionReader } from "../../../../src/session/session-reader.ts";
import { rangeNamed, vocabularyFromJson } from "../../../../src/tokens/vocabulary.ts";
import { readRecords } from "../session-fixture.ts";
import { dataOf, folder, makeSession, type MadeEpisode, panDeg } from "./lerobot-fixture.ts";

const FPS = 20;
const robot = loadRobot("duo");
const versions = { efference: "0" };

/** A data set of a session with these episodes. */
const datasetOf = async (episodes: readonly MadeEpisode[]): Promise<string> => {
  const place = await folder();
  await makeSession(join(place, "a.mcap"), episodes);
  await exportLerobot({ sessions: [join(place, "a.mcap")], out: join(place, "dataset"), fps: FPS });
  return join(place, "dataset");
};

/** The same, changed in its info.json. */
const changed = async (
  dataset: string,
  change: (info: { efference: object; features: Record<string, { names: string[] }> }) => void,
): Promise<string> => {
  await cp(dataset, `${dataset}-changed`, { recursive: true });
  const path = join(`${dataset}-changed`, "meta/info.json");
  const info = JSON.parse(await readFile(path, "utf8"));
  change(info);
  await writeFile(path, JSON.stringify(info));
  return `${dataset}-changed`;
};

const imported = async (dataset: string) => {
  const out = `${dataset}-sessions`;
  const told = await importLerobot({ folder: dataset, robot, out, versions });
  return { told, files: readdirSync(out).map((name) => join(out, name)) };
};

const ofType = <T extends SessionRecord["type"]>(records: readonly SessionRecord[], type: T) =>
  records.filter((record): record is SessionRecord & { type: T } => record.type === type);

describe("an import of what was exported", () => {
  test("goes out again row by row as it came in, tokens and outcomes included", async () => {
    const dataset = await datasetOf([
      { task: "nod", durationMs: 600, outcome: "success" },
      { task: "wave", durationMs: 1000, outcome: "failure", takenMs: [200, 450] },
      { task: "nod", durationMs: 400 },
    ]);
    const { told, files } = await imported(dataset);
    expect(told).toMatchObject({ sessions: 3, frames: 40, tasks: 2, tokens: "as recorded" });
    expect(told).toMatchObject({ unused: [], missing: ["microphone", "eye"], violations: 0 });
    const again = `${dataset}-again`;
    await exportLerobot({ sessions: files, out: again, fps: FPS });
    expect(await dataOf(again)).toEqual(await dataOf(dataset));
  });

  test("of fewer frames than answers has its records in the order of their stamps, and its servos where they were", async () => {
    const place = await folder();
    await makeSession(join(place, "a.mcap"), [{ task: "nod", durationMs: 2000 }]);
    const dataset = join(place, "dataset");
    await exportLerobot({ sessions: [join(place, "a.mcap")], out: dataset, fps: 5 });
    const { files } = await imported(dataset);
    const records = await readRecords(files[0]!);
    const stamps = records.map(({ timeNs }) => timeNs);
    expect(stamps).toEqual(stamps.toSorted((a, b) => a - b));
    const again = join(place, "again");
    await exportLerobot({ sessions: files, out: again, fps: FPS });
    const rows = await dataOf(again);
    for (const [k, row] of rows.entries()) {
      if (k < 4) continue; // of the first frame it is known only where it ends
      const lateDeg = panDeg(((k + 1) * 1e9) / FPS) - (row["action"] as number[])[0]!;
      expect(lateDeg).toBeGreaterThanOrEqual(0);
      expect(lateDeg).toBeLessThan(1.5); // a servo frame turns it by 1 degree, and the last comes 20 ms before the end
    }
  });

  test("has an episode a session, with its task, its outcome and who drove", async () => {
    const dataset = await datasetOf([
      { task: "nod", durationMs: 600, outcome: "success" },
      { task: "wave", durationMs: 1000, outcome: "failure", takenMs: [200, 450] },
      { task: "nod", durationMs: 400 },
    ]);
    const { files } = await imported(dataset);
    const readers = await Promise.all(files.map((file) => SessionReader.open(file)));
    const found = await Promise.all(readers.map(episodesOf));
    expect(found.flat()).toEqual([
      { index: 0, task: "nod", startNs: 0, endNs: 600e6, outcome: "success", takeovers: [] },
      {
        index: 0,
        task: "wave",
        startNs: 0,
        endNs: 1000e6,
        outcome: "failure",
        takeovers: [{ startNs: 200e6, endNs: 450e6 }],
      },
      { index: 0, task: "nod", startNs: 0, endNs: 400e6, takeovers: [] },
    ]);
    for (const [index, { header }] of readers.entries())
      expect(header.origin).toContain(`episode ${index} of the LeRobot data set dataset`);
  });

  test("has a sample of each sense at k/fps, told by the robot's own tokenizer", async () => {
    const { files } = await imported(await datasetOf([{ task: "nod", durationMs: 1000 }]));
    const records = await readRecords(files[0]!);
    const heat = ofType(records, "sample").filter(({ sample }) => sample.sensor === "heat_left");
    expect(heat.map(({ timeNs }) => timeNs)).toEqual(
      Array.from({ length: 20 }, (_, k) => k * 50e6),
    );
    const vocabulary = vocabularyFromJson(
      (await SessionReader.open(files[0]!)).header.vocabularyJson,
    );
    const bins = rangeNamed(vocabulary, "heat");
    const told = ofType(records, "tokens_in").filter(({ sensor }) => sensor === "heat_left");
    expect(told.length).toBeGreaterThan(0);
    for (const { ids } of told) expect(ids[1]! - bins.start).toBeLessThan(bins.size);
  });
});

describe("an import of another robot's words", () => {
  test("says the actions anew in motion tokens, and how far those are from them", async () => {
    const dataset = await datasetOf([{ task: "nod", durationMs: 2000 }]);
    const foreign = await changed(dataset, (info) => (info.efference = { vocabulary: "other" }));
    const { told, files } = await imported(foreign);
    expect(told.tokens).toBe("told anew");
    // panDeg turns evenly, 50 degrees a second: a ramp is not in the span of the codec's curves.
    expect(told.error!.rmseDeg).toBeLessThan(1);
    expect(told.error!.worstDeg).toBeLessThan(2);
    const records = await readRecords(files[0]!);
    const said = ofType(records, "tokens_out");
    expect(said.map(({ timeNs }) => timeNs)).toEqual(
      Array.from({ length: 40 }, (_, k) => k * 50e6),
    );
    expect(said.flatMap(({ ids }, k) => (ids.length > 1 ? [k] : []))).toEqual([0, 10, 20, 30]);
    const copies = ofType(records, "tokens_in").filter(({ sensor }) => sensor === "self");
    expect(copies.map(({ ids }) => [...ids.subarray(1)])).toEqual(
      said.filter(({ ids }) => ids.length > 1).map(({ ids }) => [...ids]),
    );
    const done = ofType(records, "action").find(({ timeNs }) => timeNs === 1000e6)!;
    expect(done.appliedDeg[0]).toBeCloseTo(panDeg(1000e6), 4);
  });

  test("finds the joints by their names, in whatever order they stand", async () => {
    const dataset = await datasetOf([{ task: "nod", durationMs: 500 }]);
    const turned = await changed(dataset, ({ features }) => {
      for (const name of ["action", "observation.state"]) features[name]!.names.reverse();
    });
    const { files } = await imported(turned);
    const last = ofType(await readRecords(files[0]!), "action").at(-1)!;
    expect(last.appliedDeg.at(-1)).toBeCloseTo(panDeg(480e6), 4); // what was the first joint is the last
  });

  test("refuses joints that the robot has not, by their names, and leaves nothing behind", async () => {
    const dataset = await datasetOf([{ task: "nod", durationMs: 500 }]);
    const foreign = await changed(dataset, ({ features }) => {
      features["action"]!.names[0] = "gripper.pos";
    });
    await expect(imported(foreign)).rejects.toThrow(
      /joints of action are not those of duo: found gripper\.pos, tilt\.pos,.* expected pan\.pos, tilt\.pos/,
    );
    expect(existsSync(`${foreign}-sessions`)).toBe(false);
  });

  test("refuses what is no data set, and a folder that is there already", async () => {
    const place = await folder();
    await expect(imported(place)).rejects.toThrow(/holds no LeRobotDataset v3\.0 that can be read/);
    const dataset = await datasetOf([{ task: "nod", durationMs: 500 }]);
    await imported(dataset);
    await expect(imported(dataset)).rejects.toThrow("already exists");
  });

  test("tells which servos are asked to leave their range", async () => {
    const { told } = await imported(await datasetOf([{ task: "nod", durationMs: 2500 }]));
    expect(told.beyond).toEqual({ pan: 14 }); // 90 degrees are reached after 1.8 s
  });
});
