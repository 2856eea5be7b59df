// An emulated Arduino Uno: the chip, its serial port as a host sees it, servos' pulses and analog inputs. It
// has no clock of its own and is told how far to go, so that the same bytes at the same stamps make the
// same pulses, to the cycle. Time is the chip's own, from its power on.
import { NS_PER_S } from "../../core/clock.ts";
import { BodyError } from "../../core/errors.ts";
import { Atmega328p, CLOCK_HZ, FLASH_BYTES, RESET_CAUSE } from "./atmega328p.ts";
import { flashOf } from "./intel-hex.ts";
import { type Pulse, PulseMeter } from "./pulse-meter.ts";

const NS_PER_CYCLE = NS_PER_S / CLOCK_HZ;
/** Bytes at which a boot loader may begin, as the fuses BOOTSZ say it (table 27-13). */
const BOOT_STARTS = [0x7e00, 0x7c00, 0x7800, 0x7000];
export const CYCLES_PER_US = CLOCK_HZ / 1e6;

export interface UnoOptions {
  /** The text of an Intel HEX file. */
  readonly hex: string;
  /** That of a boot loader, which a reset by the pin then starts. */
  readonly bootLoader?: string | undefined;
  /** Of the host; absent where its end of the line has whatever speed the chip has. */
  readonly baud?: number;
  /** Each byte that the board says, at the end of its stop bit. */
  readonly said?: (byte: number, timeNs: number) => void;
  readonly pulse?: (pulse: Pulse) => void;
}

export class EmulatedUno {
  readonly chip: Atmega328p;
  readonly #start: number; // byte
  #isCut = false;

  /** @throws BodyError for a file that is no program of an Uno */
  constructor({ hex, bootLoader, baud, said, pulse }: UnoOptions) {
    const { flash, start } = programOf(hex, bootLoader);
    this.#start = start;
    this.chip = new Atmega328p({
      flash,
      resetVector: start / 2,
      hostBaud: baud,
      said: (byte, cycles) => this.#isCut || said?.(byte, cycles * NS_PER_CYCLE),
    });
    new PulseMeter(this.chip, (seen) => pulse?.(seen));
  }

  get timeNs(): number {
    return this.chip.core.cycles * NS_PER_CYCLE;
  }

  /** Whether it is its boot loader that runs. */
  get isBooting(): boolean {
    return this.#start > 0 && this.chip.core.pc >= this.#start / 2;
  }

  /** Bytes that the host has said and the chip has not received yet. */
  get onTheLine(): number {
    return this.chip.usart.onTheLine;
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

/** What is in the flash, and at which byte a reset starts it. */
const programOf = (hex: string, bootLoader?: string): { flash: Uint8Array; start: number } => {
  if (bootLoader === undefined) return { flash: flashOf(hex, FLASH_BYTES), start: 0 };
  const flash = flashOf(bootLoader, FLASH_BYTES, "the boot loader");
  const start = flash.findIndex((byte) => byte !== 0xff);
  if (!BOOT_STARTS.includes(start))
    throw new BodyError(
      `the boot loader begins at byte ${start}, expected one of ${BOOT_STARTS.join(", ")}; take one of an ATmega328P`,
    );
  flash.set(flashOf(hex, start));
  return { flash, start };
};
