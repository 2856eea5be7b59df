// The line to a board at a named port, or to the only one there is. It is looked for at each opening: a board that
// was plugged in again may have got another name. Another board is another robot, which nobody asked to move.
import { type FoundPort, findPorts, onlyBoard } from "./find-ports.ts";
import type { OpenLine } from "./line-port.ts";
import { serialLine } from "./serial-line.ts";

/** The path of a port. @param port a path, or auto; BodyError where that finds no board, or several */
export const portOf = async (port: string): Promise<string> =>
  port === "auto" ? onlyBoard(await findPorts()) : port;

/** As far as it can be told: most clones have no number of their own. */
const isSame = (one: FoundPort, other: FoundPort): boolean =>
  one.vendorId === other.vendorId &&
  one.productId === other.productId &&
  one.serialNumber === other.serialNumber;

/**
 * Each opening leads to the board of the first one.
 * @param port as portOf has it
 * @param list for tests
 */
export const boardLine = (port: string, list = findPorts): OpenLine => {
  let board: FoundPort | undefined;
  const path = async (): Promise<string> => {
    if (port !== "auto") return port;
    const ports = await list();
    const candidates = ports.filter((one) => board === undefined || isSame(one, board));
    const found = onlyBoard(candidates);
    board ??= ports.find((one) => one.path === found);
    return found;
  };
  return async (events) => serialLine(await path())(events);
};
