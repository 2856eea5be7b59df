// Answers what a page asks of what was recorded: lists, windows of a session, steps of curation, how trainings go.
// A session is known by the id that the list gave it, never by a path: what was not listed can't be asked for.
import { basename, resolve } from "node:path";
import { NS_PER_MS, pause, RealClock } from "../../core/clock.ts";
import { EfferenceError } from "../../core/errors.ts";
import { parseRobot } from "../../core/robot-file.ts";
import type { Robot } from "../../core/robot.ts";
import type { SceneGeometry } from "../../core/scene-geometry.ts";
import type { SessionIndex } from "../../session/session-index.ts";
import { type Vocabulary, vocabularyFromJson } from "../../tokens/vocabulary.ts";
import { helloOf } from "../hello.ts";
import { Folder } from "./folder.ts";
import type {
  Answer,
  LibraryData,
  ProgressList,
  Question,
  RecordingAbout,
  SessionList,
} from "./library-calls.ts";
import { readProgress } from "./progress-shelf.ts";
import { readWindow } from "./replay-window.ts";
import type { ShelvedSession } from "./session-shelf.ts";

/** A list is told after so long with what was read until then; the rest with the next one. */
const PATIENCE_MS = 300;

interface Route {
  readonly pattern: RegExp;
  readonly isOrder?: boolean;
  /** What is told in JSON, or bytes as they are; undefined where there is no such thing. */
  readonly answer: (...parts: string[]) => Promise<object | undefined>;
}

interface Described {
  readonly robot: Robot;
  readonly vocabulary: Vocabulary;
}

export class Library {
  readonly #data: LibraryData;
  readonly #clock = new RealClock();
  readonly #folders: readonly Folder[];
  readonly #describeScene: (mjcf: string) => Promise<SceneGeometry>;
  readonly #described = new WeakMap<SessionIndex, Described>();
  readonly #routes: readonly Route[] = [
    { pattern: /^sessions$/, answer: () => this.#list() },
    { pattern: /^sessions\/([\w-]+)$/, answer: (id) => this.#about(id!) },
    {
      pattern: /^sessions\/([\w-]+)\/window\/(\d{1,7})$/,
      answer: (id, window) => this.#window(id!, Number(window)),
    },
    {
      pattern: /^sessions\/([\w-]+)\/(\d{1,7})\/(delete|keep)$/,
      isOrder: true,
      answer: (id, episode, does) => this.#decide(id!, Number(episode), does as "delete" | "keep"),
    },
    {
      pattern: /^folders\/(\d{1,3})\/(score|undo)(?:\/(\d{1,9}))?$/,
      isOrder: true,
      answer: (folder, does, step) => this.#order(Number(folder), does as "undo" | "score", step),
    },
    { pattern: /^progress$/, answer: () => this.#progress() },
  ];

  constructor(data: LibraryData, describeScene: (mjcf: string) => Promise<SceneGeometry>) {
    this.#data = data;
    this.#describeScene = describeScene;
    const paths = new Set(data.folders.map((folder) => resolve(folder)));
    this.#folders = [...paths].map((path, id) => new Folder(path, id, resolve(data.live)));
  }

  /** Undefined for a question that has no answer here; mistakes of ours reject. */
  async answer({ path, isOrder }: Question): Promise<Answer | undefined> {
    for (const { pattern, isOrder: orders = false, answer } of this.#routes) {
      const found = pattern.exec(path);
      if (!found || orders !== isOrder) continue;
      try {
        const told = await answer(...found.slice(1));
        return told && answerOf(200, told);
      } catch (error) {
        if (error instanceof EfferenceError) return answerOf(409, { error: error.message });
        throw error;
      }
    }
    return undefined;
  }

  async #list(): Promise<SessionList> {
    const refreshes = this.#folders.map(({ shelf }) => shelf.refresh().catch(() => {}));
    await Promise.race([Promise.all(refreshes), pause(this.#clock, PATIENCE_MS)]);
    return { folders: await Promise.all(this.#folders.map((folder) => folder.entry())) };
  }

  async #about(id: string): Promise<RecordingAbout | undefined> {
    const { index, session } = (await this.#open(id)) ?? {};
    if (!index || !session) return undefined;
    const { robot, vocabulary } = this.#describe(index);
    const { policy, body } = index.header;
    return {
      hello: helloOf(robot, vocabulary, {
        body,
        policy,
        session: session.file,
        task: "",
        // What is over hears nothing, and nothing in it can be moved.
        hears: "silence",
        isSimulated: false,
      }),
      scene: await this.#describeScene(robot.sceneSource),
      durationMs: index.endNs / NS_PER_MS,
      moves: await index.moves(),
    };
  }

  async #window(id: string, window: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { index } = (await this.#open(id)) ?? {};
    return index && readWindow(index, this.#describe(index), window);
  }

  async #decide(id: string, episode: number, does: "delete" | "keep"): Promise<object | undefined> {
    const { folder, session } = this.#find(id) ?? {};
    if (!folder || !session) return undefined;
    await folder.decide(does, session, episode);
    return { done: does };
  }

  async #order(
    id: number,
    does: "undo" | "score",
    step: string | undefined,
  ): Promise<object | undefined> {
    const folder = this.#folders[id];
    if (!folder || (does === "undo") !== (step !== undefined)) return undefined;
    await (does === "undo" ? folder.undo(Number(step)) : folder.score());
    return { done: does };
  }

  #progress(): Promise<ProgressList> {
    return readProgress(this.#data.progressFolder, this.#clock);
  }

  /** The robot as it was recorded, whatever has become of its files since. */
  #describe(index: SessionIndex): Described {
    const known = this.#described.get(index);
    if (known) return known;
    const { robotFile: text, sceneFile: sceneSource, robotName, vocabularyJson } = index.header;
    const described = {
      robot: parseRobot({ text, file: `${robotName} in ${basename(index.path)}`, sceneSource }),
      vocabulary: vocabularyFromJson(vocabularyJson),
    };
    this.#described.set(index, described);
    return described;
  }

  #find(id: string): { folder: Folder; session: ShelvedSession } | undefined {
    for (const folder of this.#folders) {
      const session = folder.shelf.sessions.find((one) => one.id === id);
      if (session) return { folder, session };
    }
    return undefined;
  }

  async #open(id: string): Promise<{ index: SessionIndex; session: ShelvedSession } | undefined> {
    const { folder, session } = this.#find(id) ?? {};
    return folder && session && { index: await folder.shelf.open(session.path), session };
  }
}

const answerOf = (status: number, told: object): Answer =>
  told instanceof Uint8Array
    ? { status, type: "application/octet-stream", bytes: new Uint8Array(told) }
    : {
        status,
        type: "application/json; charset=utf-8",
        bytes: new Uint8Array(Buffer.from(JSON.stringify(told))),
      };
