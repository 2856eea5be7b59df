// The episodes of a session: where each begins and ends, what for, how it went, and which stretches of
// it a person drove. A session that broke off leaves its last episode open: it ends with the session.
import type { EpisodeOutcome, SessionRecord } from "../core/records.ts";
import type { SessionReader } from "./session-reader.ts";
import type { Stretch } from "./stretch.ts";

export interface Episode extends Stretch {
  readonly index: number;
  readonly task: string;
  /** Absent where nobody said. */
  readonly outcome?: EpisodeOutcome;
  /** Where a person drove in the policy's place. */
  readonly takeovers: readonly Stretch[];
}

/** Takes the records of a session in their order. */
export class EpisodeFinder {
  readonly #found: Episode[] = [];
  #open: (Omit<Episode, "endNs"> & { readonly takeovers: Stretch[] }) | undefined;
  #takenNs: number | undefined;
  #lastNs = 0;

  add(record: SessionRecord): void {
    const { timeNs } = record;
    this.#lastNs = Math.max(this.#lastNs, timeNs);
    if (record.type === "takeover") {
      this.#giveBack(timeNs);
      if (record.phase === "started") this.#takenNs = timeNs;
    }
    if (record.type !== "episode") return;
    if (this.#open === undefined) this.#amend(record);
    this.#end(timeNs, record.phase === "ended" ? record.outcome : undefined);
    const { index, task } = record;
    if (record.phase === "started") this.#open = { index, task, startNs: timeNs, takeovers: [] };
  }

  /** Those so far, oldest first; to be asked once, after the last record. The session ends with it, or at `endNs`. */
  episodes(endNs = this.#lastNs): readonly Episode[] {
    this.#end(endNs);
    return this.#found;
  }

  /** As {@link episodes}; a session that names none is one as a whole. */
  episodesOrWhole(endNs = this.#lastNs): readonly Episode[] {
    const found = this.episodes(endNs);
    return found.length > 0 ? found : [{ index: 0, task: "", startNs: 0, endNs, takeovers: [] }];
  }

  /** Second thoughts: an episode that is over ends once more, with another outcome. */
  #amend({ phase, index, outcome }: SessionRecord & { type: "episode" }): void {
    const last = this.#found.at(-1);
    if (phase !== "ended" || last?.index !== index || outcome === undefined) return;
    this.#found[this.#found.length - 1] = { ...last, outcome };
  }

  #giveBack(endNs: number): void {
    if (this.#takenNs !== undefined) this.#open?.takeovers.push({ startNs: this.#takenNs, endNs });
    this.#takenNs = undefined;
  }

  #end(endNs: number, outcome?: EpisodeOutcome): void {
    if (this.#open === undefined) return;
    const takenNs = this.#takenNs;
    this.#giveBack(endNs);
    if (takenNs !== undefined) this.#takenNs = endNs; // a takeover may outlast an episode
    this.#found.push({ ...this.#open, endNs, ...(outcome !== undefined && { outcome }) });
    this.#open = undefined;
  }
}

/** Those of a session; one that names none is an episode as a whole. Reads all of it, and throws as its records do. */
export const episodesOf = async (reader: SessionReader): Promise<readonly Episode[]> => {
  const finder = new EpisodeFinder();
  for await (const record of reader.records()) finder.add(record);
  return finder.episodesOrWhole();
};
