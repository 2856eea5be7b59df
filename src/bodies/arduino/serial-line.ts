// A serial port of this machine as a line, through serialport, which is loaded by who needs it only.
import { BodyError } from "../../core/errors.ts";
import { BAUDS } from "../../wire/protocol.ts";
import type { LineEvents, LinePort, OpenLine } from "./line-port.ts";

/** What operating systems say, what it means, and what to do. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [
    /permission denied|EACCES/i,
    "may not be opened by you; on Linux join its group, then log in anew: sudo usermod -aG dialout $USER",
  ],
  [
    /lock port|busy|EBUSY|access denied/i,
    "is in use; close the other program (an Arduino IDE's serial monitor, another Efference)",
  ],
  [
    /no such file|file not found|ENOENT|ENXIO|no such device/i,
    "does not exist; efference find-port lists those that do",
  ],
];

const refusalOf = (path: string, cause: Error): BodyError => {
  const [, words] = REFUSALS.find(([pattern]) => pattern.test(cause.message)) ?? [];
  const told = words ?? `can't be opened as a serial port: ${cause.message}`;
  return new BodyError(`the port ${path} ${told}`, { cause });
};

export const serialLine =
  (path: string): OpenLine =>
  async (events: LineEvents): Promise<LinePort> => {
    const { SerialPort } = await import("serialport");
    const port = new SerialPort({ path, baudRate: BAUDS[0], autoOpen: false });
    const settled = (act: (done: (error: Error | null) => void) => void): Promise<void> =>
      new Promise((resolve, reject) =>
        act((error) => (error === null || error === undefined ? resolve() : reject(error))),
      );
    try {
      await settled((done) => port.open(done));
    } catch (error) {
      throw refusalOf(path, error as Error);
    }
    let isClosing = false;
    port.on("data", events.heard);
    port.on("error", () => {}); // a port that fails closes, and that is told
    port.on("close", () => {
      if (!isClosing) events.gone(`the port ${path} is gone: its cable was pulled, or its power`);
    });
    return {
      write: (bytes) => void (port.isOpen && port.write(bytes)),
      setBaud: (baudRate) => settled((done) => port.update({ baudRate }, done)).catch(() => {}), // gone: told
      close: async () => {
        isClosing = true;
        if (port.isOpen) await settled((done) => port.close(done)).catch(() => {});
      },
    };
  };
