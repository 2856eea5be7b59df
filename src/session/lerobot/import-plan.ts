// Which feature of a data set becomes which sense of a robot, by their names. What the robot has no place for,
// and what it misses, is told; joints that do not fit are an error, since nothing can be learned without.
import { SessionError } from "../../core/errors.ts";
import type { Camera, RobotDescription } from "../../core/robot.ts";
import { farthestOf } from "./depth.ts";
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
import { type DatasetInfo, DEFAULT_FEATURES, type Feature, isPicture, isVideo } from "./layout.ts";

/** A vector of a data set, and where in it each servo of the robot stands. */
export interface JointVector {
  readonly feature: string;
  /** [servos] */
  readonly order: readonly number[];
}

export interface ImportedCamera {
  readonly sensor: Camera;
  readonly colours: string;
  /** Absent where the data set has none: all is told as far away, as of a webcam. */
  readonly depth?: { readonly feature: string; readonly farthestM: number };
}

export interface ImportPlan {
  readonly action: JointVector;
  readonly state?: JointVector & { readonly sensor: string };
  readonly scalars: readonly { readonly feature: string; readonly sensor: string }[];
  readonly cameras: readonly ImportedCamera[];
  /** Columns of the parquet files that are read. */
  readonly columns: readonly string[];
  /** Features that the robot has no place for. */
  readonly unused: readonly string[];
  /** Senses of the robot that the data set lacks. */
  readonly missing: readonly string[];
}

export interface PlanOptions {
  /** Names the data set in errors. */
  readonly folder: string;
  readonly info: DatasetInfo;
  readonly robot: RobotDescription;
  readonly withVideos: boolean;
  /** Whether its tokens are the robot's own. */
  readonly withTokens: boolean;
}

/** @throws SessionError that names the joints found and expected */
export const planImport = (options: PlanOptions): ImportPlan => {
  const { info, robot, withVideos, withTokens } = options;
  const { features } = info;
  const has = (name: string): boolean => Object.hasOwn(features, name);
  const action = jointsOf(ACTION, options);
  let state: ImportPlan["state"];
  const scalars: { feature: string; sensor: string }[] = [];
  const cameras: ImportedCamera[] = [];
  const missing: string[] = [];
  for (const sensor of robot.sensors) {
    const { name, kind } = sensor;
    const scalar = sensorFeature(name);
    const colours = cameraFeature(name);
    const depth = depthFeature(name);
    const farthestM = farthestOf(features[depth]);
    if (kind === "joints" && has(STATE)) state = { ...jointsOf(STATE, options), sensor: name };
    else if (kind === "camera" && withVideos && has(colours) && isVideo(features[colours]!))
      cameras.push({
        sensor,
        colours,
        ...(farthestM !== undefined && { depth: { feature: depth, farthestM } }),
      });
    else if (kind !== "joints" && has(scalar) && isScalar(features[scalar]!))
      scalars.push({ feature: scalar, sensor: name });
    else missing.push(name);
  }
  const facts = [
    SUCCESS,
    DONE,
    TRUNCATED,
    INTERVENTION,
    ...(withTokens ? Object.values(TOKENS) : []),
  ];
  const columns = [ACTION, ...(state ? [STATE] : []), ...scalars.map(({ feature }) => feature)];
  const used = new Set([
    ...columns,
    ...facts,
    ...Object.values(TOKENS), // of another vocabulary: what was done says the same
    ...Object.keys(DEFAULT_FEATURES),
    ...cameras.flatMap(({ colours, depth }) => [colours, ...(depth ? [depth.feature] : [])]),
  ]);
  return {
    action,
    ...(state && { state }),
    scalars,
    cameras,
    columns: [...columns, ...facts.filter(has), "task_index"],
    unused: Object.keys(features).filter((name) => !used.has(name)),
    missing,
  };
};

const isScalar = (feature: Feature): boolean =>
  !isPicture(feature) && feature.dtype !== "string" && feature.shape.join() === "1";

const jointsOf = (feature: string, { folder, info, robot }: PlanOptions): JointVector => {
  const expected = robot.servos.map(({ name }) => jointName(name));
  const found = namesOf(info.features[feature]);
  if (found === undefined)
    throw new SessionError(
      `${folder} has no ${feature} with a name a joint; expected ${expected.join(", ")}, the servos of ${robot.name}`,
    );
  const order = expected.map((name) => found.indexOf(name));
  if (!order.includes(-1) && found.length === order.length) return { feature, order };
  throw new SessionError(
    `${folder}: the joints of ${feature} are not those of ${robot.name}: found ${found.join(", ")}, expected ${expected.join(", ")}. Write a robot.yaml whose servos have the data set's names, and import with --robot PATH`,
  );
};

/** The names of a vector's parts; some data sets have them under a word: {"motors": [...]}. */
const namesOf = (feature: Feature | undefined): readonly string[] | undefined => {
  const names: unknown = feature?.names;
  const list = Array.isArray(names) ? names : Object.values(names ?? {})[0];
  const isList = Array.isArray(list) && list.every((name) => typeof name === "string");
  return isList && list.length === feature?.shape[0] ? (list as string[]) : undefined;
};
