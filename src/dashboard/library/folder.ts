// A folder of sessions with what was decided about their episodes, and their scores once somebody asked for
// them: the same code as efference curate, and never what can't be undone.
import { join } from "node:path";
import { NS_PER_MS } from "../../core/clock.ts";
import { SessionError } from "../../core/errors.ts";
import { Curation } from "../../session/curation/curation.ts";
import { type ScoredEpisode, scoreSessions } from "../../session/curation/score-sessions.ts";
import type { Episode } from "../../session/episodes.ts";
import type { EpisodeEntry, FolderEntry, Scoring } from "./library-calls.ts";
import { SessionShelf, type ShelvedSession } from "./session-shelf.ts";

const keyOf = (file: string, episode: number): string => `${episode} ${file}`;

export class Folder {
  readonly shelf: SessionShelf;
  readonly #id: number;
  readonly #live: string;
  readonly #scores = new Map<string, ScoredEpisode>();
  #scoring: Scoring = { state: "none" };
  #orders: Promise<unknown> = Promise.resolve();

  /** `live`: a session that is being recorded, and therefore not scored. */
  constructor(folder: string, id: number, live: string) {
    this.shelf = new SessionShelf(folder);
    this.#id = id;
    this.#live = live;
  }

  /** As it was read so far. */
  async entry(): Promise<FolderEntry> {
    const { folder, more, unread, sessions } = this.shelf;
    const told = { id: this.#id, path: folder, more, unread, scoring: this.#scoring };
    try {
      const curation = await Curation.open(folder);
      const { last } = curation;
      return {
        ...told,
        sessions: sessions.map((session) => this.#sessionEntry(session, curation)),
        ...(last && {
          lastStep: { number: curation.steps, does: last.does, episodes: last.decisions.length },
        }),
      };
    } catch (error) {
      return { ...told, sessions: [], problem: (error as Error).message };
    }
  }

  /** Puts an episode into the bin, or takes it out. @throws SessionError for one that there is not */
  decide(
    does: "delete" | "keep",
    { file, episodes }: ShelvedSession,
    episode: number,
  ): Promise<void> {
    if (!episodes.some(({ index }) => index === episode))
      throw new SessionError(`${file} has no episode ${episode}`);
    if (does === "delete" && join(this.shelf.folder, file) === this.#live)
      throw new SessionError(`${file} is being recorded; decide about it when it is over`);
    return this.#inTurn(async () =>
      (await Curation.open(this.shelf.folder))[does]([{ session: file, episode }]),
    );
  }

  /** @throws SessionError where that is not the last step any more: somebody has decided, or undone, meanwhile */
  undo(step: number): Promise<void> {
    return this.#inTurn(async () => {
      const curation = await Curation.open(this.shelf.folder);
      if (curation.steps !== step)
        throw new SessionError("something else was decided meanwhile; look again");
      await curation.undo();
    });
  }

  /** Begins to score what can be; the entry tells how far it is. */
  score(): void {
    if (this.#scoring.state === "reading") return;
    this.#scoring = { state: "reading", done: 0, of: 0 };
    this.#score().then(
      (episodes) => (this.#scoring = { state: "done", episodes }),
      (error: Error) => (this.#scoring = { state: "failed", words: error.message }),
    );
  }

  async #score(): Promise<number> {
    const curation = await Curation.open(this.shelf.folder);
    const files = this.shelf.sessions
      .filter(({ path, problem }) => problem === undefined && path !== this.#live)
      .map(({ path }) => path);
    const scored = await scoreSessions(files, {
      leaveOut: (_, name) => curation.decision(name).deleted,
      onFile: (_, count) =>
        (this.#scoring = { state: "reading", done: count - 1, of: files.length }),
    });
    this.#scores.clear();
    for (const one of scored) this.#scores.set(keyOf(one.session, one.episode), one);
    return scored.length;
  }

  #sessionEntry(session: ShelvedSession, curation: Curation) {
    const { path, episodes, ...rest } = session;
    return {
      ...rest,
      isLive: path === this.#live,
      episodes: episodes.map((episode) => this.#episodeEntry(session.file, episode, curation)),
    };
  }

  #episodeEntry(file: string, episode: Episode, curation: Curation): EpisodeEntry {
    const { index, task, startNs, endNs, outcome, takeovers } = episode;
    const scored = this.#scores.get(keyOf(file, index));
    return {
      index,
      task,
      startMs: startNs / NS_PER_MS,
      endMs: endNs / NS_PER_MS,
      ...(outcome && { outcome }),
      takeovers: takeovers.length,
      isDeleted: curation.decision({ session: file, episode: index }).deleted,
      ...(scored && { score: scored.score, gates: scored.gates, reasons: scored.reasons }),
    };
  }

  /** One step after the other: each reads what the one before has written. */
  #inTurn(step: () => Promise<void>): Promise<void> {
    const done = this.#orders.then(step);
    this.#orders = done.catch(() => {});
    return done;
  }
}
