// The emulated chip against simavr, an emulator in C by other hands: the committed firmware, told the same
// bytes at the same cycles, makes the same pulses.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { EmulatedUno } from "../../../src/bodies/emulator/uno.ts";
import { HEX } from "../bodies/emulator/board-fixture.ts";

const HZ = 16_000_000;
const BYTE = (HZ / 57_600) * 10; // cycles
const SERVOS = 12;
const TOLERANCE = 16; // cycles: 1 us
const LAST = 30; // pulses of each pin

const HARNESS = fileURLToPath(new URL("simavr.c", import.meta.url));
const FIRMWARE = fileURLToPath(new URL("../../../firmware/efference-uno.hex", import.meta.url));
/** In CI nothing is skipped: what is missing there fails. */
const isMissing = !existsSync("/usr/include/simavr/sim_avr.h") && process.env["CI"] !== "true";
if (isMissing)
  process.stderr.write("skipped: the cross-check needs libsimavr-dev and libelf-dev\n");

/** Plain Firmata for twelve servos, each to pulses of its own: [cycle, byte]. */
const script = (): [number, number][] => {
  const bytes = Array.from({ length: SERVOS }, (_, index) => {
    const us = 700 + 130 * index;
    return [0xf4, 2 + index, 4, 0xe0 | (2 + index), us & 0x7f, us >> 7];
  }).flat();
  return bytes.map((byte, k) => [Math.round(0.1 * HZ + k * BYTE * 1.02), byte]);
};

/** Widths of each pin's last pulses, cycles. */
const lastWidths = (pulses: readonly (readonly [pin: number, width: number])[]) =>
  Array.from({ length: SERVOS }, (_, index) =>
    pulses
      .filter(([pin]) => pin === 2 + index)
      .slice(-LAST)
      .map(([, width]) => width),
  );

const run = (program: string, args: readonly string[], input = ""): string => {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr}`);
  return stdout;
};

test.skipIf(isMissing)("the same bytes make the same pulses, within a microsecond", () => {
  const built = join(mkdtempSync(join(tmpdir(), "efference-simavr-")), "simavr");
  run(process.env["CC"] ?? "cc", ["-O2", HARNESS, "-o", built, "-lsimavr", "-lelf"]);
  const lines = script().map(([at, byte]) => `${at} ${byte}`);
  const told = run(built, [FIRMWARE, String(HZ)], lines.join("\n"));
  const theirs = lastWidths(
    told
      .trim()
      .split("\n")
      .map((line) => line.split(" ").map(Number))
      .map(([pin, , width]) => [pin!, width!]),
  );

  const pulses: [number, number][] = [];
  const uno = new EmulatedUno({
    hex: HEX,
    baud: 57_600,
    pulse: ({ pin, widthCycles }) => pulses.push([pin, widthCycles]),
  });
  for (const [at, byte] of script()) {
    uno.chip.runTo(at);
    uno.write([byte]);
  }
  uno.chip.runTo(HZ);

  for (const [index, ours] of lastWidths(pulses).entries()) {
    expect(ours).toHaveLength(LAST);
    expect(theirs[index]).toHaveLength(LAST);
    for (const [k, width] of ours.entries())
      expect(Math.abs(width - theirs[index]![k]!)).toBeLessThanOrEqual(TOLERANCE);
  }
});
