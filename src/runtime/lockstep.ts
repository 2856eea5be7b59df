// Drives a simulated clock as fast as the machine allows, and still the same every time: the clock
// stands until everything asynchronous that a stamp set off has come to rest.
import type { SimulatedClock } from "../core/clock.ts";

/** Work that must settle before simulated time may go on. */
export class Pending {
  readonly #open = new Set<Promise<unknown>>();

  /** Counts `work` in until it settles; failures stay with whoever awaits `work`. */
  add<T>(work: Promise<T>): Promise<T> {
    const done = (): void => void this.#open.delete(work);
    this.#open.add(work);
    work.then(done, done);
    return work;
  }

  /** Resolves when nothing is open any more, or when the signal gives up on it. */
  async settled(signal?: AbortSignal): Promise<void> {
    if (this.#open.size === 0 || signal?.aborted) return;
    let giveUp = (): void => {};
    const givenUp = new Promise<void>((resolve) => (giveUp = resolve));
    signal?.addEventListener("abort", giveUp);
    while (this.#open.size > 0 && !signal?.aborted)
      await Promise.race([Promise.allSettled(this.#open), givenUp]);
    signal?.removeEventListener("abort", giveUp);
  }
}

/** Runs the clock until `over()`; yields to the event loop now and then, so that signals arrive. */
export const runLockstep = async (
  clock: SimulatedClock,
  settled: () => Promise<void>,
  over: () => boolean,
): Promise<void> => {
  for (let stamps = 1; !over(); stamps++) {
    const next = clock.nextNs();
    if (next === undefined) return;
    clock.advanceTo(next);
    await settled();
    if (stamps % 256 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
};
