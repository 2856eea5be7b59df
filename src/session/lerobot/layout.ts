// The layout of a LeRobotDataset v3.0 (LeRobot 0.6): names of its files, what its info.json says, and
// how episodes and statistics are named. What is written and what is checked follow this one file.

export const CODEBASE_VERSION = "v3.0";
export const INFO_PATH = "meta/info.json";
export const STATS_PATH = "meta/stats.json";
export const TASKS_PATH = "meta/tasks.parquet";
export const EPISODES_PATH = "meta/episodes/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet";
export const DATA_PATH = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet";
export const VIDEO_PATH = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4";
export const CHUNKS_SIZE = 1000;
export const DATA_FILES_MB = 100;
export const VIDEO_FILES_MB = 200;
/** How far a frame of a video may be from its time, seconds. */
export const TOLERANCE_S = 1e-4;

export interface Feature {
  /** A type of numpy, or string, image or video. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Of the parts of a vector, or of the axes of a picture. */
  readonly names: readonly string[] | null;
  readonly info?: Readonly<Record<string, unknown>>;
}

/** Every data set has these, and LeRobot fills them itself. */
export const DEFAULT_FEATURES: Readonly<Record<string, Feature>> = {
  timestamp: { dtype: "float32", shape: [1], names: null },
  frame_index: { dtype: "int64", shape: [1], names: null },
  episode_index: { dtype: "int64", shape: [1], names: null },
  index: { dtype: "int64", shape: [1], names: null },
  task_index: { dtype: "int64", shape: [1], names: null },
};

export interface DatasetInfo {
  readonly codebase_version: string;
  readonly fps: number;
  readonly features: Readonly<Record<string, Feature>>;
  readonly total_episodes: number;
  readonly total_frames: number;
  readonly total_tasks: number;
  readonly chunks_size: number;
  readonly data_files_size_in_mb: number;
  readonly video_files_size_in_mb: number;
  readonly data_path: string;
  readonly video_path: string | null;
  readonly robot_type: string | null;
  readonly splits: Readonly<Record<string, string>>;
  /** Ours: LeRobot passes over it with a warning. */
  readonly efference?: Readonly<Record<string, unknown>>;
}

/** Where a file of a numbered series stands. */
export interface Place {
  readonly chunk: number;
  readonly file: number;
}

/** Where the pictures of an episode stand: in which file, and from when to when in it. */
export interface VideoSpan extends Place {
  readonly fromS: number;
  readonly toS: number;
}

export const FIRST_PLACE: Place = { chunk: 0, file: 0 };

export const placeAfter = ({ chunk, file }: Place, chunksSize = CHUNKS_SIZE): Place =>
  file >= chunksSize - 1 ? { chunk: chunk + 1, file: 0 } : { chunk, file: file + 1 };

/** Fills a path like those above; LeRobot's are Python's format strings. */
export const pathOf = (template: string, { chunk, file }: Place, videoKey = ""): string => {
  const digits = (value: number): string => String(value).padStart(3, "0");
  return template
    .replaceAll("{chunk_index:03d}", digits(chunk))
    .replaceAll("{file_index:03d}", digits(file))
    .replaceAll("{video_key}", videoKey);
};

/** Where a file of that template stands; undefined for a path of another form. */
export const placeOf = (path: string): Place | undefined => {
  const [, chunk, file] = /chunk-(\d{3,})\/file-(\d{3,})\.\w+$/.exec(path) ?? [];
  return chunk === undefined ? undefined : { chunk: Number(chunk), file: Number(file) };
};

/** Stamp of frame k after the first, nanoseconds. */
export const frameNs = (k: number, fps: number): number => Math.round((k * 1e9) / fps);

export const isVideo = ({ dtype }: Feature): boolean => dtype === "video";
export const isPicture = ({ dtype }: Feature): boolean => dtype === "video" || dtype === "image";
export const isDepth = ({ info }: Feature): boolean => info?.["is_depth_map"] === true;
