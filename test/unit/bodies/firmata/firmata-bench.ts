// An emulated Uno behind a Firmata client's port, whose time passes as fast as this machine lets it: a stock firmware
// never sleeps, and a busy machine would be too slow for a clock that does not wait.
import { setImmediate } from "node:timers/promises";
import type { Pulse } from "../../../../src/bodies/emulator/pulse-meter.ts";
import { EmulatedUno } from "../../../../src/bodies/emulator/uno.ts";
import { UnoPort } from "../../../../src/bodies/emulator/uno-port.ts";
import { SimulatedClock } from "../../../../src/core/clock.ts";

const SLICE_MS = 1;

export class FirmataBench {
  /** The board's own time since it has booted. */
  readonly clock = new SimulatedClock();
  readonly uno: EmulatedUno;
  readonly port: UnoPort;
  #pulses: Pulse[] = [];
  #said: number[] = [];
  #isOpen = true;

  constructor(hex: string, bootMs: number) {
    this.uno = new EmulatedUno({
      hex,
      said: (byte) => this.#said.push(byte),
      pulse: (pulse) => this.#pulses.push(pulse),
    });
    this.port = new UnoPort((bytes) => this.uno.write(bytes));
    this.uno.run(bootMs);
    this.#said = [];
    void this.#live(this.uno.timeNs);
  }

  /** Lets that much time pass, and takes the pulses of it. */
  async pass(ms: number): Promise<Pulse[]> {
    this.#pulses = [];
    const endNs = this.clock.nowNs() + ms * 1e6;
    while (this.#isOpen && this.clock.nowNs() < endNs) await setImmediate();
    if (!this.#isOpen) this.clock.advanceTo(endNs);
    return this.#pulses;
  }

  close(): void {
    this.#isOpen = false;
  }

  async #live(originNs: number): Promise<void> {
    while (this.#isOpen) {
      this.uno.run(SLICE_MS);
      const said = Uint8Array.from(this.#said.splice(0));
      if (said.length > 0) this.port.hear(said);
      this.clock.advanceTo(Math.floor(this.uno.timeNs - originNs));
      await setImmediate();
    }
  }
}
