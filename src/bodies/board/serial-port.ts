// Opens a serial port through serialport, which is loaded by who needs it only, and says in words why it can't be.
import type { SerialPort } from "serialport";
import { BodyError } from "../../core/errors.ts";
import { explainRefusal, openedPath } from "./port-names.ts";

/** @throws BodyError for a port that is missing, taken, or not ours to open */
export const openSerialPort = async (path: string, baudRate: number): Promise<SerialPort> => {
  const { SerialPort: Port } = await import("serialport");
  try {
    return await new Promise((resolve, reject) => {
      const opened = openedPath(path, process.platform);
      const port = new Port({ path: opened, baudRate }, (error) =>
        error === null ? resolve(port) : reject(error),
      );
    });
  } catch (error) {
    const cause = error as Error;
    const told = explainRefusal(cause.message, process.platform);
    throw new BodyError(`the port ${path} ${told}`, { cause });
  }
};
