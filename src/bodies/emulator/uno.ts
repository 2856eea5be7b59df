// An emulated Arduino Uno: the chip, its serial port as a host sees it, servos' pulses and analog inputs. It
// has no clock of its own and is told how far to go, so that the same bytes at the same stamps make the
// same pulses, to the cycle. Time is the chip's own, from its power on.
import { NS_PER_S } from "../../core/clock.ts";
import { Atmega328p, CLOCK_HZ, FLASH_BYTES, RESET_CAUSE } from "./atmega328p.ts";
import { flashOf } from "./intel-hex.ts";
import { type Pulse, PulseMeter } from "./pulse-meter.ts";

const NS_PER_CYCLE = NS_PER_S / CLOCK_HZ;
export const CYCLES_PER_US = CLOCK_HZ / 1e6;

export interface UnoOptions {
  /** The text of an Intel HEX file. */
  readonly hex: string;
  readonly baud: number;
  /** Each byte that the board says, at the end of its stop bit. */
  readonly said?: (byte: number, timeNs: number) => void;
  readonly pulse?: (pulse: Pulse) => void;
}

export class EmulatedUno {
  readonly chip: Atmega328p;
  #isCut = false;

  constructor({ hex, baud, said, pulse }: UnoOptions) {
    this.chip = new Atmega328p({
      flash: flashOf(hex, FLASH_BYTES),
      hostBaud: baud,
      said: (byte, cycles) => this.#isCut || said?.(byte, cycles * NS_PER_CYCLE),
    });
    new PulseMeter(this.chip, (seen) => pulse?.(seen));
  }

  get timeNs(): number {
    return this.chip.core.cycles * NS_PER_CYCLE;
  }

  /** Runs up to a stamp; the last instruction may end a few cycles later. */
  runTo(timeNs: number): void {
    this.chip.runTo(timeNs / NS_PER_CYCLE);
  }

  run(ms: number): void {
    this.runTo(this.timeNs + ms * 1e6);
  }

  /** What the host says, from now on, at its baud. */
  write(bytes: Iterable<number>): void {
    if (!this.#isCut) this.chip.usart.receive(bytes);
  }

  /** The speed at which the host talks and listens. */
  set baud(baud: number) {
    this.chip.usart.hostBaud = baud;
  }

  /** Pulls the cable, in the middle of a byte if need be, or plugs it in again. */
  set isCut(isCut: boolean) {
    this.#isCut = isCut;
    if (isCut) this.chip.usart.cutLine();
  }

  reset(cause: keyof typeof RESET_CAUSE): void {
    this.chip.reset(cause);
  }

  /** Volts at A0 to A5. */
  setVolts(input: number, volts: number): void {
    this.chip.volts[input] = volts;
  }

  /** The level that something outside gives to an analog pin used as a digital one. */
  setAnalogPin(input: number, high: boolean): void {
    this.chip.ports.c.setPin(input, high);
  }
}
