// How much what a session teaches counts, record by record: nothing where its episode lies in the bin or
// was cut off, and as much as was decided elsewhere.
import type { SessionRecord } from "../../core/records.ts";
import type { Curation } from "./curation.ts";

export class LessonWeight {
  readonly #curation: Curation;
  readonly #session: string;
  #weight = 0;
  #keptNs: readonly [number, number] | undefined;

  /** `session` is the file's name in the curation's folder. */
  constructor(curation: Curation, session: string) {
    this.#curation = curation;
    this.#session = session;
    this.#enter(0); // of a session that names no episodes
  }

  /** Of the next record; 0 is not to be learned from. */
  of(record: SessionRecord): number {
    if (record.type === "episode" && record.phase === "started") this.#enter(record.index);
    const [fromNs, toNs] = this.#keptNs ?? [-Infinity, Infinity];
    return record.timeNs >= fromNs && record.timeNs <= toNs ? this.#weight : 0;
  }

  #enter(episode: number): void {
    const { deleted, weight, keptNs } = this.#curation.decision({
      session: this.#session,
      episode,
    });
    this.#weight = deleted ? 0 : weight;
    this.#keptNs = keptNs;
  }
}
