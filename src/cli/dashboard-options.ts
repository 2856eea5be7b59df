// The options of a command that serves the page, and their checks, before a robot moves.
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { UsageError } from "../core/errors.ts";
import { isLoopback } from "../dashboard/guard.ts";
import { wantFlag } from "./idle-options.ts";
import { isFolder } from "./is-folder.ts";
import { hasDesktop } from "./open-browser.ts";
import { progressOption } from "./progress-file.ts";

export interface DashboardFlags {
  readonly dashboard: boolean;
  readonly dashboardPort: number;
  readonly host: string;
  readonly passwordFile?: string;
  readonly library?: string;
  readonly progress: string;
  /** Undefined: where there is a desktop. */
  readonly open?: boolean;
}

export interface DashboardPlace {
  readonly host: string;
  readonly port: number;
  readonly password?: string;
  readonly isOpened: boolean;
  /** More folders of sessions that it shows. */
  readonly library: readonly string[];
  /** Where trainings and evaluations say how far they are. */
  readonly progress: string;
}

const LEAST_PASSWORD = 8;

/** Of these options, what says something about the page. */
const OF_THE_PAGE = ["dashboard-port", "host", "password-file", "library", "progress", "open"];

export const addDashboardOptions = (command: Command): Command =>
  wantFlag(command, "dashboard", OF_THE_PAGE)
    .option("--dashboard", "serve the page: see the robot think, speak to it, stop it", false)
    .option("--dashboard-port <number>", "port of the page; 0 finds a free one", Number, 0)
    .option(
      "--host <name>",
      "where the page is served; beyond this machine with a password",
      "127.0.0.1",
    )
    .option("--password-file <file>", "its first line is the page's password")
    .option("--library <folders>", "more folders of sessions for the page, comma-separated")
    .addOption(progressOption("where train and eval say how far they are, for the page"))
    .option("--open", "open the page in a browser (default: where there is a desktop)")
    .option("--no-open", "only print the page's URL");

/** @throws UsageError for a place that is no place, or wider than it may be */
export const dashboardPlace = (flags: DashboardFlags): DashboardPlace => {
  const { host, dashboardPort: port, passwordFile } = flags;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError(`--dashboard-port wants a number from 0 to 65535, found ${port}`);
  if (!isLoopback(host) && passwordFile === undefined)
    throw new UsageError(
      `--host ${host} lets other machines reach the robot; give a --password-file as well`,
    );
  const library = flags.library?.split(",") ?? [];
  for (const folder of library)
    if (!isFolder(folder)) throw new UsageError(`--library ${folder}: no such folder`);
  const password = passwordFile === undefined ? undefined : passwordIn(passwordFile);
  return {
    host,
    port,
    ...(password !== undefined && { password }),
    isOpened: flags.open ?? hasDesktop(),
    library,
    progress: flags.progress,
  };
};

const passwordIn = (file: string): string => {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new UsageError(`--password-file ${file}: ${(cause as Error).message}`, { cause });
  }
  const password = text.split(/\r?\n/)[0]!;
  if (password.length < LEAST_PASSWORD)
    throw new UsageError(
      `--password-file ${file}: its first line has ${password.length} characters, expected ${LEAST_PASSWORD} or more`,
    );
  return password;
};
