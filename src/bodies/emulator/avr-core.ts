// avr8js's CPU with what it gets wrong in time put right (design: firmware-facts.md; each point has a
// test in avr-core.test.ts). Interrupt entry takes 4 cycles (datasheet 7.7.1), it took 2. After SEI and
// RETI one more instruction runs before any interrupt (7.7). A clock event is taken off the queue
// before it is called, so that it may cancel and plan others: stock took off whatever was first then.
import { avrInstruction, CPU } from "avr8js";
import type { AVRClockEventCallback, AVRInterruptConfig } from "avr8js/dist/esm/cpu/cpu.js";

const SREG = 0x5f;
const SP = 0x5d;
const INTERRUPTS = 0x80; // bit I of SREG
const ENTRY_CYCLES = 4;
const SEI = 0x9478;
const RETI = 0x9518;
const VECTORS = 128; // addresses of interrupts are below it

interface ClockEvent {
  atCycles: number;
  callback: AVRClockEventCallback;
}

export class AvrCore extends CPU {
  readonly #events: ClockEvent[] = []; // the latest first: the next is popped off
  readonly #pending: (AVRInterruptConfig | undefined)[] = Array.from({ length: VECTORS });
  /** When the next clock event is, Infinity without one. */
  nextEventCycles = Infinity;

  override addClockEvent(callback: AVRClockEventCallback, cycles: number): AVRClockEventCallback {
    const atCycles = this.cycles + Math.max(1, cycles);
    const events = this.#events;
    let at = events.length;
    // Those of one cycle happen in the order in which they were planned.
    while (at > 0 && events[at - 1]!.atCycles <= atCycles) at--;
    events.splice(at, 0, { atCycles, callback });
    this.nextEventCycles = events.at(-1)!.atCycles;
    return callback;
  }

  override clearClockEvent(callback: AVRClockEventCallback): boolean {
    const at = this.#events.findIndex((event) => event.callback === callback);
    if (at < 0) return false;
    this.#events.splice(at, 1);
    this.nextEventCycles = this.#events.at(-1)?.atCycles ?? Infinity;
    return true;
  }

  override queueInterrupt(interrupt: AVRInterruptConfig): void {
    const { address } = interrupt;
    this.#pending[address] = interrupt;
    if (this.nextInterrupt === -1 || this.nextInterrupt > address) this.nextInterrupt = address;
  }

  override clearInterrupt(
    { address, flagRegister, flagMask }: AVRInterruptConfig,
    clearFlag = true,
  ): void {
    if (clearFlag) this.data[flagRegister]! &= ~flagMask;
    if (this.#pending[address] === undefined) return;
    this.#pending[address] = undefined;
    if (this.nextInterrupt !== address) return;
    this.nextInterrupt = this.#pending.findIndex((other) => other !== undefined);
  }

  /** Whether an interrupt would be entered now. */
  get isInterrupted(): boolean {
    return this.nextInterrupt >= 0 && (this.data[SREG]! & INTERRUPTS) !== 0;
  }

  /** One instruction, the clock events that are due by then, and the entry of an interrupt. */
  step(): void {
    const opcode = this.progMem[this.pc]!;
    avrInstruction(this);
    if (this.nextEventCycles <= this.cycles) this.runEvents();
    if (this.nextInterrupt >= 0 && opcode !== SEI && opcode !== RETI) this.enterInterrupt();
  }

  override tick(): void {
    this.runEvents();
    this.enterInterrupt();
  }

  runEvents(): void {
    while (this.nextEventCycles <= this.cycles) {
      const { callback } = this.#events.pop()!;
      this.nextEventCycles = this.#events.at(-1)?.atCycles ?? Infinity;
      callback();
    }
  }

  enterInterrupt(): void {
    const { data, nextInterrupt } = this;
    if (nextInterrupt < 0 || (data[SREG]! & INTERRUPTS) === 0) return;
    const interrupt = this.#pending[nextInterrupt]!;
    const stack = this.dataView.getUint16(SP, true);
    data[stack] = this.pc & 0xff;
    data[stack - 1] = this.pc >> 8;
    this.dataView.setUint16(SP, stack - 2, true);
    data[SREG]! &= ~INTERRUPTS;
    this.cycles += ENTRY_CYCLES;
    this.pc = interrupt.address;
    if (!interrupt.constant) this.clearInterrupt(interrupt);
  }

  /** Forgets what was planned and pending; time goes on. */
  forget(): void {
    this.#events.length = 0;
    this.nextEventCycles = Infinity;
    this.#pending.fill(undefined);
    this.nextInterrupt = -1;
  }
}
