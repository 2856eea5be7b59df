// The records of Linux's joystick devices (Documentation/input/joydev/joystick-api.rst): eight bytes each,
// little-endian: u32 time in ms, s16 value, u8 type (1 button, 2 axis, or'ed with 0x80 where it only tells the
// state at opening), u8 number. Reading is total: what is cut waits for its rest, other types are passed over.

export interface JsEvent {
  readonly kind: "button" | "axis";
  readonly number: number;
  /** 0 or 1 of a button, -1..1 of an axis. */
  readonly value: number;
  /** It tells how things stood at opening, and nobody did it now. */
  readonly isInitial: boolean;
}

const EVENT_BYTES = 8;
const INITIAL = 0x80;
const KINDS: Readonly<Record<number, JsEvent["kind"]>> = { 1: "button", 2: "axis" };
const FULL_SCALE = 32767;

export class JsEventReader {
  #rest = Buffer.alloc(0);

  push(bytes: Uint8Array): JsEvent[] {
    const all = Buffer.concat([this.#rest, bytes]);
    const events: JsEvent[] = [];
    let at = 0;
    for (; at + EVENT_BYTES <= all.length; at += EVENT_BYTES) {
      const type = all[at + 6]!;
      const kind = KINDS[type & ~INITIAL];
      if (kind === undefined) continue;
      const raw = all.readInt16LE(at + 4);
      const value = kind === "button" ? Number(raw !== 0) : Math.max(-1, raw / FULL_SCALE);
      events.push({ kind, number: all[at + 7]!, value, isInitial: (type & INITIAL) !== 0 });
    }
    this.#rest = all.subarray(at);
    return events;
  }
}
