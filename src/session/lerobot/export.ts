// Sessions out as a LeRobotDataset v3.0. Each session is read twice: once to know its episodes and what
// was recorded, once to put it on the grid of frames (session-frames.ts says by which rule).
import { SessionError } from "../../core/errors.ts";
import { parseRobot } from "../../core/robot-file.ts";
import { vocabularyFromJson, vocabularyMismatch } from "../../tokens/vocabulary.ts";
import { makeWhole } from "../draft.ts";
import { CameraTrack } from "./camera-track.ts";
import { DatasetWriter } from "./dataset-writer.ts";
import { EpisodeTable } from "./episode-table.ts";
import { columnsOf, pictureOf } from "./features.ts";
import { SessionFrames } from "./session-frames.ts";
import { survey, type Survey, type SurveyedEpisode } from "./survey.ts";

export interface ExportOptions {
  readonly sessions: readonly string[];
  /** The folder to be. */
  readonly out: string;
  readonly fps: number;
  /** Path of ffmpeg; without it there are no videos. */
  readonly ffmpeg?: string;
  readonly onProgress?: (done: number, total: number, session: string) => void;
  readonly dataFileBytes?: number;
  readonly videoFileBytes?: number;
}

export interface Exported {
  readonly out: string;
  readonly episodes: number;
  readonly frames: number;
  readonly tasks: number;
  /** Episodes that were to be done again, lie in the bin, or are shorter than a frame. */
  readonly leftOut: number;
  readonly features: readonly string[];
  readonly videos: readonly string[];
}

/** Throws a SessionError for sessions that do not go together, or that hold nothing to export. */
export const exportLerobot = (options: ExportOptions): Promise<Exported> =>
  makeWhole(options.out, (folder) => exportTo(folder, options));

const exportTo = async (folder: string, options: ExportOptions): Promise<Exported> => {
  const { sessions, fps, ffmpeg, onProgress = () => {} } = options;
  const surveys: Survey[] = [];
  for (const [index, path] of sessions.entries()) {
    onProgress(index, 2 * sessions.length, path);
    surveys.push(await survey(path, fps));
  }
  const { robot, vocabulary } = commonRobot(surveys);
  const columns = columnsOf(robot, surveys, ffmpeg !== undefined);
  const cameras = columns.videos.map(
    (column) =>
      new CameraTrack(column, {
        folder,
        ffmpeg: ffmpeg ?? "ffmpeg",
        fps,
        ...(options.videoFileBytes !== undefined && { largestBytes: options.videoFileBytes }),
      }),
  );
  await using dataset = await DatasetWriter.open({
    folder,
    fps,
    robotType: robot.name,
    features: Object.fromEntries(columns.data.map(({ name, feature }) => [name, feature])),
    videos: cameras,
    facts: { vocabulary: vocabulary.hash, resampling: RESAMPLING },
    ...(options.dataFileBytes !== undefined && { dataFileBytes: options.dataFileBytes }),
  });
  for (const [index, { reader, episodes }] of surveys.entries()) {
    onProgress(sessions.length + index, 2 * sessions.length, reader.path);
    let table: EpisodeTable | undefined;
    const frames = new SessionFrames(episodes, fps, async (frame, episode) => {
      if (frame.index === 0) {
        table = new EpisodeTable(columns.data);
        for (const camera of cameras) await camera.begin(episode.frames);
      }
      const isLast = frame.index === episode.frames - 1;
      table!.push(frame, { isLast, outcome: episode.outcome });
      for (const camera of cameras) await camera.push(pictureOf(frame, camera.column.sensor));
      if (isLast) await addEpisode(dataset, table!, reader.path, episode);
    });
    for await (const record of reader.records()) await frames.add(record);
    await frames.end();
  }
  await dataset.close();
  return {
    out: options.out,
    episodes: dataset.episodes,
    frames: dataset.frames,
    tasks: dataset.tasks,
    leftOut: surveys.reduce((sum, { leftOut }) => sum + leftOut, 0),
    features: columns.data.map(({ name }) => name),
    videos: columns.videos.map(({ name }) => name),
  };
};

/** Told in every data set. */
const RESAMPLING =
  "frame k is k/fps to (k+1)/fps after the episode's start; observations: last value at or before the frame's beginning, the first one where none came yet; action: the pose really applied by the frame's end; tokens: those within the frame; an episode ends where the robot was told to park, limp or stop";

const addEpisode = async (
  dataset: DatasetWriter,
  table: EpisodeTable,
  path: string,
  episode: SurveyedEpisode,
): Promise<void> => {
  const what = `episode ${episode.index} of ${path}`;
  await dataset.addEpisode(table.columns(what), table.length, episode.task, what);
};

const commonRobot = (surveys: readonly Survey[]) => {
  const [first, ...others] = surveys.map(({ reader }) => reader);
  if (first === undefined || surveys.every(({ episodes }) => episodes.length === 0))
    throw new SessionError(
      `found no episode to export in ${surveys.map(({ reader }) => reader.path).join(", ")}: each was to be done again, or is shorter than a frame`,
    );
  const { header } = first;
  const vocabulary = vocabularyFromJson(header.vocabularyJson);
  for (const { path, header: other } of others) {
    const mismatch = vocabularyMismatch(vocabulary, vocabularyFromJson(other.vocabularyJson));
    if (mismatch !== undefined || other.robotName !== header.robotName)
      throw new SessionError(
        `${path} was recorded with another robot than ${first.path}: ${mismatch ?? `${other.robotName}, expected ${header.robotName}`}; export each robot by itself`,
      );
  }
  const robot = parseRobot({
    text: header.robotFile,
    file: `${first.path}#robot.yaml`,
    sceneSource: header.sceneFile,
  });
  return { robot, vocabulary };
};
