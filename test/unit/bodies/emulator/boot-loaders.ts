// Boot loaders for tests: those of Debian's package arduino-core-avr. Its optiboot is built from its source
// with two more flags, since the package's own build is longer than its place in the flash.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BOOT_LOADERS, bootLoaderHex } from "../../../../src/bodies/emulator/boot-loader.ts";

/** In CI nothing is skipped: what is missing there fails. */
export const lacksBootLoaders = (): boolean => {
  if (process.env["CI"] === "true" || existsSync(BOOT_LOADERS)) return false;
  process.stderr.write("skipped: boot loaders need the package arduino-core-avr\n");
  return true;
};

const COMPILER = "avr-gcc";

export const lacksCompiler = (): boolean => {
  if (process.env["CI"] === "true") return false;
  if (spawnSync(COMPILER, ["--version"]).error === undefined) return false;
  process.stderr.write("skipped: building optiboot needs avr-gcc\n");
  return true;
};

export const oldNanoHex = (): string => bootLoaderHex();

const FLAGS =
  "-Os -fno-inline-small-functions -fno-split-wide-types -fno-tree-scev-cprop -fno-move-loop-invariants " +
  "-mmcu=atmega328p -DF_CPU=16000000L -DBAUD_RATE=115200 -DLED_START_FLASHES=3 -nostartfiles -nostdlib " +
  "-Wl,--section-start=.text=0x7e00 -Wl,--section-start=.version=0x7ffe -Wl,--relax -Wl,--gc-sections";

export const optibootHex = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "efference-optiboot-"));
  const [elf, hex] = [join(folder, "o.elf"), join(folder, "o.hex")];
  const run = (program: string, args: readonly string[]): void => {
    const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr}`);
  };
  run(COMPILER, [...FLAGS.split(" "), join(BOOT_LOADERS, "optiboot", "optiboot.c"), "-o", elf]);
  const sections = ["-j", ".text", "-j", ".version"];
  const flags = ["--set-section-flags", ".version=alloc,load"];
  run("avr-objcopy", ["-O", "ihex", ...sections, ...flags, elf, hex]);
  return readFileSync(hex, "utf8");
};
