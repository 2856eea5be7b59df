// The page's other views in a real browser: episodes are recorded from it, listed, watched, judged, put into the
// bin and taken back, and trainings are seen while they go on.
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { curationLogSchema } from "../../src/core/curation-log.ts";
import { ProgressFile } from "../../src/cli/progress-file.ts";
import { SessionIndex } from "../../src/session/session-index.ts";
import { framesOf, lacksBrowser, openBrowser, visit, watchProblems } from "./browser.ts";
import { type Started, start, temporaryFolder } from "./efference.ts";

const SIZE = { width: 1000, height: 700 };

describe.skipIf(lacksBrowser)("the page beside a recording", { timeout: 180_000 }, () => {
  const cwd = temporaryFolder();
  const taught = join(cwd, "taught.mcap");
  let running: Started;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  const button = (name: string | RegExp) => page.getByRole("button", { name });
  const screen = async (name: string): Promise<void> => {
    const folder = process.env["SCREENS"];
    if (folder) await page.screenshot({ path: join(folder, `page-${name}.png`) });
  };
  const hasNoSeriousFault = async (): Promise<void> => {
    await page.evaluate(axe.source);
    const found = await page.evaluate(() =>
      (globalThis as unknown as { axe: { run(): Promise<axe.AxeResults> } }).axe.run(),
    );
    const serious = found.violations.filter(({ impact }) => impact !== "minor");
    expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  };
  const isAsWideAsAPhone = async (name: string): Promise<void> => {
    await page.setViewportSize({ width: 390, height: 800 });
    expect(
      await page.evaluate("document.documentElement.scrollWidth - innerWidth"),
    ).toBeLessThanOrEqual(0);
    expect((await page.locator(".stop-button").boundingBox())!.height).toBeGreaterThan(40);
    await screen(`${name}-phone`);
    await page.setViewportSize(SIZE);
  };
  const open = async (args: readonly string[]): Promise<void> => {
    running = start([...args, "--dashboard", "--no-open", "--microphone", "none"], cwd);
    await visit(page, running, 60_000);
  };
  const pose = (): Promise<string[]> => page.locator(".curves b").allInnerTexts();
  const seek = (share: number): Promise<void> =>
    page.getByLabel("Time in the episode").evaluate((element, part) => {
      const input = element as unknown as { value: string; min: string; max: string } & EventTarget;
      input.value = `${Number(input.min) + part * (Number(input.max) - Number(input.min))}`;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }, share);

  beforeAll(async () => {
    browser = await openBrowser("--disable-gpu");
    page = await browser.newPage({ viewport: SIZE });
    watchProblems(page, problems);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    running?.child.kill("SIGKILL");
  });

  it("begins and ends episodes by buttons and by keys, with the task that was written there", async () => {
    const episodes = ["--episodes", "2", "--episode-seconds", "90"];
    await open(["record", "--task", "first words", "--out", taught, ...episodes]);
    await page.getByText("Ready · 0 of 2 kept").waitFor();
    await page.getByLabel("Task").fill("raise a hand s f n");
    await button("● Record").click();
    await page.getByText("● Recording episode 1 of 2").waitFor();
    await page.getByText(/\d+ s left/).waitFor();
    await button("raise left hand").click();
    await page.getByText("You have the robot.").waitFor();
    await page.waitForTimeout(2500); // the arm is on its way
    await screen("record");
    await hasNoSeriousFault();
    await button("✓ Success").click();
    await page.getByText("Ready · 1 of 2 kept").waitFor();
    await page.keyboard.press("n");
    await page.getByText("● Recording episode 2 of 2").waitFor();
    await page.waitForTimeout(1000);
    await page.keyboard.press("f");
    expect((await running.ended).code).toBe(0);
    await page.goto("about:blank"); // the line to a robot that is gone is tried for ever
    problems.length = 0;
    const found = await (await SessionIndex.open(taught)).episodes();
    expect(found.map(({ task, outcome }) => [task, outcome])).toEqual([
      ["raise a hand s f n", "success"],
      ["raise a hand s f n", "failure"],
    ]);
    expect(found[0]!.endNs - found[0]!.startNs).toBeGreaterThan(2e9);
  });

  it("lists what was recorded, in the folder of the run and in the one given", async () => {
    const given = join(cwd, "given");
    mkdirSync(given);
    copyFileSync(taught, join(given, "again.mcap"));
    await open(["run", "--library", given, "--session", join(cwd, "now.mcap")]);
    await button("Sessions").click();
    await button("Watch taught.mcap, episode 0").waitFor();
    await button("Watch again.mcap, episode 1").waitFor();
    await page.getByText("this run", { exact: true }).waitFor();
    expect(await page.getByText("✓ success").count()).toBe(2);
    await hasNoSeriousFault();
    await screen("sessions");
    await isAsWideAsAPhone("sessions");
  });

  it("shows a recorded episode as it was, and leaves STOP to the robot", async () => {
    await button("Watch taught.mcap, episode 0").click();
    await page.getByText("RECORDING", { exact: true }).waitFor();
    await page.getByText(/^0\.0 of \d+\.\d s$/).waitFor();
    await expect.poll(() => page.locator(".curves .applied").count()).toBe(8);
    await expect.poll(() => framesOf(page)).toBeGreaterThan(0);
    await expect.poll(pose).toContain("0°");
    const before = await pose();
    await seek(0.9);
    await expect.poll(pose).not.toEqual(before);
    const shoulder = 2;
    const recorded = await SessionIndex.open(taught);
    const [episode] = await recorded.episodes();
    const atNs = episode!.startNs + 0.9 * (episode!.endNs - episode!.startNs);
    let wantedDeg = NaN;
    for await (const record of recorded.records({ fromNs: atNs - 2e8, toNs: atNs }))
      if (record.type === "action") wantedDeg = record.appliedDeg[shoulder]!;
    await expect
      .poll(async () => Math.abs(Number.parseFloat((await pose())[shoulder]!) - wantedDeg))
      .toBeLessThan(6);
    await screen("replay");
    await hasNoSeriousFault();
    await page.getByText("p plays").click();
    const at = (): Promise<string> => page.locator(".player output").innerText();
    const here = await at();
    await page.keyboard.press("Shift+ArrowLeft");
    await expect.poll(at).not.toBe(here);
    await seek(0);
    await page.keyboard.press("p");
    await expect.poll(at, { timeout: 20_000 }).toMatch(/^[1-9]/);
    await page.keyboard.press("Space");
    await page.getByText("confirmed: no pulses").first().waitFor();
    await isAsWideAsAPhone("replay");
    await button("Clear …").click();
    await button("Yes, let it move").click();
    await button("Back to the list").click();
  });

  it("scores, puts into the bin and takes back, in the file that curate keeps", async () => {
    const log = () =>
      curationLogSchema.parse(JSON.parse(readFileSync(join(cwd, "curation.json"), "utf8")));
    const own = page.getByRole("region", { name: `Sessions of ${cwd}`, exact: true });
    await own.getByRole("button", { name: "Score the episodes" }).click();
    await own.getByText("2 episodes scored").waitFor({ timeout: 60_000 });
    await own.locator("summary").first().click();
    await screen("curation");
    await hasNoSeriousFault();
    await button("Delete taught.mcap, episode 1: into the bin").click();
    await button("Keep taught.mcap, episode 1").waitFor();
    expect(log().steps.map(({ does }) => does)).toEqual(["delete"]);
    await own.getByRole("button", { name: "Undo: delete 1" }).click();
    await button("Delete taught.mcap, episode 1: into the bin").waitFor();
    expect(log().steps).toEqual([]);
    expect(existsSync(taught)).toBe(true);
  });

  it("shows how a training goes on, and the tables of an evaluation", async () => {
    await button("Training").click();
    await page.getByText("Nothing learns yet").waitFor();
    await screen("training-none");
    const about = { name: "mine", about: "token model of 20 sessions", total: 400 };
    const file = new ProgressFile(join(cwd, "progress"), { kind: "training", ...about });
    for (let i = 1; i <= 3; i++)
      file.add({
        type: "look",
        step: 100 * i,
        seconds: 60 * i,
        loss: 3 / i,
        heldOutLoss: 3.2 / i,
        accuracy: 0.2 * i,
      });
    await page.getByText("step 300 of 400 · 60 s to go").waitFor();
    expect(await page.locator(".chart polyline").count()).toBe(3);
    const task = ["--task", "flinch", "--policy", "teacher:flinch", "--episodes", "2"];
    const judged = start(["eval", ...task], cwd);
    expect((await judged.ended).code).toBe(0);
    await page.getByText("episode 2 of 2 · done").waitFor();
    await page
      .getByRole("cell", { name: /^\d+ of \d+$/ })
      .first()
      .waitFor();
    await hasNoSeriousFault();
    await screen("training");
    await isAsWideAsAPhone("training");
    await page.emulateMedia({ colorScheme: "light" });
    await hasNoSeriousFault();
    await screen("training-light");
    await button("Sessions").click();
    await button("Watch taught.mcap, episode 0").waitFor();
    await hasNoSeriousFault();
    await screen("sessions-light");
    await page.emulateMedia({ colorScheme: "dark" });
  });

  it("answers nobody who did not come by the page, and nothing that was not listed", async () => {
    const url = new URL(page.url());
    const asked = async (path: string, init: RequestInit = {}): Promise<number> =>
      (await fetch(`${url.href}ask/${path}`, init)).status;
    const list = (await (await fetch(`${url.href}ask/sessions`)).json()) as {
      folders: { sessions: { id: string; file: string }[] }[];
    };
    const { id } = list.folders[0]!.sessions.find(({ file }) => file === "taught.mcap")!;
    expect(await asked(`sessions/${id}/window/0`)).toBe(200);
    for (const path of [
      "sessions/..%2f..%2fetc%2fpasswd",
      `sessions/${id}/window/-1`,
      `sessions/${id}/../../../etc/passwd`,
      "sessions/taught.mcap",
      `sessions/${id}/0/empty`,
      "folders/0/empty",
    ])
      expect(await asked(path)).toBe(404);
    const deletion = `sessions/${id}/0/delete`;
    expect(await asked(deletion)).toBe(404);
    expect(await asked(deletion, { method: "POST" })).toBe(403);
    const foreign = { method: "POST", headers: { origin: "http://evil.example" } };
    expect(await asked(deletion, foreign)).toBe(403);
    expect((await fetch(`${url.origin}/wrong/ask/sessions`)).status).toBe(404);
    expect(
      curationLogSchema.parse(JSON.parse(readFileSync(join(cwd, "curation.json"), "utf8"))).steps,
    ).toEqual([]);
  });

  it("ended as asked, without an error of the page", async () => {
    expect(problems).toEqual([]);
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(0);
  });
});
