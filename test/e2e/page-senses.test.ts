// A person at the page lends the robot a microphone, a webcam and a hand, in a real browser (Debian's Chromium) with
// that browser's own stand-ins for devices.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { packageRoot } from "../../src/core/robot-file.ts";
import { readWavSound } from "../../src/sensors/wav-sound.ts";
import { wavBytes } from "../../src/sensors/wav-writer.ts";
import { lacksBrowser, openBrowser, recordsOf, visit, watchProblems } from "./browser.ts";
import { efference, type Started, start, temporaryFolder } from "./efference.ts";

const SIZE = { width: 900, height: 650 };
const RATE_HZ = 16_000;

/** What the browser's stand-in for a microphone plays, again and again: silence, the command, silence. */
const spokenFile = async (folder: string): Promise<string> => {
  const command = join(packageRoot, "models/robots/duo/voice/raise_left_hand.wav");
  const pcm = await readWavSound(command, RATE_HZ);
  const program = new Float32Array(pcm.length + 3 * RATE_HZ);
  program.set(pcm, RATE_HZ);
  const file = join(folder, "spoken.wav");
  writeFileSync(file, wavBytes(program, RATE_HZ));
  return file;
};

/** What the page says of a joint, degrees. */
const jointDeg = async (page: Page, servo: string): Promise<number> =>
  parseInt(await page.locator(".joints li", { hasText: servo }).locator("b").innerText()) || 0;

// The browser's own edge: there is no stand-in for a gamepad as there is one for a microphone.
const PAD = `
  const buttons = Array.from({ length: 17 }, () => ({ pressed: false, touched: false, value: 0 }));
  globalThis.pad = { index: 0, connected: true, mapping: "standard", axes: [0, 0, 0, 0], buttons };
  navigator.getGamepads = () => [pad];`;

