// The course of a recording, one episode after the other, with time to put things back between them: what
// LeRobot's record does, by the same keys, and by whatever else gives the same orders. It decides when an episode
// begins and ends; who writes that down is told.
import { type Clock, NS_PER_MS, NS_PER_S } from "../core/clock.ts";
import type { EpisodeOutcome } from "../core/records.ts";
import type { Key } from "./key-reader.ts";

/** What keeps the episodes (session/episode-recorder.ts). */
interface EpisodeBook {
  begin(task: string): void;
  end(outcome?: EpisodeOutcome): void;
  /** Says anew how the last one went. */
  amend(outcome: EpisodeOutcome): void;
}

export interface RecordingFlowOptions {
  readonly clock: Clock;
  readonly book: EpisodeBook;
  /** What the first episode is to show. */
  readonly task: string;
  /** How many are kept already. */
  readonly kept?: number;
  /** How many are to be kept; until somebody stops when left out. */
  readonly episodes?: number | undefined;
  /** How long one lasts at most. */
  readonly episodeMs?: number | undefined;
  /** After so long the next begins by itself; it waits for a key when left out. */
  readonly resetMs?: number | undefined;
  readonly onChange: (words: string) => void;
  /** All is recorded. Left out where the session goes on: then to stop only ends the episode at hand. */
  readonly onOver?: () => void;
}

/** What a person says, by a key or a button. */
export const RECORDING_ORDERS = ["next", "redo", "stop", "success", "failure"] as const;
export type RecordingOrder = (typeof RECORDING_ORDERS)[number];

/** How far a recording has come, for whoever shows it. */
export interface RecordingState {
  readonly phase: "reset" | "episode" | "over";
  readonly task: string;
  readonly kept: number;
  readonly episodes: number | undefined;
  readonly elapsedMs: number;
  /** When this phase ends by itself. */
  readonly limitMs: number | undefined;
  /** How the last episode went: null where nobody said, undefined before the first. */
  readonly last: EpisodeOutcome | null | undefined;
  /** Whether to stop ends the run. */
  readonly endsRun: boolean;
}

const KEYS: Readonly<Record<Key, RecordingOrder>> = {
  n: "next",
  right: "next",
  r: "redo",
  left: "redo",
  q: "stop",
  escape: "stop",
  s: "success",
  f: "failure",
};

export class RecordingFlow {
  phase: RecordingState["phase"] = "reset";
  /** What the next episode is to show. */
  task: string;
  /** Episodes that count: those to be done again do not. */
  kept: number;
  readonly #options: RecordingFlowOptions;
  #sinceNs: number;
  #cancel: (() => void) | undefined;
  /** Of the last episode, undefined before the first. */
  #last: { outcome: EpisodeOutcome | undefined } | undefined;

  static readonly help =
    "episode n or right: begin, end   r or left: do it again   s success   f failure   q or Esc: end all";

  constructor(options: RecordingFlowOptions) {
    this.#options = options;
    this.task = options.task;
    this.kept = options.kept ?? 0;
    this.#sinceNs = options.clock.nowNs();
  }

  /** The clock runs from here on. */
  start(): void {
    this.#enter("reset");
  }

  get state(): RecordingState {
    const { clock, episodes, episodeMs, resetMs, onOver } = this.#options;
    const { phase, task, kept } = this;
    return {
      phase,
      task,
      kept,
      episodes,
      elapsedMs: (clock.nowNs() - this.#sinceNs) / NS_PER_MS,
      limitMs: phase === "episode" ? episodeMs : resetMs,
      last: this.#last && (this.#last.outcome ?? null),
      endsRun: onOver !== undefined,
    };
  }

  get line(): string {
    const { limitMs, episodes, elapsedMs } = this.state;
    const seconds = Math.floor((elapsedMs * NS_PER_MS) / NS_PER_S);
    const of = limitMs === undefined ? "" : ` of ${limitMs / 1000}`;
    const count = `${this.kept}${episodes === undefined ? "" : `/${episodes}`} kept`;
    if (this.phase === "over") return `over · ${count}`;
    if (this.phase === "episode") return `RECORDING ${seconds}${of} s · ${count}`;
    return `${limitMs === undefined ? "ready, n begins" : `reset ${seconds}${of} s`} · ${count}`;
  }

  /** Obeys a key; false for one without a meaning here. */
  press(key: Key): boolean {
    const order = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
    return order !== undefined && this.obey(order);
  }

  /**
   * False once all is over. `seenPhase`: what whoever gives the order saw last, where that may be a moment old: a
   * second click begins nothing that the first one ended, and what is said of the last episode ends no new one.
   */
  obey(order: RecordingOrder, seenPhase: string = this.phase): boolean {
    if (this.phase === "over") return false;
    if (order === "stop") this.stop();
    else if (seenPhase !== this.phase && (order === "next" || this.phase === "episode"))
      return true;
    else if (this.phase === "episode") this.#end(order === "next" ? undefined : order);
    else if (order === "next") this.#begin();
    else this.#judge(order);
    return true;
  }

  /** Ends everything, or where the session goes on, the episode at hand; that one is kept. */
  stop(): void {
    if (this.phase === "episode") this.#close(undefined);
    if (this.#options.onOver) this.#over();
    else this.#enter("reset");
  }

  #begin(): void {
    this.#options.book.begin(this.task);
    this.#enter("episode");
    this.#options.onChange(`recording an episode (${this.kept} kept)`);
  }

  #end(outcome: EpisodeOutcome | undefined): void {
    this.#close(outcome);
    const { episodes } = this.#options;
    if (episodes !== undefined && this.kept >= episodes) return this.#over();
    this.#enter("reset");
  }

  #close(outcome: EpisodeOutcome | undefined): void {
    this.#options.book.end(outcome);
    this.#last = { outcome };
    if (outcome !== "redo") this.kept++;
    const how = outcome === "redo" ? "to be done again" : (outcome ?? "ended");
    this.#options.onChange(`the episode: ${how} (${this.kept} kept)`);
  }

  /** Second thoughts about the episode that is just over. */
  #judge(outcome: EpisodeOutcome): void {
    if (this.#last === undefined || this.#last.outcome === outcome) return;
    if (outcome === "redo") this.kept--;
    if (this.#last.outcome === "redo") this.kept++;
    this.#last = { outcome };
    this.#options.book.amend(outcome);
    this.#options.onChange(`the last episode: ${outcome}`);
  }

  #over(): void {
    this.#cancel?.();
    if (this.phase === "over") return;
    this.phase = "over";
    this.#options.onOver?.();
  }

  #enter(phase: "reset" | "episode"): void {
    const { clock, episodeMs, resetMs } = this.#options;
    this.#cancel?.();
    this.phase = phase;
    this.#sinceNs = clock.nowNs();
    const limitMs = phase === "episode" ? episodeMs : resetMs;
    if (limitMs === undefined) return;
    const next = (): void => (phase === "episode" ? this.#end(undefined) : this.#begin());
    this.#cancel = clock.at(this.#sinceNs + limitMs * NS_PER_MS, next);
  }
}
