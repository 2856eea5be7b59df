// A demonstration goes out as a data set, and readers that know nothing of us find in it what is said:
// DuckDB the rows, ffprobe the times of the frames.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { beforeAll, describe, expect, test } from "vitest";
import type { ImageSample } from "../../src/core/ports.ts";
import { findProgram } from "../../src/sensors/available-programs.ts";
import { SessionReader } from "../../src/session/session-reader.ts";
import { efference, temporaryFolder } from "./efference.ts";

/** In CI nothing is skipped: what is missing there fails. */
const ffprobe = findProgram("ffprobe");
const lacksVideos =
  process.env["CI"] !== "true" && (ffprobe === undefined || findProgram("ffmpeg") === undefined);
if (lacksVideos) process.stderr.write("skipped: the videos of data sets need ffmpeg\n");

const FPS = 20;
const folder = temporaryFolder();
const sessions = ["flinch-1.mcap", "flinch-2.mcap"].map((name) => join("demos", name));

const query = async (sql: string): Promise<Record<string, unknown>[]> => {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const result = await connection.runAndReadAll(sql);
  const rows = result.getRowObjectsJson();
  connection.closeSync();
  return rows;
};

const pictures = async (file: string): Promise<ImageSample[]> => {
  const found: ImageSample[] = [];
  for await (const record of (await SessionReader.open(file)).records())
    if (record.type === "sample" && record.sample.kind === "image") found.push(record.sample);
  return found;
};

const meanDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a, (value, i) => Math.abs(value - b[i]!)).reduce((sum, d) => sum + d, 0) / a.length;

beforeAll(async () => {
  await efference(
    [
      "demonstrate",
      "--task",
      "flinch",
      "--episodes",
      "2",
      "--jobs",
      "1",
      "--keep-failures",
      "--out",
      "demos",
    ],
    folder,
  );
}, 240_000);

