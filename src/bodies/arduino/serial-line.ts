// A serial port of this machine as a line.
import { BAUDS } from "../../wire/protocol.ts";
import { openSerialPort } from "../board/serial-port.ts";
import type { LineEvents, LinePort, OpenLine } from "./line-port.ts";

export const serialLine =
  (path: string): OpenLine =>
  async (events: LineEvents): Promise<LinePort> => {
    const port = await openSerialPort(path, BAUDS[0]);
    const settled = (act: (done: (error: Error | null) => void) => void): Promise<void> =>
      new Promise((resolve, reject) =>
        act((error) => (error === null || error === undefined ? resolve() : reject(error))),
      );
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
