// Opens a serial port through serialport, which is loaded by who needs it only, and says in words why it can't be.
import type { SerialPort } from "serialport";
import { BodyError } from "../../core/errors.ts";

/** What operating systems say, what it means, and what to do. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [
    /permission denied|EACCES/i,
    "may not be opened by you; on Linux join its group, then log in anew: sudo usermod -aG dialout $USER",
  ],
  [
    /lock port|busy|EBUSY|access denied|temporarily unavailable/i,
    "is in use; close the other program (an Arduino IDE's serial monitor, another Efference)",
  ],
  [
    /no such file|file not found|ENOENT|ENXIO|no such device/i,
    "does not exist; efference find-port lists those that do",
  ],
];

/** @throws BodyError for a port that is missing, taken, or not ours to open */
export const openSerialPort = async (path: string, baudRate: number): Promise<SerialPort> => {
  const { SerialPort: Port } = await import("serialport");
  try {
    return await new Promise((resolve, reject) => {
      const port = new Port({ path, baudRate }, (error) =>
        error === null ? resolve(port) : reject(error),
      );
    });
  } catch (error) {
    const cause = error as Error;
    const [, words] = REFUSALS.find(([pattern]) => pattern.test(cause.message)) ?? [];
    const told = words ?? `can't be opened as a serial port: ${cause.message}`;
    throw new BodyError(`the port ${path} ${told}`, { cause });
  }
};
