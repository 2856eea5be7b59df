// A stock Firmata that others have built for the Uno, as it lies in an npm package: StandardFirmata 2.5 with messages for
// WS2812 lamps beside it. What is used is the file alone; no code of the package runs.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { resolve } = createRequire(import.meta.url);

/** It blinks its version before it listens. */
export const BOOT_MS = 2500;

export const stockFirmata = (): string =>
  readFileSync(resolve("node-pixel/firmware/bin/firmata/uno/node_pixel_firmata.ino.hex"), "utf8");
