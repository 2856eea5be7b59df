// Marks the episodes of a session on its way to the file. Nothing is left out between them, since a replay
// computes all that happened; but records are held back there for as long as the next episode may reach back,
// so that its beginning can be written before what it begins with.
import { type Clock, NS_PER_MS } from "../core/clock.ts";
import type { EpisodeOutcome, SessionRecord, Sink } from "../core/records.ts";

export interface EpisodeRecorderOptions {
  readonly sink: Sink;
  readonly clock: Clock;
  /** How long before it was asked for an episode begins. */
  readonly beforeMs?: number;
  /** Number of the first episode. */
  readonly firstIndex?: number;
}

export class EpisodeRecorder implements Sink {
  readonly #options: EpisodeRecorderOptions;
  readonly #held: { readonly atNs: number; readonly record: SessionRecord }[] = [];
  readonly #beforeNs: number;
  #index: number;
  /** Of the episode at hand, or the last one. */
  #task = "";
  #isOpen = false;
  #endedNs = 0;

  constructor(options: EpisodeRecorderOptions) {
    this.#options = options;
    this.#beforeNs = (options.beforeMs ?? 0) * NS_PER_MS;
    this.#index = options.firstIndex ?? 0;
  }

  write(record: SessionRecord): void {
    const { sink, clock } = this.#options;
    if (this.#isOpen || this.#beforeNs === 0) return sink.write(record);
    const atNs = clock.nowNs();
    this.#held.push({ atNs, record: copied(record) });
    while (this.#held[0]!.atNs < atNs - this.#beforeNs) sink.write(this.#held.shift()!.record);
  }

  /** Begins an episode of a task, as long ago as it may reach back. */
  begin(task: string): void {
    if (this.#isOpen) return;
    this.#task = task;
    const nowNs = this.#options.clock.nowNs();
    this.#mark("started", Math.round(Math.max(this.#endedNs, nowNs - this.#beforeNs)));
    this.#isOpen = true;
    this.#flush();
  }

  end(outcome?: EpisodeOutcome): void {
    if (!this.#isOpen) return;
    this.#endedNs = Math.round(this.#options.clock.nowNs());
    this.#mark("ended", this.#endedNs, outcome);
    this.#isOpen = false;
    this.#index++;
  }

  /** Says anew how the last episode went: the later word counts. */
  amend(outcome: EpisodeOutcome): void {
    const { sink, clock } = this.#options;
    const [timeNs, index, task] = [Math.round(clock.nowNs()), this.#index - 1, this.#task];
    sink.write({ type: "episode", timeNs, index, task, phase: "ended", outcome });
  }

  /** Ends what is open, and holds nothing back any more. */
  close(): void {
    this.end();
    this.#flush();
  }

  #flush(): void {
    for (const { record } of this.#held.splice(0)) this.#options.sink.write(record);
  }

  #mark(phase: "started" | "ended", timeNs: number, outcome?: EpisodeOutcome): void {
    const mark = { type: "episode", timeNs, index: this.#index, task: this.#task, phase } as const;
    this.#options.sink.write(outcome === undefined ? mark : { ...mark, outcome });
  }
}

/** A record with arrays of its own: its writer changes them afterwards. */
const copied = <T>(value: T): T => {
  if (ArrayBuffer.isView(value)) return (value as unknown as Uint8Array).slice() as T;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copied) as T;
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, copied(own)])) as T;
};