describe.skipIf(lacksBrowser)(
  "a page that lends the robot its senses",
  { timeout: 120_000 },
  () => {
    const folder = temporaryFolder();
    const session = join(folder, "senses.mcap");
    let run: Started;
    let browser: Browser;
    let page: Page;
    const problems: string[] = [];
    const screen = async (name: string): Promise<void> => {
      const screens = process.env["SCREENS"];
      if (screens) await page.screenshot({ path: join(screens, `senses-${name}.png`) });
    };
    const button = (name: string) => page.getByRole("button", { name });

    beforeAll(async () => {
      browser = await openBrowser(
        "--disable-gpu",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        `--use-file-for-fake-audio-capture=${await spokenFile(folder)}`,
      );
      page = await browser.newPage({ viewport: SIZE });
      await page.addInitScript(PAD);
      watchProblems(page, problems);
      run = start([
        "run",
        "--dashboard",
        "--no-open",
        "--session",
        session,
        "--microphone",
        "none",
      ]);
      await visit(page, run);
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      run?.child.kill("SIGKILL");
    });

    it("is heard: a command that is spoken to it is obeyed by the policy that ships", async () => {
      await page.getByText("It hears nothing.").waitFor();
      await button("Speak to it").click();
      await page.getByText("It hears you").waitFor();
      const raised = (): Promise<number> => jointDeg(page, "left_shoulder");
      await expect.poll(raised, { timeout: 60_000 }).toBeGreaterThan(100);
      await screen("speaking");
      await button("Stop speaking to it").click();
      await page.getByText("It hears nothing.").waitFor();
    });

    it("drives by a gamepad only while its clutch is held", async () => {
      const pan = (): Promise<number> => jointDeg(page, "pan");
      await page.getByText("hold the left shoulder button to move").waitFor();
      const clutch = (isHeld: boolean): Promise<void> =>
        page.evaluate(`pad.buttons[4].pressed = ${isHeld}`);
      await page.evaluate("pad.axes[0] = -1");
      await page.waitForTimeout(1500);
      expect(Math.abs(await pan())).toBeLessThan(3);
      await clutch(true);
      await expect.poll(pan, { timeout: 20_000 }).toBeGreaterThan(40);
      await screen("gamepad");
      await clutch(false);
      await page.waitForTimeout(1000);
      const stoppedDeg = await pan();
      await page.waitForTimeout(1000);
      expect(await pan()).toBe(stoppedDeg);
    });

    it("is seen: its webcam takes the place of the simulated eye until it is taken back", async () => {
      await button("Let it see you").click();
      await page.getByText("It sees through your camera").waitFor();
      await page.waitForTimeout(3000); // some thirty pictures
      await screen("seen");
      await button("Take your camera back").click();
      await expect.poll(() => button("Let it see you").count()).toBe(1);
    });

    it("left behind a session that has it all, and replays bit for bit", async () => {
      expect(problems).toEqual([]);
      run.child.kill("SIGINT");
      expect((await run.ended).code).toBe(0);
      const records = await recordsOf(session);
      expect(records.some((r) => r.type === "act" && r.name === "raise_left_hand")).toBe(true);
      const stretch = (sensor: string): number[] =>
        records.flatMap((r) => (r.type === "source" && r.sensor === sensor ? [r.timeNs] : []));
      const samples = records.flatMap((r) => (r.type === "sample" ? [r.sample] : []));
      const of = (sensor: string) => samples.filter((sample) => sample.sensor === sensor);

      const [earsFromNs, earsToNs] = stretch("microphone");
      const heard = of("microphone").filter((s) => s.timeNs > earsFromNs! && s.timeNs < earsToNs!);
      const loud = heard.filter((s) => s.kind === "audio" && s.pcm.some((v) => Math.abs(v) > 0.05));
      expect(loud.length).toBeGreaterThan(20);
      for (const sensor of ["microphone", "eye"]) {
        const stamps = of(sensor).map(({ timeNs }) => timeNs);
        expect(stamps).toEqual(stamps.toSorted((a, b) => a - b));
      }

      const [eyeFromNs, eyeToNs] = stretch("eye");
      const seen = of("eye").flatMap((s) => (s.kind === "image" ? [s] : []));
      const lent = seen.filter((s) => s.timeNs > eyeFromNs! && s.timeNs <= eyeToNs!);
      expect(lent.length).toBeGreaterThan(3);
      expect(lent.every(({ depthM }) => depthM.every((metres) => metres === 2))).toBe(true);
      // Chromium's test picture is a green that no scene of ours has.
      const [, green] = lent.at(-1)!.rgb;
      expect(green).toBeGreaterThan(100);

      const replayed = await efference(["replay", session]);
      expect(replayed.stdout).toMatch(/^identical/);
    });
  },
);

describe.skipIf(lacksBrowser)("a page where nobody lends anything", { timeout: 60_000 }, () => {
  it("says in words why there is no microphone, and no camera", async () => {
    const run = start(["run", "--dashboard", "--no-open", "--microphone", "none"]);
    const browser = await openBrowser("--disable-gpu", "--deny-permission-prompts");
    try {
      const page = await browser.newPage({ viewport: SIZE });
      await page.goto(await run.says(/page {2}(http\S+)/));
      await page.getByRole("button", { name: "Speak to it" }).click();
      await expect
        .poll(() => page.getByRole("alert").innerText())
        .toMatch(/^(The microphone was refused|This computer has no microphone)/);
    } finally {
      await browser.close();
      run.child.kill("SIGKILL");
    }
  });
});

