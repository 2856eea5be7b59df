// What was decided about the episodes of a folder: which lie in the bin, what of each is kept, how much it
// counts. It stands in curation.json beside the sessions, which are never edited, and every step can be
// undone until the bin is emptied.
import { existsSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CurationLog, curationLogSchema, type Decision } from "../../core/curation-log.ts";
import { SessionError } from "../../core/errors.ts";
import { episodesOf } from "../episodes.ts";
import { SessionReader } from "../session-reader.ts";
import type { Stretch } from "../stretch.ts";

const FILE = "curation.json";

/** An episode of a session in the folder; `session` is the file's name there. */
export interface EpisodeName {
  readonly session: string;
  readonly episode: number;
}

export interface Emptied {
  /** Files that are gone. */
  readonly removed: readonly string[];
  /** Episodes that stay in the bin, since their file holds others that are kept, or was never closed. */
  readonly remaining: readonly (EpisodeName & {
    readonly episodesOfFile: number;
    readonly isClosed: boolean;
  })[];
}

type Change = Partial<Pick<Decision, "deleted" | "keptNs" | "weight">>;

const isAllIn = (
  deleted: readonly EpisodeName[],
  episodes: readonly { readonly index: number }[],
): boolean => episodes.every(({ index }) => deleted.some(({ episode }) => episode === index));

const keyOf = ({ session, episode }: EpisodeName): string => `${episode} ${session}`;

export class Curation {
  readonly folder: string;
  #log!: CurationLog;
  #decisions!: ReadonlyMap<string, Decision>;

  /**
   * What was decided so far; nothing where there is no curation.json.
   * @throws SessionError for one that can't be read
   */
  static async open(folder: string): Promise<Curation> {
    const curation = new Curation(folder);
    await curation.#read();
    return curation;
  }

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** What holds for an episode now. */
  decision({ session, episode }: EpisodeName): Decision {
    const usual = { session, episode, deleted: false, weight: 1 };
    return this.#decisions.get(keyOf(usual)) ?? usual;
  }

  /** How many steps there are that undo could take back, one by one. */
  get steps(): number {
    return this.#log.steps.length;
  }

  /** The step that undo would take back. */
  get last(): CurationLog["steps"][number] | undefined {
    return this.#log.steps.at(-1);
  }

  /** The episodes in the bin. */
  bin(): EpisodeName[] {
    return [...this.#decisions.values()].filter(({ deleted }) => deleted);
  }

  /** Whether a file holds nothing that is kept; it is read only where something of it lies in the bin. */
  async isAllDeleted(session: string): Promise<boolean> {
    const deleted = this.bin().filter((name) => name.session === session);
    if (deleted.length === 0) return false;
    return isAllIn(deleted, await episodesOf(await SessionReader.open(join(this.folder, session))));
  }

  /** Puts episodes into the bin. */
  delete(episodes: readonly EpisodeName[]): Promise<void> {
    return this.#step("delete", episodes, () => ({ deleted: true }));
  }

  /** Takes episodes out of the bin. */
  keep(episodes: readonly EpisodeName[]): Promise<void> {
    return this.#step("keep", episodes, () => ({ deleted: false }));
  }

  /** Leaves `best` out of the bin and puts the others into it, in one step. */
  keepOnly(best: readonly EpisodeName[], others: readonly EpisodeName[]): Promise<void> {
    const isBest = new Set(best);
    return this.#step("keep", [...best, ...others], (name) => ({ deleted: !isBest.has(name) }));
  }

  /** What is learned of each episode: a stretch of its session. */
  trim(stretches: readonly (EpisodeName & Stretch)[]): Promise<void> {
    return this.#step("trim", stretches, ({ startNs, endNs }) => ({ keptNs: [startNs, endNs] }));
  }

  /** How much each episode counts. */
  weigh(weights: readonly (EpisodeName & { readonly weight: number })[]): Promise<void> {
    return this.#step("weigh", weights, ({ weight }) => ({ weight }));
  }

  /** Takes decisions over as they were made about other sessions, in one step. */
  async adopt(does: string, decisions: readonly Decision[]): Promise<void> {
    if (decisions.length === 0) return;
    await this.#read();
    await this.#write({
      ...this.#log,
      steps: [...this.#log.steps, { does, decisions: [...decisions] }],
    });
  }

