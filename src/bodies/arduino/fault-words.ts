// What a board complains of, in words for the person beside it. What noise alone can do, or the emergency stop, is
// counted by the board and shown elsewhere.
import type { Fault } from "../../wire/protocol.ts";

export const FAULT_WORDS: Partial<Readonly<Record<Fault, string>>> = {
  bad_crc: "frames come damaged; look at the cable, and keep it away from the servos' wires",
  broken_frame: "frames come cut off; look at the cable",
  unknown_frame: "a frame came that it does not know; does another program use its port?",
  malformed: "a frame came that does not fit the protocol; does another program use its port?",
  not_locked: "motion was asked for before it had limits",
  already_locked: "somebody tried to change its limits; does another program use its port?",
  wrong_lock: "its limits came damaged at first",
  clamped: "a pulse outside of a servo's limits was asked for, and was limited",
  lease_over: "nothing was asked of it in time, so it held",
  uart: "bytes were lost on the line; look at the cable",
};
