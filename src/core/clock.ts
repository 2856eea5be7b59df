// Time, the only room that knows it. A stamp is a whole number of nanoseconds since the session's
// start (safe in a double for 104 days); the real clock and the simulated one are interchangeable.
import { Observable } from "rxjs";

export const NS_PER_MS = 1e6;
export const NS_PER_S = 1e9;

export interface Clock {
  /** Wall time of stamp zero, nanoseconds since the Unix epoch. */
  readonly startedAtNs: bigint;
  /** Nanoseconds since the session's start. */
  nowNs(): number;
  /** Runs `task` once `timeNs` is reached, and returns its cancellation. */
  at(timeNs: number, task: () => void): () => void;
}

const wallNowNs = (): bigint => BigInt(Date.now()) * 1_000_000n;

/** A wall stamp as UTC text, 2026-11-23T14:50:35.123Z. */
export const isoTime = (wallNs: bigint): string =>
  new Date(Number(wallNs / 1_000_000n)).toISOString();

/** Nanoseconds since the process was started, the interpreter's own start included. */
export const processAgeNs = (): number => process.uptime() * NS_PER_S;

/** Nanoseconds of the machine's monotonic clock, comparable between the threads of a process. */
export const monotonicNs = (): number => Number(process.hrtime.bigint());

/** A timer's: 25 days. */
export const LONGEST_MS = 2 ** 31 - 1;

/** Follows the machine's monotonic clock, which never runs backwards. */
export class RealClock implements Clock {
  #startedAtNs = wallNowNs();
  #originNs: number;

  /** `originNs`: the monotonic stamp that counts as zero; a worker passes its parent's. */
  constructor(originNs = monotonicNs()) {
    this.#originNs = originNs;
  }

  get startedAtNs(): bigint {
    return this.#startedAtNs;
  }

  get originNs(): number {
    return this.#originNs;
  }

  /** Makes this moment stamp zero, once everything is open. What was asked for before comes when it would have come. */
  begin(): void {
    this.#startedAtNs = wallNowNs();
    this.#originNs = monotonicNs();
  }

  nowNs(): number {
    return monotonicNs() - this.#originNs;
  }

  at(timeNs: number, task: () => void): () => void {
    const dueNs = this.#originNs + timeNs; // whatever becomes stamp zero meanwhile
    let timer: NodeJS.Timeout | undefined;
    // A timer counts whole milliseconds from when the event loop last looked: it may be early.
    const wait = (): void => {
      timer = setTimeout(
        () => (monotonicNs() < dueNs ? wait() : task()),
        Math.min(LONGEST_MS, Math.max(0, (dueNs - monotonicNs()) / NS_PER_MS)),
      );
    };
    wait();
    return () => clearTimeout(timer);
  }
}

interface Entry {
  timeNs: number;
  order: number;
  task: () => void;
}

/** Moves only when told to; tasks due at one stamp run in the order they were asked for. */
export class SimulatedClock implements Clock {
  readonly startedAtNs: bigint;
  #nowNs = 0;
  #order = 0;
  readonly #queue: Entry[] = []; // sorted by (timeNs, order)
  readonly #followers: ((timeNs: number) => void)[] = [];

  constructor(startedAtNs = 0n) {
    this.startedAtNs = startedAtNs;
  }

  nowNs(): number {
    return this.#nowNs;
  }

  at(timeNs: number, task: () => void): () => void {
    const entry = { timeNs: Math.max(Math.round(timeNs), this.#nowNs), order: this.#order++, task };
    let index = this.#queue.length;
    while (index > 0 && this.#queue[index - 1]!.timeNs > entry.timeNs) index--;
    this.#queue.splice(index, 0, entry);
    return () => {
      const found = this.#queue.indexOf(entry);
      if (found >= 0) this.#queue.splice(found, 1);
    };
  }

  /** Calls `follow` with each new stamp before the tasks due at it: physics keeps up this way. */
  followedBy(follow: (timeNs: number) => void): void {
    this.#followers.push(follow);
  }

  /** Stamp of the earliest task, or undefined when nothing is due ever. */
  nextNs(): number | undefined {
    return this.#queue[0]?.timeNs;
  }

  /** Runs every task due up to and including `timeNs`, then stands at it. */
  advanceTo(timeNs: number): void {
    for (let next = this.nextNs(); next !== undefined && next <= timeNs; next = this.nextNs()) {
      this.#moveTo(next);
      this.#queue.shift()!.task();
    }
    this.#moveTo(timeNs);
  }

  #moveTo(timeNs: number): void {
    if (timeNs <= this.#nowNs) return;
    for (const follow of this.#followers) follow(timeNs);
    this.#nowNs = timeNs;
  }
}

/**
 * Emits the due stamp every `periodNs`, the first at `firstNs`. After a stall one comes late, the
 * others that were missed are skipped, and the phase is kept: it never bursts to catch up, nor does it wait where
 * the clock has begun anew.
 */
export const every = (
  clock: Clock,
  periodNs: number,
  firstNs = clock.nowNs(),
): Observable<number> =>
  new Observable((subscriber) => {
    const stampOf = (index: number): number => Math.round(firstNs + index * periodNs);
    let index = 0;
    let cancel = clock.at(stampOf(0), function fire() {
      const dueNs = stampOf(index);
      index += Math.floor((clock.nowNs() - dueNs) / periodNs) + 1;
      cancel = clock.at(stampOf(index), fire);
      subscriber.next(dueNs);
    });
    return () => cancel();
  });

/** {@link every}, from the first stamp on that lies `phaseNs` after a multiple of the period. */
export const everyInPhase = (clock: Clock, periodNs: number, phaseNs: number): Observable<number> =>
  every(clock, periodNs, Math.ceil((clock.nowNs() - phaseNs) / periodNs) * periodNs + phaseNs);

/** Resolves after `ms` on the clock, or at once when the signal aborts: callers look at the signal. */
export const pause = (clock: Clock, ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = (): void => {
      cancel();
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const cancel = clock.at(clock.nowNs() + ms * NS_PER_MS, wake);
    signal?.addEventListener("abort", wake);
  });