  /** Sessions of these names are made anew: what was decided about others of these names holds no more. */
  async forget(sessions: readonly string[]): Promise<void> {
    await this.#read();
    const anew = new Set(sessions);
    const stale = [...this.#decisions.values()].filter(({ session }) => anew.has(session));
    await this.adopt(
      sessions.length === 1
        ? `${sessions[0]} was recorded anew`
        : `${sessions.length} sessions were recorded anew`,
      stale.map(({ session, episode }) => ({ session, episode, deleted: false, weight: 1 })),
    );
  }

  /** Takes the last step back, and gives it; undefined where there is none. */
  async undo(): Promise<CurationLog["steps"][number] | undefined> {
    await this.#read();
    const { last } = this;
    if (last !== undefined)
      await this.#write({ ...this.#log, steps: this.#log.steps.slice(0, -1) });
    return last;
  }

  /** Removes the files of which every episode lies in the bin. This can't be undone. */
  async empty(): Promise<Emptied> {
    await this.#read();
    const meant: string[] = [];
    const remaining: Emptied["remaining"][number][] = [];
    for (const session of new Set(this.bin().map((name) => name.session))) {
      const path = join(this.folder, session);
      if (!existsSync(path)) {
        meant.push(session); // by hand, or by an emptying that was broken off
        continue;
      }
      const reader = await SessionReader.open(path);
      const episodes = await episodesOf(reader);
      const deleted = this.bin().filter((name) => name.session === session);
      // One that is still being recorded may hold episodes to come, one that was cut what can be recovered.
      const isClosed = reader.complete;
      if (isClosed && isAllIn(deleted, episodes)) meant.push(session);
      else
        for (const { episode } of deleted)
          remaining.push({ session, episode, episodesOfFile: episodes.length, isClosed });
    }
    // All of that took its time, and somebody may have taken an episode out meanwhile. Files first: were it broken
    // off between, what is left of the log would name files that are gone, and not the other way round.
    const removed: string[] = [];
    const binned = this.bin();
    for (const session of meant) {
      await this.#read();
      if (binned.some((name) => name.session === session && !this.decision(name).deleted)) continue;
      await rm(join(this.folder, session), { force: true });
      removed.push(session);
    }
    await this.#read();
    const steps = this.#log.steps
      .map(({ does, decisions }) => ({
        does,
        decisions: decisions.filter(({ session }) => !removed.includes(session)),
      }))
      .filter(({ decisions }) => decisions.length > 0);
    await this.#write({ ...this.#log, steps });
    return { removed, remaining };
  }

  async #step<N extends EpisodeName>(
    does: string,
    episodes: readonly N[],
    changeOf: (name: N) => Change,
  ): Promise<void> {
    if (episodes.length === 0) return;
    await this.#read(); // somebody else may have decided meanwhile: the page, a terminal
    const decisions = episodes.map((name) => ({ ...this.decision(name), ...changeOf(name) }));
    await this.#write({ ...this.#log, steps: [...this.#log.steps, { does, decisions }] });
  }

  async #write(log: CurationLog): Promise<void> {
    const path = join(this.folder, FILE);
    try {
      const draft = `${path}.part-${process.pid}`;
      await writeFile(draft, `${JSON.stringify(log, null, 1)}\n`);
      await rename(draft, path);
    } catch (cause) {
      throw new SessionError(`can't write ${path}: ${(cause as Error).message}`, { cause });
    }
    this.#take(log);
  }

  async #read(): Promise<void> {
    this.#take(await readLog(this.folder));
  }

  #take(log: CurationLog): void {
    this.#log = log;
    const decisions = log.steps.flatMap((step) => step.decisions);
    this.#decisions = new Map(decisions.map((decision) => [keyOf(decision), decision])); // the last one holds
  }
}

const readLog = async (folder: string): Promise<CurationLog> => {
  const path = join(folder, FILE);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return { version: 1, steps: [] };
    throw new SessionError(`can't read ${path}: ${(cause as Error).message}`, { cause });
  }
  try {
    return curationLogSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new SessionError(
      `${path} is no log of decisions of version 1 (${(cause as Error).message.split("\n")[0]}); restore it from a copy, or move it away: then every episode is kept`,
      { cause },
    );
  }
};
