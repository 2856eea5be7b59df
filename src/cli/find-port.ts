// efference find-port: at which serial port the board is; where ids don't tell, by pulling its cable.
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { findPorts, type FoundPort, portLine } from "../bodies/arduino/find-ports.ts";
import { noPortAdvice } from "../bodies/board/port-names.ts";
import { pause, RealClock } from "../core/clock.ts";
import { BodyError } from "../core/errors.ts";
import { EXIT, printJson, printLine, printNote } from "./output.ts";

const EXAMPLES = `
Examples:
  efference find-port
  efference find-port --json

With one board it names its port. With none that it knows, or several, it asks you to pull the cable,
and names the port that went. Exit codes: 0 found, 1 not found.`;

/** A system forgets a device some moments after its cable was pulled. */
const FORGETS_MS = 1000;

/** The way to one port, over things that a test can stand in for. */
export interface PortSearch {
  readonly list: () => Promise<readonly FoundPort[]>;
  readonly tell: (line: string) => void;
  /** Resolves when the person has pressed Enter. */
  readonly enter: () => Promise<void>;
}

export const add = (program: Command): void => {
  program
    .command("find-port")
    .description("find the serial port of a board")
    .option("--json", "one JSON object on stdout, and no questions", false)
    .addHelpText("after", EXAMPLES)
    .action(async ({ json }: { json: boolean }) => {
      const ports = await findPorts();
      const boards = ports.filter(({ looksLike }) => looksLike !== undefined);
      process.exitCode = boards.length === 1 ? EXIT.ok : EXIT.failed;
      if (json) return printJson({ ports, port: boards.length === 1 ? boards[0]!.path : null });
      for (const port of ports) printLine(portLine(port));
      if (boards.length === 1) return printNote(`next: efference doctor --port ${boards[0]!.path}`);
      if (ports.length === 0 || !process.stdin.isTTY)
        return printNote(
          ports.length === 0
            ? `found no USB serial port of a board; ${noPortAdvice(process.platform)}`
            : "can't tell which is the board; run this in a terminal, and pull its cable when asked",
        );
      const path = await byUnplugging({ list: findPorts, tell: printNote, enter });
      printLine(path);
      process.exitCode = EXIT.ok;
    });
};

const enter = async (): Promise<void> => {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  await lines
    .question("")
    .catch((cause: unknown) => {
      throw new BodyError("broken off before Enter; nothing was looked for", { cause });
    })
    .finally(() => lines.close());
  await pause(new RealClock(), FORGETS_MS);
};

/** @throws BodyError when no port went, or several did */
export const byUnplugging = async ({ list, tell, enter: wait }: PortSearch): Promise<string> => {
  const before = await list();
  tell("pull the board's USB cable, then press Enter");
  await wait();
  const left = new Set((await list()).map(({ path }) => path));
  const gone = before.filter(({ path }) => !left.has(path));
  if (gone.length !== 1)
    throw new BodyError(
      `${gone.length} ports went (${gone.map(({ path }) => path).join(", ") || "none"}), expected the board's alone; try again`,
    );
  tell("that was it; plug it in again");
  return gone[0]!.path;
};
