// An emulated Uno at the far end of a pseudo terminal, for what opens a serial port by its path.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { findProgram } from "../../../../src/sensors/available-programs.ts";
import type { LinePort } from "../../../../src/bodies/arduino/line-port.ts";
import { Cable } from "./cable.ts";

const canBe = process.platform === "linux" && findProgram("script") !== undefined;

/** Why there can be none here; in CI nothing is skipped: what is missing there fails. */
export const reasonForNoTerminal: string | undefined =
  canBe || process.env["CI"] === "true"
    ? undefined
    : "serialport on a pseudo terminal; it needs Linux and the program script (util-linux)";

export interface Terminal extends AsyncDisposable {
  readonly path: string;
  readonly cable: Cable;
  /** Ends the terminal, as a pulled cable ends a port. */
  pull(): void;
}

/**
 * The speeds of a pseudo terminal are only numbers. The far end has to know its host's to be understood, so it
 * follows the board: it talks as fast as the chip listens.
 */
export const plugIntoTerminal = async (): Promise<Terminal> => {
  const child = spawn("script", ["-qfc", "stty raw -echo; tty; exec sleep 600", "/dev/null"]);
  await once(child, "spawn"); // or rejects, with what is missing
  const cable = new Cable();
  let line: LinePort | undefined;
  const [first] = (await once(child.stdout, "data")) as [Buffer];
  const path = first.toString().trim();
  line = await cable.openLine({ heard: (bytes) => child.stdin.write(bytes), gone: () => {} });
  child.stdin.on("error", () => {}); // pulled
  child.stdout.on("data", (bytes: Buffer) => {
    cable.uno.baud = cable.uno.chip.usart.baud;
    line.write(bytes);
  });
  const pull = (): void => void child.kill("SIGKILL");
  return {
    path,
    cable,
    pull,
    [Symbol.asyncDispose]: async () => {
      pull();
      cable.unplugForGood();
    },
  };
};
