// The two-wire bus of an emulated chip and the devices that are on it: avr8js knows the chip's registers, here
// each bit takes its time. Without a device nobody acknowledges, as on bare wires with their pull-ups.
import type { AVRTWI } from "avr8js";
import type { TWIEventHandler } from "avr8js/dist/esm/peripherals/twi.js";
import type { AvrCore } from "./avr-core.ts";

export interface I2cDevice {
  /** 7 bits. */
  readonly address: number;
  /** It was addressed; a message begins. */
  begin(isWrite: boolean): void;
  /** Whether it takes the byte. */
  write(byte: number): boolean;
  read(): number;
}

const BITS_PER_BYTE = 9; // with the acknowledgement
const FLOATING = 0xff;

export class I2cBus implements TWIEventHandler {
  readonly #core: AvrCore;
  readonly #clockHz: number;
  readonly #devices = new Map<number, I2cDevice>();
  #twi: AVRTWI | undefined;
  #device: I2cDevice | undefined;

  constructor(core: AvrCore, clockHz: number) {
    this.#core = core;
    this.#clockHz = clockHz;
  }

  attach(device: I2cDevice): void {
    this.#devices.set(device.address, device);
  }

  /** Takes over the chip's end, which is a new one after each reset. */
  connect(twi: AVRTWI): void {
    this.#twi = twi;
    this.#device = undefined;
    twi.eventHandler = this;
  }

  start(): void {
    this.#after(1, (twi) => twi.completeStart());
  }

  stop(): void {
    this.#device = undefined;
    this.#after(1, (twi) => twi.completeStop());
  }

  connectToSlave(address: number, isWrite: boolean): void {
    this.#device = this.#devices.get(address);
    this.#device?.begin(isWrite);
    this.#after(BITS_PER_BYTE, (twi) => twi.completeConnect(this.#device !== undefined));
  }

  writeByte(byte: number): void {
    const isTaken = this.#device?.write(byte) ?? false;
    this.#after(BITS_PER_BYTE, (twi) => twi.completeWrite(isTaken));
  }

  readByte(): void {
    const byte = this.#device?.read() ?? FLOATING;
    this.#after(BITS_PER_BYTE, (twi) => twi.completeRead(byte));
  }

  #after(bits: number, complete: (twi: AVRTWI) => void): void {
    const twi = this.#twi!;
    const cycles = Math.round((bits * this.#clockHz) / twi.sclFrequency);
    this.#core.addClockEvent(() => complete(twi), cycles);
  }
}
