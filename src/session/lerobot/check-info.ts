// The rules of meta/info.json. What it says is what all other rules are measured by.
import type { Findings } from "./findings.ts";
import {
  CODEBASE_VERSION,
  type DatasetInfo,
  DEFAULT_FEATURES,
  type Feature,
  INFO_PATH,
} from "./layout.ts";

const NUMBERS = /^(u?int(8|16|32|64)|float(16|32|64)|bool)$/;
const isText = (value: unknown): value is string => typeof value === "string";
const isWhole = (value: unknown, least: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least;
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What can be relied on of info.json: undefined where it is no use. */
export const checkInfo = (json: unknown, findings: Findings): DatasetInfo | undefined => {
  const expect = (holds: boolean, problem: string): boolean =>
    findings.expect(holds, "info", INFO_PATH, problem);
  if (!isObject(json)) {
    expect(false, `found ${told(json)}, expected an object`);
    return undefined;
  }
  expect(
    json["codebase_version"] === CODEBASE_VERSION,
    `codebase_version is ${told(json["codebase_version"])}, expected "${CODEBASE_VERSION}"`,
  );
  const wholes = {
    fps: 1,
    total_episodes: 0,
    total_frames: 0,
    total_tasks: 0,
    chunks_size: 1,
    data_files_size_in_mb: 1,
    video_files_size_in_mb: 1,
  };
  const defaults: Record<string, number> = {
    chunks_size: 1000,
    data_files_size_in_mb: 100,
    video_files_size_in_mb: 200,
  };
  let usable = true;
  for (const [key, least] of Object.entries(wholes)) {
    const value = json[key] ?? defaults[key];
    usable =
      expect(
        isWhole(value, least),
        `${key} is ${told(value)}, expected a whole number of at least ${least}`,
      ) && usable;
  }
  const robot = json["robot_type"] ?? null;
  expect(robot === null || isText(robot), `robot_type is ${told(robot)}, expected a text or null`);
  const features = checkFeatures(json["features"], expect);
  if (features === undefined || !usable) return undefined;
  const splits = json["splits"];
  const all = `0:${String(json["total_episodes"])}`;
  expect(
    isObject(splits) &&
      Object.values(splits).every((split) => isText(split) && /^\d+:\d+$/.test(split)),
    `splits is ${told(splits)}, expected like {"train": "${all}"}`,
  );
  if (isObject(splits) && Object.keys(splits).join() === "train")
    expect(splits["train"] === all, `splits.train is ${told(splits["train"])}, expected "${all}"`);
  const hasVideos = Object.values(features).some(({ dtype }) => dtype === "video");
  const dataPath = json["data_path"];
  const videoPath = json["video_path"] ?? null;
  const isPath = (path: unknown, ...parts: string[]): path is string =>
    isText(path) && !path.includes("..") && parts.every((part) => path.includes(part));
  const places = ["{chunk_index:03d}", "{file_index:03d}"];
  const paths = [
    expect(
      isPath(dataPath, ...places),
      `data_path is ${told(dataPath)}, expected one with ${places.join(" and ")}`,
    ),
    expect(
      videoPath === null ? !hasVideos : isPath(videoPath, "{video_key}", ...places),
      `video_path is ${told(videoPath)}, expected ${hasVideos ? `one with {video_key}, ${places.join(" and ")}` : "null or a path"}`,
    ),
  ];
  if (paths.includes(false)) return undefined;
  return {
    ...defaults,
    ...json,
    video_path: videoPath,
    robot_type: robot,
    features,
  } as unknown as DatasetInfo;
};

const checkFeatures = (
  found: unknown,
  expect: (holds: boolean, problem: string) => boolean,
): Record<string, Feature> | undefined => {
  if (
    !expect(isObject(found), `features is ${told(found)}, expected an object`) ||
    !isObject(found)
  )
    return undefined;
  const good: Record<string, Feature> = {};
  for (const [name, feature] of Object.entries(found)) {
    const isPath = /[/\\]/.test(name) || name === "..";
    const complaint = isPath ? "has a name that is a path" : complaintOf(feature);
    if (expect(complaint === undefined, `the feature "${name}" ${complaint}`))
      good[name] = feature as Feature;
  }
  for (const [name, { dtype }] of Object.entries(DEFAULT_FEATURES)) {
    const own = good[name];
    expect(
      own !== undefined && own.dtype === dtype && own.shape.join() === "1",
      `the feature "${name}" is ${own ? `${own.dtype} of shape [${own.shape.join(", ")}]` : "missing"}, expected ${dtype} of shape [1]`,
    );
  }
  return good;
};

/** What is wrong with a feature, to go on "the feature x ...". */
const complaintOf = (feature: unknown): string | undefined => {
  if (!isObject(feature)) return `is ${told(feature)}, expected an object`;
  const { dtype, shape, names, info } = feature;
  if (
    !isText(dtype) ||
    !(NUMBERS.test(dtype) || ["string", "image", "video", "language"].includes(dtype))
  )
    return `has the dtype ${told(dtype)}, expected one of numpy's, or string, image or video`;
  if (
    !Array.isArray(shape) ||
    shape.length === 0 ||
    shape.length > 5 ||
    !shape.every((size) => isWhole(size, 1))
  )
    return `has the shape ${told(shape)}, expected one to five whole numbers`;
  if (info !== undefined && info !== null && !isObject(info))
    return `has the info ${told(info)}, expected an object`;
  const isPicture = dtype === "video" || dtype === "image";
  if (isPicture && (shape.length !== 3 || !Array.isArray(names) || names.length !== 3))
    return `is ${dtype} of shape ${told(shape)} with names ${told(names)}, expected three of each: height, width, channels`;
  if (Array.isArray(names) && !isPicture && shape.length === 1 && names.length !== shape[0])
    return `has ${names.length} names, expected ${String(shape[0])}`;
  return undefined;
};

export const told = (value: unknown): string => {
  const plain = (_: string, inner: unknown): unknown =>
    typeof inner === "bigint" ? Number(inner) : inner;
  const text = value === undefined ? "missing" : (JSON.stringify(value, plain) ?? "nothing");
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};
