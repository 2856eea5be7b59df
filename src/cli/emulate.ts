// efference emulate: an Uno that isn't there, for any program that talks to a serial port.
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { BoardWatch } from "../bodies/emulator/board-watch.ts";
import { firmwareHex } from "../bodies/emulator/firmware-hex.ts";
import { bootLoaderHex } from "../bodies/emulator/boot-loader.ts";
import { PacedUno } from "../bodies/emulator/paced-uno.ts";
import { PtyPort } from "../bodies/emulator/pty-port.ts";
import { every, NS_PER_MS, RealClock } from "../core/clock.ts";
import { BodyError } from "../core/errors.ts";
import { findProgram } from "../sensors/available-programs.ts";
import { hexFile } from "./hex-file.ts";
import { clearStatus, printLine, printNote, printStatus } from "./output.ts";

const EXAMPLES = `
The line has no speed of its own: it follows the chip's. Opening the port resets the board, as a real
Uno's does; kill -USR1 presses the reset button. Ctrl-C ends it.

Examples:
  efference emulate --pty
  efference emulate --pty /tmp/uno --hex StandardFirmata.hex
  efference emulate --pty /tmp/uno --bootloader      # then: avrdude -p m328p -c arduino -b 57600 -P /tmp/uno -U flash:w:my.hex
  efference emulate --pty /tmp/uno --bootloader      # then: efference flash --port /tmp/uno --board nano`;

interface EmulateOptions {
  readonly pty: string | true;
  readonly hex?: string;
  readonly bootloader?: string | true;
}

const STATUS_PERIOD_NS = 200 * NS_PER_MS;

export const add = (program: Command): void => {
  program
    .command("emulate")
    .description("an emulated Uno in real time behind a serial port for other programs")
    .option("--pty [link]", "the port: a pseudo-terminal, and where a link leads to it", true)
    .option("--hex <file>", "a program as Intel HEX (default: our firmware)")
    .option("--bootloader [file]", "behind a boot loader (default: the old Nano's, 57600 baud)")
    .addHelpText("after", EXAMPLES)
    .action(emulate);
};

const emulate = async ({ pty, hex, bootloader }: EmulateOptions): Promise<void> => {
  const link = pty === true ? join(tmpdir(), `efference-uno-${process.pid}`) : pty;
  const program = hex === undefined ? firmwareHex() : hexFile(hex);
  const loader = bootloader === true ? bootLoaderHex() : bootloader && bootLoaderHex(bootloader);
  const socat = programOrAdvice();
  const clock = new RealClock();
  const watch = new BoardWatch();
  let port: PtyPort | undefined;
  const board = new PacedUno({
    hex: program,
    bootLoader: loader,
    clock,
    said: (bytes) => {
      watch.said(bytes);
      port?.write(bytes);
    },
    pulse: (pulse) => watch.pulse(pulse),
    drained: () => port?.release(),
  });
  const reset = (why: string): void => {
    board.reset();
    watch.reset();
    clearStatus();
    printNote(`${why}: the board was reset`);
  };
  const status = every(clock, STATUS_PERIOD_NS).subscribe(() =>
    printStatus(watch.describe(board.uno)),
  );
  let opening: Promise<PtyPort> | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, resolve);
      process.on("SIGUSR1", () => reset("the button was pressed"));
      opening = PtyPort.open({
        socat,
        link,
        opened: () => reset("the port was opened"),
        said: (bytes) => {
          port?.hold(); // until the chip has taken them, at its speed
          board.write(bytes);
        },
        failed: reject,
      });
      opening.then((opened) => {
        port = opened;
        printLine(link);
        printNote(`an emulated Uno is at ${link}; Ctrl-C ends it`);
      }, reject);
    });
  } finally {
    status.unsubscribe();
    clearStatus();
    board.close();
    await (await opening?.catch(() => undefined))?.close();
  }
};

const programOrAdvice = (): string => {
  const socat = findProgram("socat");
  if (socat !== undefined) return socat;
  throw new BodyError(
    "found no socat, which makes the port; install it: apt-get install socat, brew install socat",
  );
};
