// Servo frames come each 20 ms, and one more at once where an answer began something: what differences tell of speed
// and jerk, they tell of equal steps only.
import type { SessionRecord } from "./records.ts";

export class GridFrames {
  #beganNs = Number.NaN;

  /** The record where it is a servo frame of the grid. To be given every record, in order. */
  of(record: SessionRecord): (SessionRecord & { type: "action" }) | undefined {
    // What begins is told to the robot itself at the stamp of its frame, just before it.
    if (record.type === "tokens_in" && record.sensor === "self") this.#beganNs = record.timeNs;
    return record.type === "action" && record.timeNs !== this.#beganNs ? record : undefined;
  }
}
