// Reads a gamepad through Linux's joystick device. It is asked a hundred times a second without waiting: a
// read that waits could not be taken back, and would keep the process alive.
import { closeSync, constants, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { type Clock, every } from "../core/clock.ts";
import { SensorError } from "../core/errors.ts";
import type { Gamepad } from "./gamepad.ts";
import { JsEventReader } from "./js-event.ts";

const FOLDER = "/dev/input";
const PERIOD_NS = 10e6;
const ELSEWHERE =
  "gamepads are read on Linux only; on Windows and macOS open the dashboard in a browser, which knows them";

/**
 * The path of the first gamepad.
 * @throws SensorError where there is none
 */
export const findGamepad = (folder = FOLDER): string => {
  if (process.platform !== "linux") throw new SensorError(ELSEWHERE);
  let names: string[] = [];
  try {
    names = readdirSync(folder).filter((name) => /^js\d+$/.test(name));
  } catch {
    // a machine without any input device has no such folder
  }
  const [first] = names.sort();
  if (first !== undefined) return join(folder, first);
  throw new SensorError(
    `found no gamepad (no ${folder}/js*); plug one in, or load its driver: sudo modprobe joydev`,
  );
};

/**
 * Feeds `gamepad` from the device at `path` until the returned function is called; one that is pulled out
 * lets go of the clutch, and `onGone` is told why.
 * @throws SensorError where it can't be opened
 */
export const readGamepad = (
  path: string,
  gamepad: Gamepad,
  clock: Clock,
  onGone: (words: string) => void,
): (() => void) => {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const words = `can't open the gamepad ${path}: ${(cause as Error).message}; on Linux its readers are in the group input (sudo usermod -aG input $USER)`;
    throw new SensorError(words, { cause });
  }
  const reader = new JsEventReader();
  const bytes = Buffer.alloc(512);
  let isOpen = true;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    looks.unsubscribe();
    closeSync(file);
    gamepad.close();
  };
  const looks = every(clock, PERIOD_NS, clock.nowNs() + PERIOD_NS).subscribe(() => {
    try {
      for (let count; (count = readSync(file, bytes)) > 0;)
        for (const event of reader.push(bytes.subarray(0, count))) gamepad.take(event);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== "EAGAIN") {
        close();
        return onGone(`the gamepad ${path} is gone: ${message}`);
      }
    }
    gamepad.keepUp();
  });
  return close;
};
