// Opens a page in the person's browser, where there is a desktop to open it on.
import { spawn } from "node:child_process";
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

/** Says whether a browser was asked to; whether it did is its own affair. */
export const openBrowser = (url: string): boolean => {
  const [program, ...args] = OPENERS[process.platform] ?? ["xdg-open"];
  const found = process.platform === "win32" ? program : findProgram(program!);
  if (found === undefined) return false;
  spawn(found, [...args, url], { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
  return true;
};
