// What somebody who looks at an emulated board sees: the pulses on its pins, and what it says of itself.
import { BOARD_FRAMES, BOARD_MODES } from "../../wire/protocol.ts";
import { decodeFields } from "../../wire/fields.ts";
import { WireParser } from "../../wire/parser.ts";
import type { Pulse } from "./pulse-meter.ts";
import { CYCLES_PER_US, type EmulatedUno } from "./uno.ts";

const RECENT_US = 100_000; // five frames of servo pulses

export class BoardWatch {
  readonly #pulses = new Map<number, Pulse>(); // the last of each pin
  #mode: string | undefined;
  readonly #parser = new WireParser((event) => {
    if (event.type !== "frame" || event.id !== BOARD_FRAMES.status.id) return;
    this.#mode = BOARD_MODES[decodeFields(BOARD_FRAMES.status, event.data)?.mode ?? -1];
  });

  pulse(pulse: Pulse): void {
    this.#pulses.set(pulse.pin, pulse);
  }

  said(bytes: Iterable<number>): void {
    this.#parser.push(bytes);
  }

  reset(): void {
    this.#pulses.clear();
    this.#mode = undefined;
  }

  /** One line: microseconds of the pulses there are, and the mode, where the board told one. */
  describe({ chip, isBooting }: EmulatedUno): string {
    const { cycles } = chip.core;
    const recent = [...this.#pulses.values()]
      .filter(({ riseCycles }) => cycles - riseCycles < RECENT_US * CYCLES_PER_US)
      .toSorted((a, b) => a.pin - b.pin)
      .map(({ pin, widthCycles }) => `D${pin} ${Math.round(widthCycles / CYCLES_PER_US)}`);
    const mode = isBooting ? "boot loader" : (this.#mode ?? "no mode told");
    return `${mode} · ${recent.length > 0 ? `${recent.join(" ")} us` : "no pulses"}`;
  }
}
