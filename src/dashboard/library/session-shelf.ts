// The sessions of a folder as a list. A file is read once, and again when it has changed; of a long one only
// where its episodes begin and end.
import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { isoTime, NS_PER_MS } from "../../core/clock.ts";
import type { Episode } from "../../session/episodes.ts";
import { SessionIndex } from "../../session/session-index.ts";

/** Of the newest so many are told. */
const MOST_SESSIONS = 200;
/** Open at a time, beside the one that is read. */
const MOST_OPEN = 4;

export interface ShelvedSession {
  readonly id: string;
  readonly path: string;
  readonly file: string;
  readonly bytes: number;
  readonly robot: string;
  readonly policy: string;
  readonly body: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly episodes: readonly Episode[];
  readonly problem?: string;
}

interface Seen {
  readonly file: string;
  readonly path: string;
  readonly bytes: number;
  readonly changedMs: number;
  /** Another file of the same name has another. */
  readonly inode: number;
}

export class SessionShelf {
  readonly folder: string;
  #seen: readonly Seen[] = [];
  /** By path, as of the size and time at which it was read. */
  readonly #read = new Map<string, { readonly seen: Seen; readonly session: ShelvedSession }>();
  /** Least recently used first. */
  readonly #open = new Map<string, Promise<SessionIndex>>();
  #reading: Promise<void> | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Newest first, those that were read so far. */
  get sessions(): ShelvedSession[] {
    return this.#seen
      .slice(0, MOST_SESSIONS)
      .flatMap(({ path }) => this.#read.get(path)?.session ?? []);
  }

  get more(): number {
    return Math.max(0, this.#seen.length - MOST_SESSIONS);
  }

  get unread(): number {
    return Math.min(this.#seen.length, MOST_SESSIONS) - this.sessions.length;
  }

  /** Looks again, and reads what is new: one call at a time does it for all. Rejects where there is no folder. */
  refresh(): Promise<void> {
    return (this.#reading ??= this.#refresh().finally(() => (this.#reading = undefined)));
  }

  /** The index of a session, up to what is written now. */
  async open(path: string): Promise<SessionIndex> {
    const opening = this.#open.get(path) ?? SessionIndex.open(path);
    this.#open.delete(path);
    this.#open.set(path, opening);
    if (this.#open.size > MOST_OPEN) this.#open.delete(this.#open.keys().next().value!);
    try {
      const index = await opening;
      await index.update();
      return index;
    } catch (error) {
      this.#open.delete(path); // it may be a session the next time
      throw error;
    }
  }

  async #refresh(): Promise<void> {
    const files = (await readdir(this.folder)).filter((name) => name.endsWith(".mcap"));
    const seen = await Promise.all(files.map((file) => this.#look(file)));
    this.#seen = seen
      .filter((one) => one !== undefined)
      .toSorted((a, b) => b.changedMs - a.changedMs || b.file.localeCompare(a.file));
    const paths = new Set(this.#seen.map(({ path }) => path));
    for (const path of this.#read.keys()) if (!paths.has(path)) this.#read.delete(path);
    for (const one of this.#seen.slice(0, MOST_SESSIONS)) {
      const { seen: known } = this.#read.get(one.path) ?? {};
      if (known?.bytes === one.bytes && known.changedMs === one.changedMs) continue;
      if (known && known.inode !== one.inode) this.#open.delete(one.path);
      this.#read.set(one.path, { seen: one, session: await this.#shelve(one) });
    }
  }

  async #look(file: string): Promise<Seen | undefined> {
    const path = join(this.folder, file);
    const found = await stat(path).catch(() => undefined); // gone meanwhile
    if (!found?.isFile()) return undefined;
    return { file, path, bytes: found.size, changedMs: found.mtimeMs, inode: found.ino };
  }

  async #shelve({ file, path, bytes }: Seen): Promise<ShelvedSession> {
    const id = createHash("sha256").update(path).digest("base64url").slice(0, 16);
    const named = { id, path, file, bytes };
    try {
      const index = await this.open(path);
      const { robotName: robot, policy, body, startedAtNs } = index.header;
      return {
        ...named,
        robot,
        policy,
        body,
        startedAt: isoTime(startedAtNs),
        durationMs: index.endNs / NS_PER_MS,
        episodes: await index.episodes(),
      };
    } catch (error) {
      const nothing = { robot: "", policy: "", body: "", startedAt: "", durationMs: 0 };
      return { ...named, ...nothing, episodes: [], problem: (error as Error).message };
    }
  }
}
