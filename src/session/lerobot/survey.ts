// The first of two readings of a session: which episodes it has, how long each drove by its policy, and
// what was recorded at all. The second (session-frames.ts) then knows what to make frames of.
import { basename, dirname } from "node:path";
import { NS_PER_S } from "../../core/clock.ts";
import type { SessionRecord } from "../../core/records.ts";
import { Curation } from "../curation/curation.ts";
import { type Episode, EpisodeFinder } from "../episodes.ts";
import { SessionReader } from "../session-reader.ts";
import { frameNs } from "./layout.ts";

export interface SurveyedEpisode extends Episode {
  /** Whole frames in it; the episode ends with the last. */
  readonly frames: number;
}

export interface Survey {
  readonly reader: SessionReader;
  /** Without those that were to be done again, those in the bin, and those shorter than a frame. */
  readonly episodes: readonly SurveyedEpisode[];
  readonly leftOut: number;
  /** Sensors that gave samples. */
  readonly sensors: ReadonlySet<string>;
  /** Cameras whose pictures had depth. */
  readonly depths: ReadonlySet<string>;
  readonly hasAdvice: boolean;
}

/** Reads the whole session; throws as its reader does. */
export const survey = async (path: string, fps: number): Promise<Survey> => {
  const reader = await SessionReader.open(path);
  const finder = new EpisodeFinder();
  const ends: number[] = []; // where the kernel was told to move, or to rest, by itself
  const [sensors, depths] = [new Set<string>(), new Set<string>()];
  let hasAdvice = false;
  for await (const record of reader.records()) {
    finder.add(record);
    if (endsPolicy(record)) ends.push(record.timeNs);
    if (record.type === "advice") hasAdvice = true;
    if (record.type !== "sample") continue;
    const { sample } = record;
    sensors.add(sample.sensor);
    if (sample.kind === "image" && sample.depthM.length > 0) depths.add(sample.sensor);
  }
  const found = finder.episodesOrWhole();
  const curation = await Curation.open(dirname(path));
  const session = basename(path);
  const isInBin = (episode: number): boolean => curation.decision({ session, episode }).deleted;
  const episodes = found
    .filter(({ outcome, index }) => outcome !== "redo" && !isInBin(index))
    .map((episode) => trimmed(episode, ends, fps))
    .filter(({ frames }) => frames > 0);
  const leftOut = found.length - episodes.length;
  return { reader, episodes, leftOut, sensors, depths, hasAdvice };
};

const endsPolicy = (record: SessionRecord): boolean =>
  record.type === "order" && record.order !== "arm" && record.order !== "clear";

/** The way home is the kernel's own: an episode ends where it begins. */
const trimmed = (episode: Episode, ends: readonly number[], fps: number): SurveyedEpisode => {
  const { startNs } = episode;
  const endNs = Math.min(episode.endNs, ends.find((end) => end >= startNs) ?? Infinity);
  let frames = Math.floor(((endNs - startNs) * fps) / NS_PER_S) + 1;
  while (frames > 0 && startNs + frameNs(frames, fps) > endNs) frames--;
  return { ...episode, endNs, frames };
};
