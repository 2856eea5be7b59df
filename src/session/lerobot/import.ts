// A LeRobotDataset v3.0 in as sessions, a file an episode, to be trained on, curated and played. In memory is the
// episode at hand; its pictures come one by one.
import { mkdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { RealClock } from "../../core/clock.ts";
import type { ImageSample } from "../../core/ports.ts";
import type { SessionRecord } from "../../core/records.ts";
import type { Robot } from "../../core/robot.ts";
import { buildVocabulary, vocabularyToJson } from "../../tokens/vocabulary.ts";
import { makeWhole } from "../draft.ts";
import { IMPORTED_BODY, type SessionHeader } from "../session-header.ts";
import { SteadyWriter } from "../steady-writer.ts";
import type { FoundEpisode } from "./check-tables.ts";
import { DataFiles } from "./data-files.ts";
import { readTables } from "./dataset-tables.ts";
import { DEPTH_LEVELS, depthOfLevel } from "./depth.ts";
import { TOKENS } from "./feature-names.ts";
import { Findings } from "./findings.ts";
import { EpisodeImporter, type ToldError } from "./imported-episode.ts";
import { type ImportedCamera, type ImportPlan, planImport } from "./import-plan.ts";
import { pathOf } from "./layout.ts";
import { wholeOf } from "./parquet-reader.ts";
import { VideoReader } from "./video-reader.ts";

export interface ImportOptions {
  readonly folder: string;
  readonly robot: Robot;
  /** The folder of sessions to be. */
  readonly out: string;
  /** Path of ffmpeg; without it the pictures are left out. */
  readonly ffmpeg?: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Imported {
  readonly out: string;
  readonly sessions: number;
  readonly frames: number;
  readonly fps: number;
  readonly tasks: number;
  /** Whether the data set's own tokens were taken, or the actions told anew. */
  readonly tokens: "as recorded" | "told anew";
  /** How far the tokens are from the actions; absent where they were taken as recorded. */
  readonly error?: ToldError;
  readonly unused: readonly string[];
  readonly missing: readonly string[];
  /** Frames whose action leaves a servo's range, by the servo. */
  readonly beyond: Readonly<Record<string, number>>;
  /** What of the layout's tables is broken. */
  readonly violations: number;
}

/** Throws a SessionError for a data set that can't be read, or whose joints are not the robot's. */
export const importLerobot = (options: ImportOptions): Promise<Imported> =>
  makeWhole(options.out, (draft) => importTo(draft, options));

const importTo = async (draft: string, options: ImportOptions): Promise<Imported> => {
  const { folder, robot, ffmpeg, onProgress = () => {} } = options;
  const findings = new Findings();
  const tables = await readTables(folder, findings);
  const { info, tasks, episodes } = tables;
  const vocabulary = buildVocabulary(robot);
  const hasOwnTokens =
    info.efference?.["vocabulary"] === vocabulary.hash &&
    Object.hasOwn(info.features, TOKENS.action);
  const withVideos = ffmpeg !== undefined && info.video_path !== null;
  const plan = planImport({ folder, info, robot, withVideos, withTokens: hasOwnTokens });
  const { fps } = info;
  const importer = new EpisodeImporter({ robot, vocabulary, plan, fps, hasOwnTokens });
  const name = basename(resolve(folder));
  const header: SessionHeader = {
    robotName: robot.name,
    robotFile: robot.source,
    sceneFile: robot.sceneSource,
    vocabularyJson: vocabularyToJson(vocabulary),
    policy: `lerobot:${name}`,
    seed: 0,
    pace: "fast",
    startedAtNs: new RealClock().startedAtNs,
    body: IMPORTED_BODY,
    script: [],
    servos: robot.servos.map((servo) => servo.name),
    versions: options.versions,
  };
  await mkdir(draft);
  await using files = new DataFiles(folder, tables, plan.columns);
  let frames = 0;
  for (const [done, episode] of episodes.entries()) {
    onProgress(done + 1, episodes.length);
    const what = `episode ${episode.index} of ${folder}`;
    const rows = await files.rows(episode, what);
    await using cameras = new Cameras(options, info.video_path ?? "", plan, fps, episode);
    const records = importer.records({
      what,
      task: episode.tasks?.join("; ") ?? tasks[wholeOf(rows[0]?.["task_index"]) ?? -1] ?? "",
      rows,
      pictures: (timeNs) => cameras.next(timeNs),
    });
    const file = `episode-${String(episode.index).padStart(6, "0")}.mcap`;
    const origin = `episode ${episode.index} of the LeRobot data set ${name}, ${fps} frames a second, imported`;
    await writeSession(join(draft, file), { ...header, origin }, records);
    frames += rows.length;
  }
  const { toldError } = importer;
  return {
    out: options.out,
    sessions: episodes.length,
    frames,
    fps,
    tasks: tasks.length,
    tokens: hasOwnTokens ? "as recorded" : "told anew",
    ...(toldError && { error: toldError }),
    unused: plan.unused,
    missing: plan.missing,
    beyond: Object.fromEntries(importer.beyond),
    violations: findings.result().length,
  };
};

const writeSession = async (
  path: string,
  header: SessionHeader,
  records: AsyncIterable<SessionRecord>,
): Promise<void> => {
  await using session = await SteadyWriter.open({ path, header });
  for await (const record of records) await session.write(record);
  await session.close();
};

/** The pictures of one episode, a frame of all cameras at a time. */
class Cameras implements AsyncDisposable {
  readonly #cameras: readonly {
    readonly camera: ImportedCamera;
    readonly colours: VideoReader;
    readonly depth: VideoReader | undefined;
  }[];

  constructor(
    { folder, ffmpeg = "ffmpeg" }: ImportOptions,
    template: string,
    { cameras }: ImportPlan,
    fps: number,
    { length: frames, videos }: FoundEpisode,
  ) {
    const open = (key: string, camera: ImportedCamera, kind: "colour" | "depth"): VideoReader => {
      const { width, height } = camera.sensor;
      const span = videos.get(key)!;
      const path = join(folder, pathOf(template, span, key));
      return new VideoReader({ ffmpeg, path, fromS: span.fromS, frames, fps, width, height, kind });
    };
    this.#cameras = cameras.map((camera) => ({
      camera,
      colours: open(camera.colours, camera, "colour"),
      depth: camera.depth && open(camera.depth.feature, camera, "depth"),
    }));
  }

  async next(timeNs: number): Promise<ImageSample[]> {
    const pictures: ImageSample[] = [];
    for (const { camera, colours, depth } of this.#cameras) {
      const { name: sensor, width, height, maxDepthM } = camera.sensor;
      const rgb = Uint8Array.from(await colours.next());
      const depthM = new Float32Array(width * height).fill(maxDepthM);
      const levels = await depth?.next();
      for (let at = 0; levels && at < depthM.length; at++) {
        const level = Math.min(levels.readUInt16LE(2 * at), DEPTH_LEVELS - 1);
        depthM[at] = depthOfLevel(level, camera.depth!.farthestM);
      }
      pictures.push({ kind: "image", sensor, timeNs, width, height, rgb, depthM });
    }
    return pictures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { colours, depth } of this.#cameras) {
      await colours[Symbol.asyncDispose]();
      await depth?.[Symbol.asyncDispose]();
    }
  }
}
