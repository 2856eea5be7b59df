// What doctor has to say of a board at a port.
import { accessSync, constants } from "node:fs";
import { boardLine } from "../bodies/arduino/board-line.ts";
import { type BoardReport, examineBoard } from "../bodies/arduino/examine-board.ts";
import { FAULT_WORDS } from "../bodies/arduino/fault-words.ts";
import { findPorts, portLine } from "../bodies/arduino/find-ports.ts";
import { faultsOf, modeOf } from "../bodies/board/board-link.ts";
import { explainRefusal, noPortAdvice } from "../bodies/board/port-names.ts";
import { EfferenceError } from "../core/errors.ts";
import { BOARDS, PROTOCOL_VERSION } from "../wire/protocol.ts";
import type { Check } from "./check.ts";

const RESETS: Readonly<Record<number, string>> = {
  1: "power on",
  2: "its reset pin (opening the port does that)",
  4: "a brown-out: its supply dipped, as when servos start on the same one",
  8: "its watchdog: please report it",
};

const resetOf = (cause: number): string =>
  Object.entries(RESETS).findLast(([bit]) => cause & Number(bit))?.[1] ??
  "unknown, since its boot loader does not tell";

/** Opens the port (a path, or auto) and looks; locks nothing and moves nothing. */
export const boardChecks = async (port: string): Promise<Check[]> => {
  try {
    return [...reportChecks(port, await examineBoard(boardLine(port))), RAIL];
  } catch (error) {
    if (!(error instanceof EfferenceError)) throw error;
    return [{ name: `board ${port}`, needed: true, ok: false, found: error.message }];
  }
};

/** Which boards there are and whether they may be opened, without opening one: that would reset it. */
export const portCheck = async (): Promise<Check> => {
  const { platform } = process;
  const boards = (await findPorts()).filter((port) => port.looksLike !== undefined);
  const refusals = boards.flatMap(({ path }) => {
    try {
      if (platform !== "win32") accessSync(path, constants.R_OK | constants.W_OK);
      return [];
    } catch (error) {
      return [`${path} ${explainRefusal((error as Error).message, platform)}`];
    }
  });
  return {
    name: "board",
    needed: false,
    ok: boards.length > 0 && refusals.length === 0,
    found: boards.map(portLine).join(", ") || "none at any USB port",
    advice: refusals.join("; ") || `where you have one, ${noPortAdvice(platform)}`,
  };
};

const RAIL: Check = {
  name: "servo power",
  needed: false,
  ok: false,
  found: "a board can't measure it: whether the servos have power is for you to see",
};

const reportChecks = (port: string, { hello, baud, tripMs, status }: BoardReport): Check[] => {
  const { major, minor, patch, board, resetCause, locked } = hello;
  const mode = modeOf(status);
  const faults = faultsOf(status);
  const words = faults.map((fault) => FAULT_WORDS[fault] ?? fault).join("; ");
  return [
    {
      name: `board ${port}`,
      needed: true,
      ok: true,
      found: `${BOARDS[board] ?? "unknown board"}, firmware ${major}.${minor}.${patch}, protocol ${PROTOCOL_VERSION}, answers at ${baud} baud in ${tripMs.toFixed(1)} ms`,
    },
    {
      name: "board's state",
      needed: true,
      ok: mode !== "estop",
      found: `${mode}, ${locked === 1 ? "locked to a robot's limits" : "no limits yet"}; last reset: ${resetOf(resetCause)}`,
      advice: "its emergency stop is on: reset the board once the reason is gone",
    },
    {
      name: "board's faults",
      needed: false,
      ok: faults.length === 0,
      found: faults.length === 0 ? "none since its reset" : words,
    },
  ];
};
