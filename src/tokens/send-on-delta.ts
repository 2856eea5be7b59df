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
