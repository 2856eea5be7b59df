// What servos would mind, whoever drives the board.
import type { Pulse } from "../../../../src/bodies/emulator/pulse-meter.ts";
import { CYCLES_PER_US } from "../../../../src/bodies/emulator/uno.ts";
import type { BoardSetup } from "../../../../src/wire/download.ts";
import { TICKS_PER_US } from "../../../../src/wire/protocol.ts";

export const NOISE_TICKS = 6; // 3 us: what an edge may be late

/** What is wrong with pulses: outside of limits, or faster than the slew. */
export const violations = (pulses: readonly Pulse[], servos: BoardSetup["servos"]): string[] => {
  const before = new Map<number, number>();
  return pulses.flatMap(({ pin, widthCycles }): string[] => {
    const ticks = (widthCycles / CYCLES_PER_US) * TICKS_PER_US;
    const servo = servos.find(({ channel }) => channel === pin - 2);
    const last = before.get(pin) ?? ticks;
    before.set(pin, ticks);
    if (servo === undefined) return [`a pulse on pin ${pin}, which has no servo`];
    if (ticks < servo.minTicks - NOISE_TICKS || ticks > servo.maxTicks + NOISE_TICKS)
      return [`${ticks} ticks on pin ${pin}`];
    // After a pause of the pulses it starts where it was told last, which is as near.
    if (Math.abs(ticks - last) > servo.slewTicks + 2 * NOISE_TICKS)
      return [`from ${last} to ${ticks} ticks on pin ${pin}`];
    return [];
  });
};
