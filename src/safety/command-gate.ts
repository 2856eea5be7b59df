// Which commands are heard. A refusal counts each time and is told once a burst: a source that is
// wrong at 50 Hz must not drown the log that is to explain it.
import type { RobotDescription } from "../core/robot.ts";
import type { SafetyLog } from "./safety-log.ts";
import { isStamp, type Timeline } from "./timeline.ts";

/** What shuts commands out whatever they say. */
export type Bar = "estop" | "not_armed";
type Refusal = Bar | "wrong_length" | "time_reversed";

export class CommandGate {
  readonly #robot: RobotDescription;
  readonly #timeline: Timeline;
  readonly #log: SafetyLog;
  #lastNs = 0; // stamp of the last command let through
  #inBurst: Refusal | undefined;

  constructor(robot: RobotDescription, timeline: Timeline, log: SafetyLog) {
    this.#robot = robot;
    this.#timeline = timeline;
    this.#log = log;
  }

  /** Lets a command through, or counts why not. */
  admits(timeNs: number, length: number, bar: Bar | undefined): boolean {
    const refusal = bar ?? this.#fault(timeNs, length);
    if (refusal === undefined) this.#lastNs = timeNs;
    else {
      this.#log.counts[refusal]++;
      if (refusal !== this.#inBurst)
        this.#log.event(this.#timeline.nowNs, refusal, "", this.#words(refusal, timeNs, length));
    }
    this.#inBurst = refusal;
    return refusal === undefined;
  }

  /** Called after each step: a stamp from the future shuts out later commands until then only. */
  bringBack(): void {
    this.#lastNs = this.#timeline.upToNow(this.#lastNs);
  }

  /** What is refused from here on is a new burst. */
  endBurst(): void {
    this.#inBurst = undefined;
  }

  /**
   * Whether every number of a command is finite. Others are counted one by one, and told when a
   * servo's begin.
   */
  isFinite(timeNs: number, targetDeg: Float64Array): boolean {
    let all = true;
    for (let i = 0; i < targetDeg.length; i++) {
      if (Number.isFinite(targetDeg[i])) this.#log.lower("not_finite", i);
      else {
        all = false;
        this.#log.counts.not_finite++;
        if (this.#log.raise("not_finite", i))
          this.#log.event(
            timeNs,
            "not_finite",
            this.#robot.servos[i]!.name,
            `asked for ${targetDeg[i]} deg, allowed a finite number: it keeps its last target`,
          );
      }
    }
    return all;
  }

  #fault(timeNs: number, length: number): Refusal | undefined {
    if (length !== this.#robot.servos.length) return "wrong_length";
    // One that would be stale on arrival could only make the robot start and stop.
    const isOld = this.#timeline.sinceMs(timeNs) >= this.#robot.timeouts.holdMs;
    return isStamp(timeNs) && timeNs >= this.#lastNs && !isOld ? undefined : "time_reversed";
  }

  #words(refusal: Refusal, timeNs: number, length: number): string {
    switch (refusal) {
      case "estop":
        return "asked to move, allowed once the emergency stop is cleared and the robot armed";
      case "not_armed":
        return "asked to move, allowed once the robot is armed";
      case "wrong_length":
        return `asked for ${length} angles, allowed ${this.#robot.servos.length}, one a servo`;
      case "time_reversed":
        return `asked at the stamp ${timeNs} ns, allowed from ${this.#lastNs} ns on and within ${this.#robot.timeouts.holdMs} ms of the last step at ${this.#timeline.nowNs} ns`;
    }
  }
}
