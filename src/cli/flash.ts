// efference flash: writes the firmware into a board through its boot loader, and reads it back.
import { type Command, Option } from "commander";
import { firmwareHex } from "../bodies/emulator/firmware-hex.ts";
import { flashOf } from "../bodies/emulator/intel-hex.ts";
import { SerialBootLine } from "../bodies/board/serial-boot-line.ts";
import { BOOT_BOARDS, type BootBoard, writeProgram } from "../bodies/board/stk500.ts";
import { printJson, printLine, printProgress } from "./output.ts";
import { hexFile } from "./hex-file.ts";

const EXAMPLES = `
Examples:
  efference flash --port /dev/ttyACM0
  efference flash --port /dev/ttyUSB0 --board nano
  efference flash --port COM3 --hex StandardFirmata.hex

Nothing is written to a board that is not an Uno or Nano (ATmega328P). What is written is read back and
compared. A board whose writing was broken off keeps its boot loader: flash it again.`;

interface FlashOptions {
  readonly port: string;
  readonly board: BootBoard;
  readonly hex?: string;
  readonly json: boolean;
}

export const add = (program: Command): void => {
  program
    .command("flash")
    .description("write the firmware into an Uno or Nano, and verify it")
    .requiredOption("--port <path>", "where the board is: /dev/ttyACM0, COM3")
    .addOption(
      new Option("--board <name>", "which board, for its boot loader's speed")
        .choices(Object.keys(BOOT_BOARDS))
        .default("uno"),
    )
    .option("--hex <file>", "another program as Intel HEX (default: our firmware)")
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(flash);
};

const flash = async ({ port, board, hex, json }: FlashOptions): Promise<void> => {
  const text = hex === undefined ? firmwareHex() : hexFile(hex);
  const program = flashOf(text, BOOT_BOARDS[board].programBytes, hex ?? "the firmware");
  await using line = new SerialBootLine(port);
  const bytes = await writeProgram(line, {
    board,
    program,
    progress: (done, total) =>
      printProgress(
        `${2 * done <= total ? "writing" : "reading back"} ${Math.round((100 * done) / total)} %`,
        done,
        total,
      ),
  });
  if (json) printJson({ port, board, bytes, verified: true });
  else printLine(`${bytes} bytes written to ${port} and verified; the board runs them now`);
};
