// A robot's page in Debian's Chromium, for the tests that look at it and drive it.
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import type { SessionRecord } from "../../src/core/records.ts";
import { SessionReader } from "../../src/session/session-reader.ts";
import type { Started } from "./efference.ts";

const CHROMIUM = "/usr/bin/chromium";
/** Whether there is no browser here; CI must have one. */
export const lacksBrowser = !existsSync(CHROMIUM) && process.env["CI"] !== "true";
if (lacksBrowser)
  process.stdout.write(`skipped: no browser at ${CHROMIUM} (apt-get install chromium)\n`);

/** With a software renderer, and the switches of one test. */
export const openBrowser = (...switches: readonly string[]): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--enable-unsafe-swiftshader", ...switches],
  });

/** Goes to the page that a run serves, and waits until the robot is awake. */
export const visit = async (page: Page, run: Started, timeout = 30_000): Promise<void> => {
  await page.goto(await run.says(/page {2}(http\S+)/));
  await page.getByText("active: moves inside its limits").waitFor({ timeout });
};

/** How often the robot was drawn so far. */
export const framesOf = async (page: Page): Promise<number> =>
  Number(await page.locator(".robot canvas").getAttribute("data-frames", { timeout: 9000 }));

/** Keeps what goes wrong in a page, in words. */
export const watchProblems = (page: Page, problems: string[]): void => {
  page.on("pageerror", ({ message }) => problems.push(message));
  page.on("console", (said) => said.type() === "error" && problems.push(said.text()));
};

/** Every record of a session. */
export const recordsOf = async (file: string): Promise<SessionRecord[]> => {
  const records: SessionRecord[] = [];
  for await (const record of (await SessionReader.open(file)).records()) records.push(record);
  return records;
};
