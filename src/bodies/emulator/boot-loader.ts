// The boot loader of an emulated Uno or Nano. They are GPL and come from whoever has them, not with us. The
// default is the old Nano's, of 57600 baud, because Debian's own build of the newer one, optiboot,
// is 20 bytes longer than the flash has room for, and can't work on any chip.
import { readFileSync } from "node:fs";
import { BodyError } from "../../core/errors.ts";

/** Where Debian's and Ubuntu's package arduino-core-avr puts boot loaders. */
export const BOOT_LOADERS = "/usr/share/arduino/hardware/arduino/avr/bootloaders";
const OLD_NANO = `${BOOT_LOADERS}/atmega/ATmegaBOOT_168_atmega328.hex`;

/** The text of its Intel HEX file. @throws BodyError that says where to get it */
export const bootLoaderHex = (file = OLD_NANO): string => {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new BodyError(
      `found no boot loader in ${file}; install it (apt-get install arduino-core-avr), or name the ` +
        "optiboot_atmega328.hex of an Arduino IDE with --bootloader FILE",
      { cause },
    );
  }
};
