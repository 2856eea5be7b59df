// avr8js's timers counted only when something happens. Stock plans an event for each count, two million a
// second for ours, which keeps the emulated chip from ever sleeping through. Counting in lumps gives
// the same flags as long as no lump passes the same compare value twice; so one is planned for the next
// compare match, or for the next overflow where nobody waits for a match.
import { type AVRTimer } from "avr8js";
import type { AVRTimerConfig } from "avr8js/dist/esm/peripherals/timer.js";
import type { AVRInterruptConfig } from "avr8js/dist/esm/cpu/cpu.js";
import type { AvrCore } from "./avr-core.ts";

/** What is private in AVRTimer and needed here; version 0.21.1 is pinned for it. */
interface Internals {
  count: (reschedule?: boolean, external?: boolean) => void;
  readonly divider: number;
  readonly lastCycle: number;
  readonly tcnt: number;
  readonly ocrA: number;
  readonly ocrB: number;
  readonly TOP: number;
  readonly timerMode: number;
  readonly compA: number;
  readonly compB: number;
  readonly updateDivider: boolean;
  readonly OVF: AVRInterruptConfig;
  readonly OCFA: AVRInterruptConfig;
  readonly OCFB: AVRInterruptConfig;
}

const PHASE_CORRECT = [1, 4]; // these count down as well: left as they are
const ALL_INTERRUPTS = 7;

export const makeEventDriven = (avrTimer: AVRTimer, config: AVRTimerConfig, cpu: AvrCore): void => {
  const timer = avrTimer as unknown as Internals;
  const countStock = timer.count;

  const countsToNext = (): number => {
    const { TOP, tcnt, ocrA, ocrB, compA, compB } = timer;
    if (PHASE_CORRECT.includes(timer.timerMode)) return 1;
    const around = TOP + 1;
    const until = (value: number): number => (value > tcnt ? value - tcnt : value - tcnt + around);
    let next = Math.max(1, around - tcnt);
    if ((cpu.data[config.TIMSK]! & ALL_INTERRUPTS) === 0 && !compA && !compB) return next;
    if (ocrA <= TOP) next = Math.min(next, until(ocrA));
    if (ocrB <= TOP) next = Math.min(next, until(ocrB));
    return next;
  };
  const plan = (): void => {
    cpu.clearClockEvent(timer.count);
    if (timer.divider > 0)
      cpu.addClockEvent(timer.count, timer.lastCycle + countsToNext() * timer.divider - cpu.cycles);
  };
  const catchUp = (): void => {
    if (timer.divider > 0) countStock(false);
  };

  timer.count = (reschedule = true, external = false): void => {
    const dividerChanges = timer.updateDivider;
    countStock(false, external);
    if (dividerChanges || reschedule) plan();
  };

  /** Counts up to now with the old value of a register, writes it, and plans anew. */
  const replan = (register: number): void => {
    if (register === 0) return;
    const write = cpu.writeHooks[register];
    cpu.writeHooks[register] = (value, old, address, mask) => {
      catchUp();
      const isDone = write?.(value, old, address, mask) ?? false;
      if (!isDone) cpu.data[address] = value;
      plan();
      return true;
    };
  };
  for (const register of [config.OCRA, config.OCRB, config.ICR, config.TIMSK]) replan(register);

  const writeCount = cpu.writeHooks[config.TCNT]!;
  cpu.writeHooks[config.TCNT] = (value, old, address, mask) => {
    catchUp();
    return writeCount(value, old, address, mask);
  };
  cpu.readHooks[config.TIFR] = (address) => {
    catchUp();
    return cpu.data[address]!;
  };
  // Stock forgets the flags that a write leaves alone.
  cpu.writeHooks[config.TIFR] = (value) => {
    catchUp();
    for (const interrupt of [timer.OVF, timer.OCFA, timer.OCFB])
      if (value & interrupt.flagMask) cpu.clearInterrupt(interrupt);
    return true;
  };
};
