// Send-on-delta (Miskowicz 2006): a slow quantity is told when its bin changes, and otherwise at a
// heartbeat, so that silence means "as before" and never "gone".

export class SendOnDelta {
  readonly #heartbeatNs: number;
  readonly #last: Int32Array;
  #sentNs = -Infinity;

  /** `size`: how many ids a sample has. */
  constructor(size: number, heartbeatNs: number) {
    this.#heartbeatNs = heartbeatNs;
    this.#last = new Int32Array(size);
  }

  /** Whether to tell these ids now; if so they count as told. */
  due(ids: Int32Array, timeNs: number): boolean {
    let changed = timeNs - this.#sentNs >= this.#heartbeatNs;
    for (let i = 0; i < this.#last.length; i++) changed ||= ids[i] !== this.#last[i];
    if (!changed) return false;
    this.#last.set(ids);
    this.#sentNs = timeNs;
    return true;
  }

  reset(): void {
    this.#sentNs = -Infinity;
  }
}

/** How many stretches of sound a {@link SilenceGate} tells of a silence. */
interface SilencePlan {
  readonly hangover: number;
  readonly onset: number;
  /** One in so many. */
  readonly heartbeat: number;
}

/**
 * Discontinuous transmission, as telephones have it (3GPP TS 26.093): silence is told for a hangover,
 * so that its beginning is heard, then at a heartbeat. What was last held back is told after all when
 * sound comes, since a word may begin as quietly as an "f". Counted in stretches, not by a clock.
 */
export class SilenceGate<T> {
  readonly #plan: SilencePlan;
  #silent = 0;
  #held: T[] = [];

  constructor(plan: SilencePlan) {
    this.#plan = plan;
  }

  /** What to tell now that this stretch has come, oldest first. */
  take(next: T, silent: boolean): readonly T[] {
    const { hangover, onset, heartbeat } = this.#plan;
    this.#silent = silent ? this.#silent + 1 : 0;
    const beyond = this.#silent - hangover;
    const held = this.#held;
    held.push(next);
    if (beyond > 0 && beyond % heartbeat !== 0) {
      if (held.length > onset) held.shift();
      return [];
    }
    this.#held = [];
    return silent ? [next] : held;
  }

  reset(): void {
    this.#silent = 0;
    this.#held = [];
  }
}

/** A heartbeat of many parts, each with a turn of its own in it, so that it comes as no burst. */
export class Turns {
  readonly #parts: number;
  readonly #heartbeatNs: number;
  #startNs: number | undefined;
  // Turn k belongs to part k % parts; those after #last, up to #now, are to be taken.
  #last = 0;
  #now = 0;

  constructor(parts: number, heartbeatNs: number) {
    this.#parts = parts;
    this.#heartbeatNs = heartbeatNs;
  }

  /** Goes on to a sample; at the first all parts have their turn. */
  advance(timeNs: number): void {
    this.#startNs ??= timeNs;
    this.#last = this.#now;
    const turn = Math.floor(((timeNs - this.#startNs) / this.#heartbeatNs) * this.#parts);
    this.#now = Math.max(this.#last, turn + this.#parts);
  }

  has(part: number): boolean {
    const rounds = Math.floor((this.#now - part) / this.#parts);
    return rounds > Math.floor((this.#last - part) / this.#parts);
  }

  reset(): void {
    this.#startNs = undefined;
    this.#last = this.#now = 0;
  }
}
