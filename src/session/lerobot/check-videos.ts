// The rules of videos/: each file is there and of constant rate, and frame k of an episode stands at
// from_timestamp + k / fps. ffprobe looks into them; without it only their beginnings are looked at.
import { execFile } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { FoundEpisode } from "./check-tables.ts";
import type { Findings } from "./findings.ts";
import { type DatasetInfo, isVideo, pathOf, TOLERANCE_S } from "./layout.ts";

export interface VideoCheck {
  readonly folder: string;
  readonly info: DatasetInfo;
  readonly episodes: readonly FoundEpisode[];
  readonly findings: Findings;
  /** Path of the program. */
  readonly ffprobe?: string;
}

/** Resolves to the paths of the videos that the episodes need. */
export const checkVideos = async (check: VideoCheck): Promise<Set<string>> => {
  const { info, episodes } = check;
  const spans = new Map<
    string,
    { key: string; parts: { index: number; fromS: number; length: number }[] }
  >();
  for (const key of Object.keys(info.features).filter((name) => isVideo(info.features[name]!)))
    for (const { index, length, videos } of episodes) {
      const span = videos.get(key)!;
      const path = pathOf(info.video_path!, span, key);
      const known = spans.get(path) ?? { key, parts: [] };
      known.parts.push({ index, fromS: span.fromS, length });
      spans.set(path, known);
    }
  for (const [path, { key, parts }] of spans) await checkVideo(check, path, key, parts);
  return new Set(spans.keys());
};

const checkVideo = async (
  { folder, info, findings, ffprobe }: VideoCheck,
  path: string,
  key: string,
  parts: readonly { index: number; fromS: number; length: number }[],
): Promise<void> => {
  const expect = (holds: boolean, problem: string): boolean =>
    findings.expect(holds, "videos", path, problem);
  if (!expect(await isMp4(join(folder, path)), "is missing, or no MP4 file")) return;
  if (ffprobe === undefined) return;
  const video = await probe(ffprobe, join(folder, path));
  if (typeof video === "string") {
    expect(false, `can't be decoded: ${video}`);
    return;
  }
  const [height, width] = info.features[key]!.shape;
  expect(
    video.width === width && video.height === height,
    `is ${video.width} x ${video.height}, expected ${width} x ${height}`,
  );
  expect(video.rate === `${info.fps}/1`, `has the rate ${video.rate}, expected ${info.fps}/1`);
  for (const { index, fromS, length } of parts) {
    const first = Math.round(fromS * info.fps);
    if (
      !expect(
        first + length <= video.timesS.length,
        `has ${video.timesS.length} frames, but episode ${index} needs ${first + length}`,
      )
    )
      continue;
    let worst = 0;
    for (let k = 0; k < length; k++)
      worst = Math.max(worst, Math.abs(video.timesS[first + k]! - (fromS + k / info.fps)));
    expect(worst <= TOLERANCE_S, `has a frame of episode ${index} ${worst} s away from its time`);
  }
};

const MP4_MARK_AT = 4;

const isMp4 = async (path: string): Promise<boolean> => {
  try {
    await using file = await open(path, "r");
    const start = Buffer.alloc(MP4_MARK_AT + 4);
    await file.read(start, 0, start.byteLength, 0);
    return start.toString("latin1", MP4_MARK_AT) === "ftyp";
  } catch {
    return false;
  }
};

interface Probed {
  readonly width: number;
  readonly height: number;
  readonly rate: string;
  /** Of each frame, in the order in which they are shown. */
  readonly timesS: readonly number[];
}

const MOST_BYTES = 2 ** 28;

/** What ffprobe says of a video, or its complaint. */
const probe = async (ffprobe: string, path: string): Promise<Probed | string> => {
  const entries = "stream=width,height,r_frame_rate:packet=pts_time";
  const args = [
    "-v",
    "error",
    "-select_streams",
    "v:0",
    "-show_entries",
    entries,
    "-of",
    "json",
    path,
  ];
  try {
    const { stdout } = await promisify(execFile)(ffprobe, args, { maxBuffer: MOST_BYTES });
    const { streams = [], packets = [] } = JSON.parse(stdout) as {
      streams?: { width: number; height: number; r_frame_rate: string }[];
      packets?: { pts_time: string }[];
    };
    const [stream] = streams;
    if (!stream) return "it holds no video";
    const timesS = packets.map(({ pts_time: time }) => Number(time)).sort((a, b) => a - b);
    return { width: stream.width, height: stream.height, rate: stream.r_frame_rate, timesS };
  } catch (error) {
    return (error as Error).message.trim().split("\n").at(-1) ?? "ffprobe failed";
  }
};
