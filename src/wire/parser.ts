// A byte stream into frames and Firmata messages. Total: any bytes in any pieces are taken, and nothing
// is held back for longer than a frame can be. A byte with its high bit set always begins something
// new, so that one that was cut off costs itself and no more; firmware/link.c does the same.
import { crc16 } from "./crc16.ts";
import { SYSEX_END, SYSEX_START } from "./frame.ts";
import { WIRE_LIMITS } from "./protocol.ts";

export type WireEvent =
  /** A frame of the user range whose CRC is right. */
  | { readonly type: "frame"; readonly id: number; readonly seq: number; readonly data: Uint8Array }
  /** Any other sysex: its command first. */
  | { readonly type: "sysex"; readonly data: Uint8Array }
  /** A plain Firmata message with its data bytes. */
  | { readonly type: "message"; readonly status: number; readonly data: Uint8Array }
  | { readonly type: "fault"; readonly fault: "bad_crc" | "broken_frame" };

/** Ids of sysex that carry token frames; what is above belongs to Firmata. */
const LAST_USER_ID = 0x0f;
const OVERHEAD = 5; // id, seq, crc
/** A reply of Firmata, such as the capabilities of all pins, may be longer than any frame of ours. */
const LONGEST = 1024;

const dataBytesOf = (status: number): number => {
  if (status < 0xf0) return (status & 0xf0) === 0xc0 || (status & 0xf0) === 0xd0 ? 1 : 2;
  if (status === 0xf9) return 2; // a board's version
  return status === 0xf4 || status === 0xf5 ? 2 : 0;
};

export class WireParser {
  readonly #emit: (event: WireEvent) => void;
  readonly #buffer = new Uint8Array(LONGEST);
  #length = 0;
  #tooLong = false;
  /** What the data bytes belong to: 0 is nothing. */
  #status = 0;

  constructor(emit: (event: WireEvent) => void) {
    this.#emit = emit;
  }

  push(bytes: Iterable<number>): void {
    for (const byte of bytes) {
      if (byte >= 0x80) this.#heed(byte);
      else if (this.#status === SYSEX_START) this.#collect(byte);
      else if (this.#status !== 0) {
        this.#collect(byte);
        if (this.#length === dataBytesOf(this.#status)) this.#message();
      }
    }
  }

  #collect(byte: number): void {
    if (this.#length < LONGEST) this.#buffer[this.#length++] = byte;
    else this.#tooLong = true;
  }

  #heed(status: number): void {
    const inSysex = this.#status === SYSEX_START;
    if (inSysex && status === SYSEX_END) this.#sysex();
    else if (inSysex) this.#emit({ type: "fault", fault: "broken_frame" });
    this.#length = 0;
    this.#tooLong = false;
    this.#status = status === SYSEX_END ? 0 : status;
    if (status !== SYSEX_START && status !== SYSEX_END && dataBytesOf(status) === 0)
      this.#message();
  }

  #message(): void {
    this.#emit({
      type: "message",
      status: this.#status,
      data: this.#buffer.slice(0, this.#length),
    });
    this.#status = 0;
    this.#length = 0;
  }

  #sysex(): void {
    const body = this.#buffer.subarray(0, this.#length);
    if (this.#length === 0 || this.#tooLong)
      return this.#emit({ type: "fault", fault: "broken_frame" });
    if (body[0]! > LAST_USER_ID || body[0] === 0)
      return this.#emit({ type: "sysex", data: body.slice() });
    const count = body.length - OVERHEAD;
    if (count < 0 || count > WIRE_LIMITS.dataBytes)
      return this.#emit({ type: "fault", fault: "broken_frame" });
    const [low, middle, high] = body.subarray(-3);
    if (crc16(body.subarray(0, -3)) !== (low! | (middle! << 7) | (high! << 14)))
      return this.#emit({ type: "fault", fault: "bad_crc" });
    this.#emit({ type: "frame", id: body[0]!, seq: body[1]!, data: body.slice(2, -3) });
  }
}
