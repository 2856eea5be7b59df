// What a judge is: it hears the records of one episode, sees where things are, and decides what was
// tried and what of it succeeded. One file a task holds the definition of its success.
import type { SessionRecord } from "../core/records.ts";

/** World position, metres. */
export type Point = readonly [number, number, number];

/** A spoken command, and what it was taken for: the first act that began in its time. */
export interface SpokenCommand {
  /** Without a pace any will do. */
  readonly asked: { readonly act: string; readonly pace?: string };
  readonly speaker?: string;
  readonly done?: { readonly act: string; readonly pace: string };
}

/** One thing that a task asked for: a cue, a burn, a placement of the ball. */
export interface Attempt {
  /** Nanoseconds since the session's start at which it was asked for. */
  readonly atNs: number;
  readonly success: boolean;
  /** Why it failed; empty for a success. */
  readonly reason: string;
  /** From what asks to what answers, where there was an answer, late ones too. */
  readonly reactionMs?: number;
  readonly command?: SpokenCommand;
}

export interface Verdict {
  readonly attempts: readonly Attempt[];
  /** What the robot did that nothing asked for: acts, motions of a hand that is not hot. */
  readonly uninvited: number;
  /** Mean of an error in degrees, for tasks that are about one. */
  readonly errorDeg?: number;
  /** Pictures that were judged, and in how many of them what is followed was in the middle. */
  readonly centred?: { readonly pictures: number; readonly centred: number };
}

export interface Judge {
  /** Names of the bodies and sites it has to be shown. */
  readonly watches: readonly string[];
  write(record: SessionRecord): void;
  /** Where the watched things are; called every 10 ms of simulated time when it watches anything. */
  see(timeNs: number, positions: ReadonlyMap<string, Point>): void;
  verdict(): Verdict;
}

/** Whether a record says that the robot goes to rest: what follows it is no longer the task. */
export const endsTask = (record: SessionRecord): boolean =>
  record.type === "order" && record.order !== "arm" && record.order !== "clear";
