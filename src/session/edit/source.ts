// A session that others are made of: its episodes, from where to where it goes, and whether a policy was corrected
// in it. Sessions are never edited: whatever is made of one is another file.
import { SERVO_PERIOD_NS } from "../../core/robot.ts";
import { type Episode, EpisodeFinder } from "../episodes.ts";
import { SessionReader } from "../session-reader.ts";
import type { Stretch } from "../stretch.ts";

export interface Source extends Stretch {
  readonly reader: SessionReader;
  readonly episodes: readonly Episode[];
  /** Whether they are marked in it; where none is, all of it is one without a task. */
  readonly isMarked: boolean;
  /** Of such a session only the corrections are a lesson (curation/lesson-weight.ts). */
  readonly isCorrected: boolean;
}

/** Reads the whole session; throws as its reader does. */
export const readSource = async (path: string): Promise<Source> => {
  const reader = await SessionReader.open(path);
  const finder = new EpisodeFinder();
  let [startNs, endNs] = [0, 0];
  for await (const record of reader.records()) {
    finder.add(record);
    startNs = Math.min(startNs, record.timeNs);
    endNs = Math.max(endNs, record.timeNs);
  }
  const found = finder.episodes();
  const whole = { index: 0, task: "", startNs, endNs, takeovers: [] };
  const isMarked = found.length > 0;
  const episodes = isMarked ? found : [whole];
  return { reader, startNs, endNs, episodes, isMarked, isCorrected: isCorrected(episodes) };
};

export const isCorrected = (episodes: readonly Episode[]): boolean =>
  episodes.some(({ takeovers }) => takeovers.length > 0);

/** A stretch of a source, with the episodes that lie in it, on its way into another session. */
export interface Piece extends Stretch {
  readonly source: Source;
  readonly episodes: readonly Episode[];
}

export const wholeOf = (source: Source): Piece => {
  const { startNs, endNs, episodes } = source;
  return { source, startNs, endNs, episodes };
};

/** By how much the stamps of each piece move when they follow each other; those of the first that begins at 0 stay. */
export const shiftsOf = (pieces: readonly Piece[]): number[] => {
  let nextNs = pieces[0]!.startNs === pieces[0]!.source.startNs ? pieces[0]!.startNs : 0;
  return pieces.map(({ startNs, endNs }) => {
    const byNs = nextNs - startNs;
    nextNs = endNs + byNs + SERVO_PERIOD_NS;
    return byNs;
  });
};
