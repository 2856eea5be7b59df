// What the page asks of what was recorded, and what it is told: paths below /ask/, JSON and bytes. And what the
// thread that serves pages says to the one that reads files.
import type { ProgressJudged, ProgressLook } from "../../core/progress-log.ts";
import type { SceneMove } from "../../core/ports.ts";
import type { EpisodeOutcome } from "../../core/records.ts";
import type { SceneGeometry } from "../../core/scene-geometry.ts";
import type { Hello } from "../hello.ts";

export interface LibraryData {
  /** Folders of sessions. */
  readonly folders: readonly string[];
  /** The session that is being recorded, which nobody scores. */
  readonly live: string;
  /** Where trainings and evaluations say how far they are. */
  readonly progressFolder: string;
}

export interface Question {
  /** Below /ask/. */
  readonly path: string;
  /** Whether it changes something: a POST. */
  readonly isOrder: boolean;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** To the thread that reads, and back; undefined for a question that it does not know. */
export interface AskedQuestion extends Question {
  readonly id: number;
}
export interface GivenAnswer {
  readonly id: number;
  readonly answer: Answer | undefined;
}

/** GET sessions */
export interface SessionList {
  readonly folders: readonly FolderEntry[];
}

export interface FolderEntry {
  /** Its number in the paths of orders. */
  readonly id: number;
  readonly path: string;
  /** Newest first. */
  readonly sessions: readonly SessionEntry[];
  /** Older ones that are not told of, and those that will be once they are read. */
  readonly more: number;
  readonly unread: number;
  /** What undo would take back, and its number in the path of that order. */
  readonly lastStep?: {
    readonly number: number;
    readonly does: string;
    readonly episodes: number;
  };
  readonly scoring: Scoring;
  /** Why nothing of it can be told, or decided. */
  readonly problem?: string;
}

export type Scoring =
  | { readonly state: "none" }
  | { readonly state: "reading"; readonly done: number; readonly of: number }
  | { readonly state: "done"; readonly episodes: number }
  | { readonly state: "failed"; readonly words: string };

export interface SessionEntry {
  /** Stands for it in paths; nothing else does. */
  readonly id: string;
  readonly file: string;
  readonly bytes: number;
  /** It is being recorded by this run. */
  readonly isLive: boolean;
  readonly robot: string;
  readonly policy: string;
  readonly body: string;
  /** Wall time of its beginning, ISO. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly episodes: readonly EpisodeEntry[];
  /** Why it can't be read; all else is empty then. */
  readonly problem?: string;
}

export interface EpisodeEntry {
  readonly index: number;
  readonly task: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly outcome?: EpisodeOutcome;
  /** How often a person drove in the policy's place. */
  readonly takeovers: number;
  /** In the bin. */
  readonly isDeleted: boolean;
  readonly score?: number;
  /** Why it can't be trusted at all, then what stands out. */
  readonly gates?: readonly string[];
  readonly reasons?: readonly string[];
}

/** GET sessions/ID */
export interface RecordingAbout {
  readonly hello: Hello;
  readonly scene: SceneGeometry;
  readonly durationMs: number;
  /** What happened to the things of a simulated world, in the order of time. */
  readonly moves: readonly SceneMove[];
}

/** GET sessions/ID/window/N: frames of SERVER_FRAMES from N times so long on, for so long. */
export const WINDOW_MS = 5000;

/** GET progress: newest first. */
export interface ProgressList {
  readonly runs: readonly ProgressEntry[];
}

export interface ProgressEntry {
  readonly file: string;
  readonly kind: "training" | "evaluation";
  readonly name: string;
  readonly about: string;
  readonly total: number;
  /** Seconds since it was last heard of. */
  readonly silentS: number;
  readonly looks: readonly ProgressLook[];
  readonly judged?: ProgressJudged;
  /** How it ended; absent while it goes on, or where it was broken off. */
  readonly ended?: string;
}
