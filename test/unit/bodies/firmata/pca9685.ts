// A PCA9685 on the bus of an emulated chip, as its datasheet (rev. 4, 7.3) has it: registers that count up, a prescaler
// that is only taken over asleep, 16 outputs.
import type { I2cDevice } from "../../../../src/bodies/emulator/i2c-bus.ts";

const MODE1 = 0;
const LED0 = 6;
const PRESCALE = 0xfe;
const SLEEP = 0x10;
const INCREMENT = 0x20;
const FULL = 0x10; // bit of a high byte
const OSCILLATOR_MHZ = 25;
const STEPS = 4096;

export class Pca9685 implements I2cDevice {
  readonly address: number;
  readonly registers = new Uint8Array(256);
  #at: number | undefined; // undefined until a message has named a register

  constructor(address: number) {
    this.address = address;
    this.registers[MODE1] = SLEEP | 1;
    this.registers[PRESCALE] = 0x1e;
    for (let output = 0; output < 16; output++) this.registers[LED0 + 4 * output + 3] = FULL;
  }

  begin(isWrite: boolean): void {
    if (isWrite) this.#at = undefined;
  }

  write(byte: number): boolean {
    if (this.#at === undefined) this.#at = byte;
    else {
      if (this.#at !== PRESCALE || this.#isAsleep) this.registers[this.#at] = byte;
      this.#next();
    }
    return true;
  }

  read(): number {
    const byte = this.registers[this.#at ?? 0]!;
    this.#next();
    return byte;
  }

  get periodUs(): number {
    return ((this.registers[PRESCALE]! + 1) * STEPS) / OSCILLATOR_MHZ;
  }

  /** Microseconds of its pulses; 0 where there are none. */
  pulseUs(output: number): number {
    const [onLow, onHigh, offLow, offHigh] = this.registers.subarray(LED0 + 4 * output);
    if (this.#isAsleep || offHigh! & FULL) return 0;
    const steps = (offLow! | (offHigh! << 8)) - (onLow! | (onHigh! << 8));
    return (((steps + STEPS) % STEPS) * this.periodUs) / STEPS;
  }

  get #isAsleep(): boolean {
    return (this.registers[MODE1]! & SLEEP) !== 0;
  }

  #next(): void {
    if (this.registers[MODE1]! & INCREMENT) this.#at = (this.#at! + 1) & 0xff;
  }
}
