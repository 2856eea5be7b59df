// The line to a board at a named port, or to the only one there is. It is looked for at each opening: a board that
// was plugged in again may have got another name.
import { findPorts, onlyBoard } from "./find-ports.ts";
import type { OpenLine } from "./line-port.ts";
import { serialLine } from "./serial-line.ts";

/** The path of a port. @param port a path, or auto; BodyError where that finds no board, or several */
export const portOf = async (port: string): Promise<string> =>
  port === "auto" ? onlyBoard(await findPorts()) : port;

/** @param port as portOf has it */
export const boardLine =
  (port: string): OpenLine =>
  async (events) =>
    serialLine(await portOf(port))(events);
