// Measures what a servo would see: the pulses on the pins of an emulated board, in the chip's own cycles.
import { portBConfig, portDConfig } from "avr8js";
import type { Atmega328p } from "./atmega328p.ts";

export interface Pulse {
  /** Number of the pin on the board: 2 is D2. */
  readonly pin: number;
  readonly riseCycles: number;
  readonly widthCycles: number;
}

export class PulseMeter {
  readonly #rises = new Float64Array(14).fill(-1);
  readonly #levels = new Uint8Array(2);
  readonly #chip: Atmega328p;
  readonly #pulse: (pulse: Pulse) => void;

  constructor(chip: Atmega328p, pulse: (pulse: Pulse) => void) {
    this.#chip = chip;
    this.#pulse = pulse;
    const { b, d } = chip.ports;
    d.addListener((port) => this.#look(0, 0, port & chip.core.data[portDConfig.DDR]!));
    b.addListener((port) => this.#look(1, 8, port & chip.core.data[portBConfig.DDR]!));
  }

  #look(index: number, firstPin: number, level: number): void {
    const { cycles } = this.#chip.core;
    const changed = level ^ this.#levels[index]!;
    this.#levels[index] = level;
    for (let bit = 0; changed >> bit; bit++) {
      if (!((changed >> bit) & 1)) continue;
      const pin = firstPin + bit;
      if (pin < 2 || pin > 13) continue;
      const rise = this.#rises[pin]!;
      if ((level >> bit) & 1) this.#rises[pin] = cycles;
      else if (rise >= 0) {
        this.#rises[pin] = -1;
        this.#pulse({ pin, riseCycles: rise, widthCycles: cycles - rise });
      }
    }
  }
}
