// A line that is never empty, for as long as one likes: whether every frame arrives, and whether pulses stay what
// was asked for meanwhile. What the board counts is what it says; what it could not even count, the chip tells.
import type { BoardLink } from "../../bodies/board/board-link.ts";
import type { Pulse } from "../../bodies/emulator/pulse-meter.ts";
import { CYCLES_PER_US, type EmulatedUno } from "../../bodies/emulator/uno.ts";
import { NS_PER_S } from "../../core/clock.ts";
import { rounded } from "./table.ts";

export interface FullLine {
  readonly uno: EmulatedUno;
  readonly link: BoardLink;
  /** Pulses as they come. */
  readonly pulses: Pulse[];
  /** Says the next of the frames; all of its servos get one of `pulsesUs`. */
  readonly say: (step: number) => void;
  readonly pulsesUs: readonly number[];
}

const WAITING_BYTES = 100;
const TURN_MS = 1;
const LAST_WORD_MS = 200; // a status comes unasked each 100 ms

/** @returns how many frames were said and lost, and the worst of all pulses */
export const keepFull = ({ uno, link, pulses, say, pulsesUs }: FullLine, seconds: number) => {
  const told = () => {
    const { badCrc, broken, refused, uart } = link.status!;
    return badCrc + broken + refused + uart + uno.chip.usart.lost;
  };
  uno.run(LAST_WORD_MS);
  const before = told();
  const endNs = uno.timeNs + seconds * NS_PER_S;
  let frames = 0;
  let seen = 0;
  let worstUs = 0;
  let idle = 0;
  pulses.length = 0;
  while (uno.timeNs < endNs) {
    if (uno.onTheLine === 0) idle++;
    while (uno.onTheLine < WAITING_BYTES) say(frames++);
    uno.run(TURN_MS);
    for (const { widthCycles } of pulses) {
      const us = widthCycles / CYCLES_PER_US;
      worstUs = Math.max(worstUs, Math.min(...pulsesUs.map((one) => Math.abs(one - us))));
    }
    seen += pulses.length;
    pulses.length = 0;
  }
  uno.run(LAST_WORD_MS);
  return {
    seconds,
    frames,
    framesPerS: rounded(frames / seconds),
    lost: told() - before,
    lineEmpty: idle - 1, // before the first
    pulses: seen,
    worstErrorUs: rounded(worstUs),
    damagedAnswers: link.damaged,
  };
};
