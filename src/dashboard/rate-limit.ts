// So many at once, and so many a second from then on: a token bucket.
import { type Clock, NS_PER_S } from "../core/clock.ts";

export class RateLimit {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #perS: number;
  #left: number;
  #sinceNs: number;

  constructor(clock: Clock, options: { readonly atOnce: number; readonly perS: number }) {
    this.#clock = clock;
    this.#most = this.#left = options.atOnce;
    this.#perS = options.perS;
    this.#sinceNs = clock.nowNs();
  }

  /** Whether one more is allowed now; one that is not costs nothing. */
  admits(): boolean {
    const nowNs = this.#clock.nowNs();
    const refilled = this.#left + ((nowNs - this.#sinceNs) / NS_PER_S) * this.#perS;
    this.#left = Math.min(this.#most, refilled);
    this.#sinceNs = nowNs;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }

  /** Takes the last one back: it should have cost nothing. */
  refund(): void {
    this.#left = Math.min(this.#most, this.#left + 1);
  }
}
