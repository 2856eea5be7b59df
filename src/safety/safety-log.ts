// What the kernel has limited, refused and stopped: exact counts, and events in words for people.
// Counting allocates nothing; an event is made only where something begins.
import { SAFETY_REASONS, type SafetyReason } from "../core/records.ts";

export interface SafetyEvent {
  /** Nanoseconds since the session's start. */
  readonly timeNs: number;
  readonly reason: SafetyReason;
  /** Name of the servo, or "" when it concerns all. */
  readonly servo: string;
  /** What was asked and what was allowed, in words with units. */
  readonly detail: string;
}

/** An undrained log keeps the first events: they tell the cause, and the counts tell the rest. */
const MOST_EVENTS = 1024;
const NONE: readonly SafetyEvent[] = [];

export class SafetyLog {
  readonly counts = Object.fromEntries(SAFETY_REASONS.map((reason) => [reason, 0])) as Record<
    SafetyReason,
    number
  >;
  readonly #raised: Record<SafetyReason, Uint8Array>; // [servos]
  #events: SafetyEvent[] = [];

  constructor(servoCount: number) {
    this.#raised = Object.fromEntries(
      SAFETY_REASONS.map((reason) => [reason, new Uint8Array(servoCount)]),
    ) as Record<SafetyReason, Uint8Array>;
  }

  /** Keeps an event; counting is the caller's, who may count more than is told. */
  event(timeNs: number, reason: SafetyReason, servo: string, detail: string): void {
    if (this.#events.length < MOST_EVENTS) this.#events.push({ timeNs, reason, servo, detail });
  }

  /** Notes that a reason applies to a servo; true when it begins to. */
  raise(reason: SafetyReason, index: number): boolean {
    if (this.#raised[reason][index] === 1) return false;
    this.#raised[reason][index] = 1;
    return true;
  }

  /** Notes that a reason has ceased to apply to a servo. */
  lower(reason: SafetyReason, index: number): void {
    this.#raised[reason][index] = 0;
  }

  /** Notes that nothing applies any more: commands no longer decide the motion. */
  lowerAll(): void {
    for (const reason of SAFETY_REASONS) this.#raised[reason].fill(0);
  }

  /** The events since the last call. */
  take(): readonly SafetyEvent[] {
    if (this.#events.length === 0) return NONE;
    const taken = this.#events;
    this.#events = [];
    return taken;
  }
}
