// A cable to an emulated Uno that runs the real firmware in real time: what is at the far end of a serial port in
// the tests. A machine that can't keep up makes the board late, never wrong: it catches up in small helpings.
import { readFileSync } from "node:fs";
import type { LineEvents, OpenLine } from "../../../../src/bodies/arduino/line-port.ts";
import type { Pulse } from "../../../../src/bodies/emulator/pulse-meter.ts";
import { EmulatedUno } from "../../../../src/bodies/emulator/uno.ts";
import { monotonicNs } from "../../../../src/core/clock.ts";
import { BodyError } from "../../../../src/core/errors.ts";
import { BAUDS } from "../../../../src/wire/protocol.ts";

const HEX = readFileSync(
  new URL("../../../../firmware/efference-uno.hex", import.meta.url),
  "utf8",
);
const TURN_MS = 1;
const HELPING_NS = 5e6;

export class Cable {
  readonly uno: EmulatedUno;
  readonly pulses: Pulse[] = [];
  /** How often the port was opened. */
  openings = 0;
  /** What the noise on the way makes of bytes. */
  spoil = (bytes: Uint8Array, _to: "board" | "host"): Uint8Array => bytes;
  /** Whether opening the port resets the board, as it does but where that trace is cut. */
  resets = true;
  /** What the board says waits, and comes all at once in the end: a converter with a long latency. */
  isClogged = false;
  onClosed = (): void => {};
  #events: LineEvents | undefined;
  #isPlugged = true;
  #said: number[] = [];
  #startNs = monotonicNs();
  #timer: NodeJS.Timeout | undefined;
  #lateNs = 0;

  constructor() {
    this.uno = new EmulatedUno({
      hex: HEX,
      baud: BAUDS[0],
      said: (byte) => this.#said.push(byte),
      pulse: (pulse) => this.pulses.push(pulse),
    });
    this.uno.run(200); // compiled a little, and booted
    this.#startNs = monotonicNs() - this.uno.timeNs;
    this.#turn();
  }

  readonly openLine: OpenLine = async (events) => {
    if (!this.#isPlugged) throw new BodyError("the port does not exist");
    this.openings++;
    this.#events = events;
    if (this.resets) {
      this.uno.baud = BAUDS[0];
      this.uno.reset("pin"); // by DTR
    }
    return {
      write: (bytes) => this.#isPlugged && this.uno.write(this.spoil(bytes, "board")),
      setBaud: async (baud) => void (this.uno.baud = baud),
      close: async () => {
        if (this.#events === events) this.#events = undefined;
        this.onClosed();
      },
    };
  };

  /** What somebody else says on the same line. */
  interfere(bytes: Iterable<number>): void {
    this.uno.write(bytes);
  }

  /** Pulls the cable of a board that has its own power, or plugs it in again. */
  set isPlugged(isPlugged: boolean) {
    this.#isPlugged = isPlugged;
    this.uno.isCut = !isPlugged;
    if (isPlugged) return;
    const events = this.#events;
    this.#events = undefined;
    events?.gone("the cable was pulled");
  }

  /** Resolves once so much of the board's own time went by. */
  async pass(ms: number): Promise<void> {
    const endNs = this.uno.timeNs + ms * 1e6;
    while (this.uno.timeNs < endNs) await new Promise((resolve) => setTimeout(resolve, TURN_MS));
  }

  /** By how much the board was late at the most since this was last asked. */
  takeLatenessMs(): number {
    const lateMs = this.#lateNs / 1e6;
    this.#lateNs = 0;
    return lateMs;
  }

  /** Takes the pulses seen so far. */
  takePulses(): Pulse[] {
    return this.pulses.splice(0);
  }

  unplugForGood(): void {
    clearTimeout(this.#timer);
  }

  #turn(): void {
    const nowNs = monotonicNs() - this.#startNs;
    this.#lateNs = Math.max(this.#lateNs, nowNs - this.uno.timeNs);
    const isLate = nowNs - this.uno.timeNs > HELPING_NS;
    this.uno.runTo(Math.min(nowNs, this.uno.timeNs + HELPING_NS));
    const said = this.isClogged ? [] : this.#said.splice(0);
    if (said.length > 0) this.#events?.heard(this.spoil(Uint8Array.from(said), "host"));
    this.#timer = setTimeout(() => this.#turn(), isLate ? 0 : TURN_MS);
  }
}
