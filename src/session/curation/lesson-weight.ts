// How much what a session teaches counts, stamp by stamp: nothing where its episode lies in the bin, is to be
// done again or was cut off, and as much as was decided elsewhere. Where a person corrected a policy only the
// corrections are a lesson (HG-DAgger, Kelly et al. 2019).
import type { Episode } from "../episodes.ts";
import type { Stretch } from "../stretch.ts";
import type { Curation } from "./curation.ts";

/** Whether a stretch holds a stamp. */
const holds = ({ startNs, endNs }: Stretch, timeNs: number): boolean =>
  timeNs >= startNs && timeNs <= endNs;

/** The weight of what was done at a stamp; `session` is the file's name in the curation's folder. */
export const lessonWeight = (
  curation: Curation,
  session: string,
  found: readonly Episode[],
): ((timeNs: number) => number) => {
  const whole = { index: 0, task: "", startNs: -Infinity, endNs: Infinity, takeovers: [] };
  const episodes: readonly Episode[] = found.length > 0 ? found : [whole];
  const isCorrected = episodes.some(({ takeovers }) => takeovers.length > 0);
  const lessons = episodes.flatMap((episode) => {
    const decided = curation.decision({ session, episode: episode.index });
    if (decided.deleted || episode.outcome === "redo") return [];
    const [startNs, endNs] = decided.keptNs ?? [-Infinity, Infinity];
    return { episode, kept: { startNs, endNs }, weight: decided.weight };
  });
  return (timeNs) =>
    lessons.find(
      ({ episode, kept }) =>
        holds(episode, timeNs) &&
        holds(kept, timeNs) &&
        (!isCorrected || episode.takeovers.some((stretch) => holds(stretch, timeNs))),
    )?.weight ?? 0;
};
