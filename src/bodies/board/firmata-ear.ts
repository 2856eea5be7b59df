// Who else may answer on a serial port: whoever speaks Firmata says its name when it starts, and when asked
// (REPORT_FIRMWARE: F0 79 major minor name in 7-bit pairs F7).
import { SYSEX_END, SYSEX_START } from "../../wire/frame.ts";
import type { WireEvent } from "../../wire/parser.ts";

const REPORT_FIRMWARE = 0x79;
const NAME_AT = 3;
const OURS = "efference"; // FIRMWARE_NAME of firmware/version.h

export const ASK_FIRMWARE = Uint8Array.of(SYSEX_START, REPORT_FIRMWARE, SYSEX_END);

export class FirmataEar {
  /** Whether anybody has said a name since this became false last. */
  hasHeard = false;
  /** Name and version of a firmware that is not ours, "StandardFirmata 2.5". */
  other: string | undefined;

  hear(event: WireEvent): void {
    if (event.type !== "sysex" || event.data[0] !== REPORT_FIRMWARE) return;
    const [, major, minor] = event.data;
    let name = "";
    for (let at = NAME_AT; at + 1 < event.data.length; at += 2)
      name += String.fromCharCode(event.data[at]! | (event.data[at + 1]! << 7));
    this.hasHeard = true;
    this.other = name === OURS ? undefined : `${name.replace(/\.ino$/, "")} ${major}.${minor}`;
  }
}
