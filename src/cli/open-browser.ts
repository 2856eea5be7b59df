// Opens a page in the person's browser, where there is a desktop to open it on.
import { spawn } from "node:child_process";
import { setPriority } from "node:os";
import { findProgram } from "../sensors/available-programs.ts";

const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};

/** Whether somebody sits before a desktop here. */
export const hasDesktop = (): boolean =>
  process.stdout.isTTY &&
  (process.platform in OPENERS ||
    Boolean(process.env["DISPLAY"] ?? process.env["WAYLAND_DISPLAY"]));

/** How far behind the robot the browser stands where both want the processor; `nice`, 0 to 19. */
const NICENESS = 10;

/** Says whether a browser was asked to; whether it did is its own affair. */
export const openBrowser = (url: string): boolean => {
  const [program, ...args] = OPENERS[process.platform] ?? ["xdg-open"];
  const found = process.platform === "win32" ? program : findProgram(program!);
  if (found === undefined) return false;
  const opener = spawn(found, [...args, url], { stdio: "ignore", detached: true });
  opener.on("error", () => {}).unref();
  try {
    if (opener.pid !== undefined) setPriority(opener.pid, NICENESS); // and with it the browser that it starts
  } catch {
    // it has come and gone: the page is a tab of a browser that was there
  }
  return true;
};
