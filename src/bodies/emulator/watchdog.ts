// The watchdog of an ATmega328P (datasheet 11.8 and 11.9): timed changes, reset, and after a reset by itself
// it goes on at its shortest time until the program turns it off. avr8js's stops there. The interrupt
// mode is not here: nothing uses it.
import type { AvrCore } from "./avr-core.ts";

const WDTCSR = 0x60;
const CHANGE = 0x10; // WDCE
const ENABLE = 0x08; // WDE
const PRESCALER = 0x27; // WDP3..0
const CHANGE_CYCLES = 4;
const OSCILLATOR_HZ = 128_000;
const SHORTEST = 2048; // cycles of the oscillator, 16 ms

export class Watchdog {
  readonly #cpu: AvrCore;
  readonly #clockHz: number;
  readonly #bark: () => void;
  #mayChangeUntil = -1;

  constructor(cpu: AvrCore, clockHz: number, bark: () => void) {
    this.#cpu = cpu;
    this.#clockHz = clockHz;
    this.#bark = bark;
    cpu.onWatchdogReset = () => this.#wind();
    cpu.writeHooks[WDTCSR] = (value, old) => this.#write(value, old);
  }

  /** After a reset; one that it caused itself leaves it running. */
  reset(byItself: boolean): void {
    this.#mayChangeUntil = -1;
    this.#cpu.data[WDTCSR] = byItself ? ENABLE : 0;
    this.#wind();
  }

  #write(value: number, old: number): boolean {
    const { cycles, data } = this.#cpu;
    const mayChange = cycles <= this.#mayChangeUntil;
    if ((value & (CHANGE | ENABLE)) === (CHANGE | ENABLE)) {
      this.#mayChangeUntil = cycles + CHANGE_CYCLES;
      data[WDTCSR] = old | ENABLE;
    } else if (mayChange) data[WDTCSR] = value & (ENABLE | PRESCALER);
    else data[WDTCSR] = (old & (ENABLE | PRESCALER)) | (value & ENABLE);
    this.#wind();
    return true;
  }

  #wind(): void {
    this.#cpu.clearClockEvent(this.#expire);
    const value = this.#cpu.data[WDTCSR]!;
    if (!(value & ENABLE)) return;
    const periods = SHORTEST << ((value & 7) | ((value & 0x20) >> 2));
    this.#cpu.addClockEvent(this.#expire, Math.round((periods * this.#clockHz) / OSCILLATOR_HZ));
  }

  readonly #expire = (): void => this.#bark();
}