describe.skipIf(lacksBrowser)("a hand at the page", { timeout: 120_000 }, () => {
  const session = join(temporaryFolder(), "hands.mcap");
  let run: Started;
  let browser: Browser;
  let page: Page;
  const screen = async (name: string): Promise<void> => {
    const screens = process.env["SCREENS"];
    if (screens) await page.screenshot({ path: join(screens, `hands-${name}.png`) });
  };
  const pan = (): Promise<number> => jointDeg(page, "pan");

  beforeAll(async () => {
    browser = await openBrowser("--disable-gpu");
    page = await browser.newPage({ viewport: SIZE });
    const robot = ["--policy", "teacher:track", "--microphone", "none", "--session", session];
    run = start(["run", "--dashboard", "--no-open", ...robot]);
    await visit(page, run);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    run?.child.kill("SIGKILL");
  });

  it("takes the ball by a button and drags it in the picture, and the head follows it to either side", async () => {
    const canvas = (await page.locator(".robot canvas").boundingBox())!;
    await page.getByLabel("Which thing").selectOption("ball");
    await page.getByRole("button", { name: "up", exact: true }).press("Enter");
    /** Whether the pointer is on something that can be dragged. */
    const isOnThing = async (x: number, y: number): Promise<boolean> => {
      await page.mouse.move(canvas.x + x, canvas.y + y);
      const cursor = await page.locator(".robot canvas").evaluate((c) => (c as any).style.cursor);
      return cursor === "move";
    };
    let [ballX, ballY] = [0, 0];
    for (let y = 20; y < canvas.height && ballY === 0; y += 16)
      for (let x = 40; x < canvas.width - 40 && ballY === 0; x += 16)
        if (await isOnThing(x, y)) [ballX, ballY] = [x, y];
    expect(ballY).toBeGreaterThan(0);
    await page.mouse.down();
    // Slowly, and in small steps, of which a busy page may take some at once: a head that has lost the ball does not
    // look for it.
    const drag = async (from: number, to: number): Promise<void> => {
      const steps = 50;
      for (let step = 1; step <= steps; step++) {
        const share = from + ((to - from) * step) / steps;
        await page.mouse.move(canvas.x + share * canvas.width, canvas.y + canvas.height * 0.55);
        await page.waitForTimeout(100);
      }
    };
    await drag(ballX / canvas.width, 0.8);
    await expect.poll(pan, { timeout: 20_000 }).toBeGreaterThan(12);
    await screen("dragged");
    await drag(0.8, 0.2);
    await expect.poll(pan, { timeout: 20_000 }).toBeLessThan(-8);
    await page.mouse.up();
    expect(ballX).toBeGreaterThan(0);
  });

  it("left behind a session that has its moves, and replays bit for bit", async () => {
    run.child.kill("SIGINT");
    expect((await run.ended).code).toBe(0);
    const records = await recordsOf(session);
    const moved = records.flatMap((r) => (r.type === "move" ? [r] : []));
    expect(moved.length).toBeGreaterThan(4);
    expect(new Set(moved.map(({ object }) => object))).toEqual(new Set(["ball"]));
    const replayed = await efference(["replay", session]);
    expect(replayed.stdout).toMatch(/^identical/);
  });
});

describe.skipIf(lacksBrowser)("a robot that nobody taught anything", { timeout: 60_000 }, () => {
  it("is driven on the page that it runs with", async () => {
    const folder = join(temporaryFolder(), "plain");
    cpSync(join(packageRoot, "models", "robots", "duo"), folder, { recursive: true });
    const file = join(folder, "robot.yaml");
    const robot = parseDocument(readFileSync(file, "utf8"));
    robot.set("sensors", [{ ...robot.toJS().sensors.find((s: any) => s.kind === "joints") }]);
    writeFileSync(file, robot.toString());
    const run = start(["run", "--dashboard", "--no-open", "--robot", folder]);
    const browser = await openBrowser("--disable-gpu");
    try {
      const page = await browser.newPage({ viewport: SIZE });
      await page.addInitScript(PAD);
      await run.said("it moves when you take it, on the page: no teacher knows");
      await page.goto(await run.says(/page {2}(http\S+)/));
      await page.getByText("hold the left shoulder button to move").waitFor();
      await page.evaluate("pad.axes[0] = -1; pad.buttons[4].pressed = true");
      await expect.poll(() => jointDeg(page, "pan"), { timeout: 20_000 }).toBeGreaterThan(40);
    } finally {
      await browser.close();
      run.child.kill("SIGKILL");
    }
  });
});
