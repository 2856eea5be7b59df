// Time as the kernel accepts it: the stamps of step(), which only ever grow. A stamp that is none,
// or that runs backwards, passes no time; it is counted, and told once a burst.
import { NS_PER_MS } from "../core/clock.ts";
import type { SafetyLog } from "./safety-log.ts";

/** A call moves no further than this: a stall never becomes a leap. */
const MOST_MOTION_MS = 40;

/** Whether a number is a stamp: nanoseconds since the session's start, exact in a double. */
export const isStamp = (timeNs: number): boolean =>
  timeNs >= 0 && timeNs <= Number.MAX_SAFE_INTEGER;

export class Timeline {
  #nowNs = 0;
  #playedNs = 0; // up to which motion has been played
  #inBurst = false;
  readonly #log: SafetyLog;

  constructor(log: SafetyLog) {
    this.#log = log;
  }

  /** The stamp of the last step. */
  get nowNs(): number {
    return this.#nowNs;
  }

  /** The stamp itself, or the last step's in place of one that can't be. */
  read(timeNs: number): number {
    const isGood = isStamp(timeNs) && timeNs >= this.#nowNs;
    if (!isGood) {
      this.#log.counts.time_reversed++;
      if (!this.#inBurst)
        this.#log.event(
          this.#nowNs,
          "time_reversed",
          "",
          `asked for the stamp ${timeNs} ns, allowed from ${this.#nowNs} ns on: no time passes`,
        );
    }
    this.#inBurst = !isGood;
    return isGood ? timeNs : this.#nowNs;
  }

  /** Motion begins at a stamp: the time before it is not made up for. */
  beginMotion(timeNs: number): void {
    this.#playedNs = Math.max(this.#playedNs, timeNs);
  }

  /**
   * Goes on to a step's stamp and returns the whole milliseconds of motion due, 40 at most. What is
   * left under one waits for the next step, so that odd periods lose nothing; what is over is dropped.
   */
  advance(timeNs: number): number {
    this.#nowNs = this.read(timeNs);
    this.#playedNs = this.upToNow(this.#playedNs);
    const ms = Math.floor((this.#nowNs - this.#playedNs) / NS_PER_MS);
    this.#playedNs += ms * NS_PER_MS;
    return Math.min(ms, MOST_MOTION_MS);
  }

  /** A mark that was set ahead of time, brought back: no stamp from the future puts off a timeout. */
  upToNow(markNs: number): number {
    return Math.min(markNs, this.#nowNs);
  }

  /** Milliseconds from a mark to the last step. */
  sinceMs(markNs: number): number {
    return (this.#nowNs - markNs) / NS_PER_MS;
  }
}
