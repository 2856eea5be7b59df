// Frames that wait for a policy. One that hangs, or is not asked for long, must not fill the memory.
import { NS_PER_S } from "./clock.ts";
import type { TokenFrame } from "./ports.ts";

/** So many wait at the most, of so long: more than a model can see. The oldest go. */
const MOST_FRAMES = 4096;
const LONGEST_NS = 30 * NS_PER_S;

export class FrameQueue {
  #frames: TokenFrame[] = [];

  /** Returns how many frames had to go for it. */
  push(frame: TokenFrame): number {
    this.#frames.push(frame);
    const sinceNs = frame.timeNs - LONGEST_NS;
    let gone = Math.max(0, this.#frames.length - MOST_FRAMES);
    while (this.#frames[gone]!.timeNs < sinceNs) gone++;
    if (gone > 0) this.#frames.splice(0, gone);
    return gone;
  }

  /** What came since it was last asked. */
  take(): readonly TokenFrame[] {
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }
}