describe("a data set of two demonstrations", () => {
  test("keeps the layout, and DuckDB reads its rows and tables", async () => {
    const args = ["--out", "rows", "--fps", String(FPS), "--no-video", "--json"];
    const exported = await efference(["export", "lerobot", ...sessions, ...args], folder);
    expect(exported.stderr).not.toContain("error");
    const { frames, episodes } = JSON.parse(exported.stdout) as {
      frames: number;
      episodes: number;
    };
    expect(episodes).toBe(2);
    const checked = await efference(["check", "lerobot", "rows", "--json"], folder);
    expect(JSON.parse(checked.stdout)).toMatchObject({ valid: true, violations: [], frames });
    const data = `'${join(folder, "rows/data/*/*.parquet")}'`;
    const [count] = await query(
      `select count(*)::int as n, max(index)::int as last, max(len(action))::int as servos,
         max(abs(timestamp - frame_index / ${FPS}))::double as late from ${data}`,
    );
    expect(count).toMatchObject({ n: frames, last: frames - 1, servos: 8 });
    expect(count!["late"]).toBeLessThan(1e-4);
    const groups = await query(
      `select distinct row_group_id::int as g, row_group_num_rows::int as n from parquet_metadata(${data}) order by g`,
    );
    const rows = await query(
      `select length::int as n, tasks from '${join(folder, "rows/meta/episodes/*/*.parquet")}' order by episode_index`,
    );
    expect(groups.map(({ n }) => n)).toEqual(rows.map(({ n }) => n));
    expect(await query(`from '${join(folder, "rows/meta/tasks.parquet")}'`)).toEqual([
      { task_index: "0", task: "flinch" },
    ]);
    const stats = JSON.parse(readFileSync(join(folder, "rows/meta/stats.json"), "utf8")) as Record<
      string,
      Record<"min" | "max" | "mean" | "std", number[]>
    >;
    const [heat] = await query(
      `select min(h) as min, max(h) as max, avg(h) as mean, stddev_pop(h) as std
         from (select "observation.heat_left"::double as h from ${data})`,
    );
    for (const name of ["min", "max", "mean", "std"] as const)
      expect(stats["observation.heat_left"]![name][0]).toBeCloseTo(Number(heat![name]), 6);
  }, 240_000);

  test.skipIf(lacksVideos)(
    "has each picture at its time, by ffprobe",
    async () => {
      const args = ["--out", "whole", "--fps", String(FPS), "--json"];
      const exported = await efference(["export", "lerobot", ...sessions, ...args], folder);
      const { frames, videos } = JSON.parse(exported.stdout) as {
        frames: number;
        videos: string[];
      };
      expect(videos).toEqual(["observation.images.eye", "observation.images.eye_depth"]);
      for (const [video, codec] of [
        [videos[0], "h264"],
        [videos[1], "hevc"],
      ] as const) {
        const path = join(folder, `whole/videos/${video}/chunk-000/file-000.mp4`);
        const show = "stream=codec_name,width,height:packet=pts_time";
        const told = JSON.parse(
          execFileSync(ffprobe!, ["-v", "error", "-show_entries", show, "-of", "json", path], {
            encoding: "utf8",
          }),
        ) as { streams: unknown[]; packets: { pts_time: string }[] };
        expect(told.streams).toMatchObject([{ codec_name: codec, width: 64, height: 64 }]);
        const times = told.packets.map(({ pts_time: time }) => Number(time)).sort((a, b) => a - b);
        expect(times).toHaveLength(frames);
        for (const [k, time] of times.entries())
          expect(Math.abs(time - k / FPS)).toBeLessThan(1e-4);
      }
      const checked = await efference(["check", "lerobot", "whole", "--json"], folder);
      expect(JSON.parse(checked.stdout)).toMatchObject({
        valid: true,
        violations: [],
        videosProbed: true,
      });
      const back = ["import", "lerobot", "whole", "--robot", "duo", "--out", "back", "--json"];
      expect(JSON.parse((await efference(back, folder)).stdout)).toMatchObject({ frames });
      const [was, is] = [sessions[0]!, "back/episode-000000.mcap"].map((name) =>
        join(folder, name),
      );
      const [seen, again] = [await pictures(was!), await pictures(is!)];
      for (const picture of again) {
        const old = seen.findLast(({ timeNs }) => timeNs <= picture.timeNs) ?? seen[0]!;
        expect(meanDifference(old.rgb, picture.rgb)).toBeLessThan(4); // of 255: h264 loses some
        expect(meanDifference(old.depthM, picture.depthM)).toBeLessThan(0.0003);
      }
    },
    240_000,
  );

  test("comes in again as sessions to train on and to count, that no replay pretends to compute", async () => {
    const made = ["export", "lerobot", ...sessions, "--out", "again", "--fps", "20", "--no-video"];
    expect(await efference(made, folder)).toMatchObject({ code: 0 });
    const args = ["import", "lerobot", "again", "--robot", "duo", "--out", "in", "--json"];
    const told = JSON.parse((await efference(args, folder)).stdout);
    expect(told).toMatchObject({
      sessions: 2,
      tokens: "as recorded",
      missing: ["microphone", "eye"],
    });
    const first = "in/episode-000000.mcap";
    const replayed = await efference(["replay", first], folder);
    expect(replayed).toMatchObject({ code: 1 });
    expect(replayed.stderr).toMatch(
      /no recording as it was made, but episode 0 of the LeRobot data set/,
    );
    const small = "--steps 20 --width 32 --layers 1 --context 64 --rows 2 --hearings 0".split(" ");
    const trained = await efference(
      ["train", "--sessions", "in", "--out", "p", ...small, "--json"],
      folder,
    );
    expect(JSON.parse(trained.stdout)).toMatchObject({ steps: 20 });
    const { stdout } = await efference(["stats", first, "--json"], folder);
    expect(JSON.parse(stdout).perSuccess).toMatchObject({ tokens: expect.any(Number) });
    const { stdout: info } = await efference(["info", "session", first], folder);
    expect(info).toContain("made of   episode 0 of the LeRobot data set again");
    const arm = ["import", "lerobot", "again", "--robot", "arm", "--out", "arm"];
    const refused = await efference(arm, folder);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toMatch(/not those of arm: found pan\.pos,.* expected base\.pos/);
  }, 240_000);

  test("is refused for another format, and for a folder that is not there", async () => {
    const other = await efference(
      ["export", "rlds", "a.mcap", "--out", "x", "--fps", "10"],
      folder,
    );
    expect(other).toMatchObject({ code: 2 });
    expect(other.stderr).toContain('found "rlds", expected lerobot');
    expect(await efference(["check", "lerobot", "nowhere"], folder)).toMatchObject({ code: 2 });
  });
});
