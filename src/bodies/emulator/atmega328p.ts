// An ATmega328P: avr8js's instructions, ports, timers and converter, with what they lack. SLEEP and SPM do
// nothing in stock avr8js; here sleep jumps from event to event until an interrupt wakes the chip, which
// makes an idle firmware cost next to nothing, and SPM writes flash, so that a boot loader works. A reset
// puts every register and pin back (datasheet 11.1); RAM stays as it was, as in the real one.
import {
  ADCMuxInputType,
  adcConfig,
  AVRADC,
  AVREEPROM,
  AVRIOPort,
  AVRTimer,
  AVRTWI,
  EEPROMMemoryBackend,
  eepromConfig,
  portBConfig,
  portCConfig,
  portDConfig,
  timer0Config,
  timer1Config,
  timer2Config,
  twiConfig,
} from "avr8js";
import { AvrCore } from "./avr-core.ts";
import { makeEventDriven } from "./event-timer.ts";
import { I2cBus } from "./i2c-bus.ts";
import { Usart } from "./usart.ts";
import { Watchdog } from "./watchdog.ts";

export const CLOCK_HZ = 16_000_000;
export const FLASH_BYTES = 32_768;
const RAM_BYTES = 2048;
const REGISTERS = 0x100;
const R0 = 0;
const Z = 30;
const SMCR = 0x53;
const MCUSR = 0x54;
const SPMCSR = 0x57;
const STACK_POINTER = 0x5d;
const SLEEP = 0x9588;
const SPM = 0x95e8;
const SLEEP_ENABLE = 1;
const WAKE_CYCLES = 4; // 10.3: on top of the interrupt's own
const PAGE_BYTES = 128;

/** Bits of MCUSR. */
export const RESET_CAUSE = { power: 1, pin: 2, brownOut: 4, watchdog: 8 } as const;

export interface Atmega328pOptions {
  /** [FLASH_BYTES] */
  readonly flash: Uint8Array;
  /** Absent: the host's end has the chip's own speed, as a line has that knows none. */
  readonly hostBaud?: number | undefined;
  readonly said: (byte: number, cycles: number) => void;
  /** Where it starts after a reset, in words: the boot loader's address if one is fused. */
  readonly resetVector?: number;
}

export class Atmega328p {
  readonly core: AvrCore;
  readonly ports: { readonly b: AVRIOPort; readonly c: AVRIOPort; readonly d: AVRIOPort };
  readonly usart: Usart;
  /** What is on A4 and A5, where the program uses them so. */
  readonly i2c: I2cBus;
  /** Volts at the analog inputs. */
  readonly volts = new Float64Array(8);
  resets = 0;
  /** Cycles spent asleep. */
  sleptCycles = 0;
  readonly #watchdog: Watchdog;
  readonly #resetVector: number;
  readonly #page = new Uint8Array(PAGE_BYTES).fill(0xff);
  #sleeps = false;

  constructor({ flash, hostBaud, said, resetVector = 0 }: Atmega328pOptions) {
    const program = new Uint16Array(FLASH_BYTES / 2);
    new Uint8Array(program.buffer).set(flash);
    this.core = new AvrCore(program, RAM_BYTES);
    this.#resetVector = resetVector;
    // Nothing may count on RAM being empty: a real chip wakes with noise in it.
    for (let at = REGISTERS; at < this.core.data.length; at++)
      this.core.data[at] = (at * 167 + 89) & 0xff;
    this.ports = {
      b: new AVRIOPort(this.core, portBConfig),
      c: new AVRIOPort(this.core, portCConfig),
      d: new AVRIOPort(this.core, portDConfig),
    };
    new AVREEPROM(this.core, new EEPROMMemoryBackend(1024), eepromConfig);
    this.i2c = new I2cBus(this.core, CLOCK_HZ);
    this.usart = new Usart(this.core, CLOCK_HZ, hostBaud, said);
    this.#watchdog = new Watchdog(this.core, CLOCK_HZ, () => this.reset("watchdog"));
    this.reset("power");
  }

  reset(cause: keyof typeof RESET_CAUSE): void {
    const { core } = this;
    this.resets++;
    this.#sleeps = false;
    // Through the hooks, so that the pins follow.
    for (const { DDR, PORT } of [portBConfig, portCConfig, portDConfig])
      for (const register of [DDR, PORT]) core.writeData(register, 0);
    core.forget();
    core.data.fill(0, 0x20, REGISTERS);
    core.data[MCUSR] = RESET_CAUSE[cause];
    core.dataView.setUint16(STACK_POINTER, core.data.length - 1, true);
    core.pc = this.#resetVector;
    for (const config of [timer0Config, timer1Config, timer2Config])
      makeEventDriven(new AVRTimer(core, config), config, core);
    this.#openConverter();
    this.i2c.connect(new AVRTWI(core, twiConfig, CLOCK_HZ));
    this.usart.reset();
    this.#watchdog.reset(cause === "watchdog");
  }

  /** Goes on to a cycle; the last instruction may end a little later. */
  runTo(cycles: number): void {
    const { core } = this;
    const { progMem, data } = core;
    while (core.cycles < cycles) {
      if (this.#sleeps && !this.#sleepUntil(cycles)) return;
      const opcode = progMem[core.pc]!;
      if (opcode === SLEEP && data[SMCR]! & SLEEP_ENABLE) {
        core.pc++;
        core.cycles++;
        core.runEvents();
        this.#sleeps = true;
        continue;
      }
      if (opcode === SPM) this.#storeProgram();
      core.step();
    }
  }

  /** Whether it was woken before `cycles`. */
  #sleepUntil(cycles: number): boolean {
    const { core } = this;
    while (!core.isInterrupted) {
      const next = Math.min(core.nextEventCycles, cycles);
      if (next > core.cycles) {
        this.sleptCycles += next - core.cycles;
        core.cycles = next;
      }
      if (core.nextEventCycles > core.cycles) return false;
      core.runEvents();
      if (!this.#sleeps) return true; // a reset
    }
    this.#sleeps = false;
    core.cycles += WAKE_CYCLES;
    core.enterInterrupt();
    return true;
  }

  #openConverter(): void {
    const converter = new AVRADC(this.core, adcConfig);
    converter.onADCRead = (input) => {
      const volts = input.type === ADCMuxInputType.SingleEnded ? this.volts[input.channel]! : 0;
      const value = Math.min(1023, Math.max(0, Math.floor((volts / converter.avcc) * 1024)));
      this.core.addClockEvent(() => converter.completeADCRead(value), converter.sampleCycles);
    };
  }

  /** Fill, erase and write of a page of flash (27.2); reading while it is busy is not modelled. */
  #storeProgram(): void {
    const { data, progBytes } = this.core;
    const command = data[SPMCSR]! & 0x1f;
    const address = data[Z]! | (data[Z + 1]! << 8);
    const page = address & ~(PAGE_BYTES - 1);
    if (command === 1) this.#page.set([data[R0]!, data[R0 + 1]!], address & (PAGE_BYTES - 2));
    if (command === 3) progBytes.fill(0xff, page, page + PAGE_BYTES);
    if (command === 5) {
      for (let at = 0; at < PAGE_BYTES; at++) progBytes[page + at]! &= this.#page[at]!;
      this.#page.fill(0xff);
    }
    data[SPMCSR]! &= ~0x1f;
  }
}
