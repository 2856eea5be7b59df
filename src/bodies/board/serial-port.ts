// Opens a serial port, and says in words why it can't be.
import { SerialPort } from "serialport";
import { BodyError } from "../../core/errors.ts";

/** @throws BodyError for a port that is missing, taken, or not ours to open */
export const openSerialPort = async (path: string, baudRate: number): Promise<SerialPort> => {
  try {
    return await new Promise((resolve, reject) => {
      const port = new SerialPort({ path, baudRate }, (error) =>
        error === null ? resolve(port) : reject(error),
      );
    });
  } catch (cause) {
    throw new BodyError(`can't open ${path}: ${reasonOf(cause as Error)}`, { cause });
  }
};

const reasonOf = ({ message }: Error): string => {
  if (/no such file|not found|ENOENT/i.test(message))
    return "there is no such port; is the board plugged in, by a cable that carries data?";
  if (/permission|EACCES|access denied/i.test(message))
    return "this user may not; on Linux: sudo usermod -aG dialout $USER, then log in again";
  if (/lock|busy|temporarily unavailable/i.test(message))
    return "another program has it; close that (an IDE's serial monitor, another efference)";
  return message;
};
