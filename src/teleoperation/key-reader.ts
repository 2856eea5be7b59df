// Bytes of a terminal in raw mode as keys, whatever they are and however they are cut: arrow keys come as
// escape sequences (ECMA-48: ESC [, parameters, a final letter), and the key Esc as their first byte alone.
// A terminal tells no key-up. Ctrl-C and the space bar are heard inside of a sequence, too.

/** A printable character, or one of these names. */
export type Key = string;

const NAMED: Readonly<Record<number, Key>> = {
  0x03: "ctrl-c",
  0x09: "tab",
  0x0a: "enter",
  0x0d: "enter",
  0x20: "space",
};
const FINAL: Readonly<Record<string, Key>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  Z: "shift-tab",
};
const ESC = 0x1b;
/** A longer sequence is noise. */
const MOST_PARAMETERS = 16;

export class KeyReader {
  /** ground: nothing is open; escape: ESC came; sequence: ESC [ or ESC O came. */
  #state: "ground" | "escape" | "sequence" = "ground";
  #parameters = 0;

  /** An ESC came last: the key itself if nothing follows soon, see {@link flush}. */
  get waits(): boolean {
    return this.#state === "escape";
  }

  push(bytes: Uint8Array): Key[] {
    const keys: Key[] = [];
    for (const byte of bytes) this.#take(byte, keys);
    return keys;
  }

  /** Nothing followed. */
  flush(): Key[] {
    const keys = this.waits ? ["escape"] : [];
    this.#state = "ground";
    return keys;
  }

  #take(byte: number, keys: Key[]): void {
    if (byte === ESC) {
      keys.push(...this.flush());
      this.#state = "escape";
    } else if (byte === 0x03 || byte === 0x20) {
      keys.push(...this.flush(), NAMED[byte]!);
    } else if (this.#state === "escape") {
      const opens = byte === 0x5b || byte === 0x4f; // [ or O
      this.#state = opens ? "sequence" : "ground"; // else a key held with Alt: nothing of ours
      this.#parameters = 0;
    } else if (this.#state === "sequence") {
      const isFinal = byte >= 0x40 && byte <= 0x7e;
      if (isFinal) {
        const key = FINAL[String.fromCharCode(byte)];
        if (key !== undefined) keys.push(key);
      }
      if (isFinal || ++this.#parameters > MOST_PARAMETERS) this.#state = "ground";
    } else {
      const key =
        NAMED[byte] ?? (byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : undefined);
      if (key !== undefined) keys.push(key);
    }
  }
}
