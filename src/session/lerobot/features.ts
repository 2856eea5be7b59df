// What of sessions becomes which feature of a data set, and how it is read off a frame.
import type { ImageSample } from "../../core/ports.ts";
import type { RobotDescription } from "../../core/robot.ts";
import type { EpisodeOutcome } from "../../core/records.ts";
import {
  ACTION,
  cameraFeature,
  depthFeature,
  DONE,
  INTERVENTION,
  jointName,
  sensorFeature,
  STATE,
  SUCCESS,
  TOKENS,
  TRUNCATED,
} from "./feature-names.ts";
import type { Feature } from "./layout.ts";
import type { Frame } from "./session-frames.ts";
import type { Survey } from "./survey.ts";

/** A feature that stands in the parquet files, and how it is read off a frame; undefined is told later. */
export interface DataColumn {
  readonly name: string;
  readonly feature: Feature;
  read(frame: Frame, end: EpisodeEnd): ArrayLike<number> | string | undefined;
}

export interface EpisodeEnd {
  readonly isLast: boolean;
  readonly outcome: EpisodeOutcome | undefined;
}

/** A feature that is a video. */
export interface VideoColumn {
  readonly name: string;
  readonly sensor: string;
  readonly width: number;
  readonly height: number;
  /** Depths up to here, metres; undefined for colours. */
  readonly depthM: number | undefined;
}

export interface Columns {
  readonly data: readonly DataColumn[];
  readonly videos: readonly VideoColumn[];
}

/** The features of sessions of one robot that recorded all that the surveys say. */
export const columnsOf = (
  robot: RobotDescription,
  surveys: readonly Survey[],
  withVideos: boolean,
): Columns => {
  const joints = robot.servos.map(({ name }) => jointName(name));
  const isRecorded = (name: string): boolean => surveys.some(({ sensors }) => sensors.has(name));
  const anyEpisode = (has: (episode: Survey["episodes"][number]) => boolean): boolean =>
    surveys.some(({ episodes }) => episodes.some(has));
  const data: DataColumn[] = [];
  const videos: VideoColumn[] = [];
  for (const sensor of robot.sensors) {
    const { name, kind } = sensor;
    if (kind === "microphone" || !isRecorded(name)) continue;
    if (kind === "camera") {
      if (!withVideos) continue;
      const { width, height, maxDepthM } = sensor;
      videos.push({ name: cameraFeature(name), sensor: name, width, height, depthM: undefined });
      if (surveys.some(({ depths }) => depths.has(name)))
        videos.push({ name: depthFeature(name), sensor: name, width, height, depthM: maxDepthM });
    } else {
      const own = kind === "joints" ? STATE : sensorFeature(name);
      data.push(numbers(own, kind === "joints" ? joints : [name], (f) => valuesOf(f, name)));
    }
  }
  data.push(numbers(ACTION, joints, ({ appliedDeg }) => appliedDeg));
  for (const kind of ["action", "executed", "advice"] as const)
    if (kind !== "advice" || surveys.some(({ hasAdvice }) => hasAdvice))
      data.push({
        name: TOKENS[kind],
        feature: { dtype: "string", shape: [1], names: null },
        read: ({ tokens }) => tokens[kind].join(" "),
      });
  if (anyEpisode(({ outcome }) => outcome !== undefined)) {
    data.push(flag(DONE, (_, { isLast }) => isLast));
    data.push(flag(SUCCESS, (_, { isLast, outcome }) => isLast && outcome === "success"));
    if (anyEpisode(({ outcome }) => outcome === undefined))
      data.push(flag(TRUNCATED, (_, { isLast, outcome }) => isLast && outcome === undefined));
  }
  if (anyEpisode(({ takeovers }) => takeovers.length > 0))
    data.push(flag(INTERVENTION, ({ isTakenOver }) => isTakenOver));
  return { data, videos };
};

const numbers = (
  name: string,
  names: readonly string[],
  read: (frame: Frame) => ArrayLike<number> | undefined,
): DataColumn => ({ name, feature: { dtype: "float32", shape: [names.length], names }, read });

const flag = (name: string, read: (frame: Frame, end: EpisodeEnd) => boolean): DataColumn => ({
  name,
  feature: { dtype: "bool", shape: [1], names: null },
  read: (frame, end) => [Number(read(frame, end))],
});

const valuesOf = ({ sensed }: Frame, sensor: string): Float64Array | undefined => {
  const found = sensed.get(sensor);
  return found instanceof Float64Array ? found : undefined;
};

export const pictureOf = ({ sensed }: Frame, sensor: string): ImageSample | undefined => {
  const found = sensed.get(sensor);
  return found instanceof Float64Array ? undefined : found;
};
