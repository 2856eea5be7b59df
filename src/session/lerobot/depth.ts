// Depth as LeRobot 0.6 puts it into a video (depth_utils.py): twelve bits between a nearest and a farthest,
// here evenly spread, so that none is wrong by more than half of (farthest - nearest) / 4095.
import type { Feature } from "./layout.ts";

export const DEPTH_LEVELS = 4096;
const NEAREST_M = 0.01;

/** What goes into the feature's info, by which LeRobot reads it back. */
export const depthInfo = (farthestM: number): Record<string, unknown> => ({
  is_depth_map: true,
  depth_unit: "m",
  "video.depth_min": NEAREST_M,
  "video.depth_max": farthestM,
  "video.shift": 0,
  "video.use_log": false,
});

/** Farther than the farthest, or no depth at all, is the farthest. */
export const depthLevel = (depthM: number, farthestM: number): number => {
  const share = (depthM - NEAREST_M) / (farthestM - NEAREST_M);
  return share <= 1 ? Math.max(0, Math.round(share * (DEPTH_LEVELS - 1))) : DEPTH_LEVELS - 1;
};

export const depthOfLevel = (level: number, farthestM: number): number =>
  level >= DEPTH_LEVELS - 1
    ? farthestM
    : NEAREST_M + (level / (DEPTH_LEVELS - 1)) * (farthestM - NEAREST_M);

/** The farthest depth of a feature that was written as above; undefined for any other. */
export const farthestOf = (feature: Feature | undefined): number | undefined => {
  const { info = {}, dtype } = feature ?? {};
  const farthest = info["video.depth_max"];
  const isOurs = info["video.depth_min"] === NEAREST_M && info["video.use_log"] === false;
  return dtype === "video" && isOurs && typeof farthest === "number" ? farthest : undefined;
};
