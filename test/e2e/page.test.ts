// The page in a real browser (Debian's Chromium): a person watches the robot, tells it what to do, and stops it.
import { once } from "node:events";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { NS_PER_MS } from "../../src/core/clock.ts";
import type { SafetyOrder } from "../../src/core/records.ts";
import { FrameWriter } from "../../src/dashboard/fields.ts";
import { PAGE_FRAMES } from "../../src/dashboard/protocol.ts";
import { framesOf, lacksBrowser, openBrowser, recordsOf, visit, watchProblems } from "./browser.ts";
import { type Started, start, temporaryFolder } from "./efference.ts";

/** By then a stop is on the outputs, whatever frame was on its way before it. */
const REACHED_NS = 100 * NS_PER_MS; // the browser draws on the same cores

const SIZE = { width: 900, height: 650 };

/** Points along the bed of what is said, from now back, until a token is told by these words. */
const riverSays = async (page: Page, words: string): Promise<boolean> => {
  const box = (await page.locator(".river canvas").boundingBox())!;
  for (let x = box.width - 20; x > 130; x -= 60) {
    await page.mouse.move(box.x + x, box.y + box.height - 59);
    await page.evaluate("new Promise((drawn) => requestAnimationFrame(drawn))");
    const told = await page.locator(".token").allInnerTexts();
    if (told.some((text) => text.includes(words))) return true;
  }
  return false;
};

describe.skipIf(lacksBrowser).each(["simulation", "emulator"])(
  "the page of a robot, its body the %s",
  { timeout: 120_000 },
  (body) => {
    const session = join(temporaryFolder(), "page.mcap");
    let run: Started;
    let browser: Browser;
    let page: Page;
    const problems: string[] = [];
    const screen = async (name: string): Promise<void> => {
      const folder = process.env["SCREENS"];
      if (folder) await page.screenshot({ path: join(folder, `page-${body}-${name}.png`) });
    };
    const button = (name: string) => page.getByRole("button", { name });

    beforeAll(async () => {
      // The browser first: while it starts it would take the machine from the robot's loop.
      browser = await openBrowser("--use-angle=swiftshader");
      page = await browser.newPage({ viewport: SIZE });
      watchProblems(page, problems);
      const seen = ["--body", body, "--session", session, "--microphone", "none"];
      run = start(["run", "--dashboard", "--no-open", ...seen]);
      await visit(page, run);
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      run?.child.kill("SIGKILL");
    });

    it("shows the robot, and has no serious fault for those who can't see it", async () => {
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("duo");
      await expect.poll(() => framesOf(page), { timeout: 20_000 }).toBeGreaterThan(5);
      await page.evaluate(axe.source);
      const found = await page.evaluate(() =>
        (globalThis as unknown as { axe: { run(): Promise<axe.AxeResults> } }).axe.run(),
      );
      const serious = found.violations.filter(({ impact }) => impact !== "minor");
      expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    });

    it("performs the act of a button, says so, and gives the robot back", async () => {
      // Input that waited for longer than 300 ms moves nothing, as it may on a machine that stood still: again.
      const asked = async (): Promise<boolean> => {
        await button("raise left hand").click();
        return riverSays(page, "said · raise_left_hand pace.normal");
      };
      await expect.poll(asked, { timeout: 20_000 }).toBe(true);
      await page.getByText("You have the robot.").waitFor();
      await page.waitForTimeout(1500); // the arm is on its way
      await screen("act");
      await button("Give it back").click();
      await expect.poll(() => page.getByText("You have the robot.").count()).toBe(0);
    });

    it("is kept out while another page has the robot, and takes nothing when that gives it back", async () => {
      const url = new URL(page.url());
      const other = new WebSocket(new URL("live", url), { origin: url.origin });
      await once(other, "open");
      const tell = (name: "engage" | "release"): void =>
        other.send(new FrameWriter(PAGE_FRAMES).add(name, {}).take());
      const engaging = setInterval(() => tell("engage"), 50);
      await page.getByText(/page \d+ has the robot\./).waitFor();
      await button("wave").click();
      clearInterval(engaging);
      tell("release");
      await expect.poll(() => page.getByText("has the robot.").count()).toBe(0);
      await page.waitForTimeout(700); // as long as it takes to be told who has it
      expect(await page.getByText("You have the robot.").count()).toBe(0);
      other.close();
    });

    it("stops by the space bar, says stopped once it is confirmed, and moves again only by two steps", async () => {
      await page.keyboard.press("Space");
      await page.getByText("confirmed: no pulses").first().waitFor();
      await page.getByText("emergency stop: no pulses until it is cleared").waitFor();
      await screen("stopped");
      expect(await button("Yes, let it move").count()).toBe(0);
      await button("Clear …").click();
      await button("Yes, let it move").click();
      await page.getByText("active: moves inside its limits").waitFor();
    });

    it("is readable at the width of a phone, STOP included", async () => {
      await page.setViewportSize({ width: 390, height: 800 });
      const stop = await page.locator(".stop-button").boundingBox();
      expect(stop!.x + stop!.width).toBeLessThanOrEqual(390);
      expect(stop!.height).toBeGreaterThan(40);
      const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
      expect(overflow).toBeLessThanOrEqual(0);
      await screen("phone");
      await page.setViewportSize(SIZE);
    });

    it("left behind a session that proves it: the token, the arm, no pulses, and who drove", async () => {
      expect(problems).toEqual([]);
      run.child.kill("SIGINT");
      expect((await run.ended).code).toBe(0);
      const all = await recordsOf(session);
      const at = all.findIndex((r) => r.type === "act" && r.name === "raise_left_hand");
      expect(at).toBeGreaterThan(0);
      expect(all.some(({ type }) => type === "takeover")).toBe(true);
      const poses = all.flatMap((r) => (r.type === "action" ? [r] : []));
      const shoulder = poses.map(({ appliedDeg }) => appliedDeg[2]!);
      expect(Math.max(...shoulder) - Math.min(...shoulder)).toBeGreaterThan(40);
      const stopped = poses.filter(({ mode }) => mode === "estop");
      expect(stopped.length).toBeGreaterThan(5);
      expect(stopped.every(({ powered }) => !powered)).toBe(true);
      // What the kernel let through is not yet what the body did: by its own word, no pulses either.
      const orderNs = (order: SafetyOrder): number =>
        all.find((r) => r.type === "order" && r.order === order)!.timeNs;
      const [stoppedNs, clearedNs] = [orderNs("estop"), orderNs("clear")];
      const applied = all
        .filter((r) => r.type === "applied")
        .filter(({ frameNs }) => frameNs < clearedNs)
        .filter(({ timeNs, frameNs }) => frameNs >= stoppedNs || timeNs >= stoppedNs + REACHED_NS);
      expect(applied.length).toBeGreaterThan(5);
      expect(applied.filter(({ powered }) => powered)).toEqual([]);
      expect(poses.at(-1)).toMatchObject({ powered: false });
    });
  },
);
