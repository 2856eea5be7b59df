// What the page costs the robot, and what the robot's machine leaves to the page: the control loop's times with the
// page open beside the same without, frames a second, the time until it is there, and whether memory grows.
// MINUTES=30 npx vitest run --config test/bench/vitest.config.ts page    (wants Chromium; a minute of each unless said)
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { expect, test } from "vitest";
import { NS_PER_MS } from "../../src/core/clock.ts";
import { quantile } from "../../src/evaluation/statistics.ts";
import type { Report } from "../../src/runtime/report.ts";
import { framesOf, lacksBrowser, openBrowser, recordsOf } from "../e2e/browser.ts";
import { start, temporaryFolder } from "../e2e/efference.ts";

const MINUTES = Number(process.env["MINUTES"] ?? 1);
const ROUNDS = 3;
const SECONDS = 30;
const SIZE = { width: 900, height: 650 };
const STAGES = ["frame_lateness", "latency", "policy"] as const;

/** The page is there by then, and what is compiled as it is used has been. */
const SETTLED_MS = 6000;

interface Ran {
  readonly report: Report;
  /** Milliseconds from one servo frame of the loop's beat to the next, once all is settled. */
  readonly periodsMs: readonly number[];
}

const periodsOf = async (session: string): Promise<number[]> => {
  const periodsMs: number[] = [];
  let [answeredNs, lastNs, firstNs] = [NaN, NaN, NaN];
  for (const record of await recordsOf(session)) {
    if (record.type === "tokens_out") answeredNs = record.timeNs;
    // What an answer begins is on the servos at once, beside the beat.
    if (record.type !== "action" || record.timeNs === answeredNs) continue;
    if (Number.isNaN(firstNs)) firstNs = record.timeNs;
    if (lastNs - firstNs > SETTLED_MS * NS_PER_MS)
      periodsMs.push((record.timeNs - lastNs) / NS_PER_MS);
    lastNs = record.timeNs;
  }
  return periodsMs;
};

/** A run of the shipped policy with its page served; `meanwhile` may look at it. */
const run = async (
  seconds: number,
  meanwhile: (url: string, pid: number) => Promise<void> = async () => {},
): Promise<Ran> => {
  const session = join(temporaryFolder(), "run.mcap");
  const args = ["--dashboard", "--no-open", "--duration", String(seconds), "--json"];
  const robot = start(["run", ...args, "--session", session]);
  const early = robot.ended.then(({ stderr }) => Promise.reject(new Error(`it ended: ${stderr}`)));
  const looked = robot.says(/page {2}(http\S+)/).then((url) => meanwhile(url, robot.child.pid!));
  await Promise.race([looked, early]);
  const { code, stdout, stderr } = await robot.ended;
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  return { report: JSON.parse(stdout) as Report, periodsMs: await periodsOf(session) };
};

interface FrameRates {
  /** What the browser let the page draw. */
  readonly pageHz: number;
  /** Pictures of the robot, which is drawn where it has changed, 30 times a second at most. */
  readonly robotHz: number;
}

const frameRates = async (page: Page, seconds: number): Promise<FrameRates> => {
  const before = await framesOf(page);
  const pageHz = await page.evaluate<number>(`new Promise((resolve) => {
    const startMs = performance.now();
    let frames = 0;
    const next = () => {
      const passedMs = performance.now() - startMs;
      if (passedMs > ${seconds * 1000}) return resolve((1000 * frames) / passedMs);
      frames++;
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  })`);
  return { pageHz, robotHz: ((await framesOf(page)) - before) / seconds };
};

const open = async (browser: Browser, url: string): Promise<Page> => {
  const page = await browser.newPage({ viewport: SIZE });
  await page.goto(url);
  return page;
};

/** Middle, least and most. */
const spread = (values: readonly number[]): string => {
  const sorted = values.toSorted((a, b) => a - b);
  const [least, middle, most] = [sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!];
  return `${middle.toFixed(2)} (${least.toFixed(2)}-${most.toFixed(2)})`;
};

test.skipIf(lacksBrowser)("the control loop with the page open, and without", async () => {
  await using browser = await openBrowser();
  const [without, withPage]: [Ran[], Ran[]] = [[], []];
  const [rates, loads]: [FrameRates[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    without.push(await run(SECONDS));
    withPage.push(
      await run(SECONDS, async (url) => {
        const page = await open(browser, url);
        loads.push(await page.evaluate("performance.getEntriesByType('navigation')[0].duration"));
        await expect.poll(() => framesOf(page), { timeout: 20_000 }).toBeGreaterThan(0);
        rates.push(await frameRates(page, 3)); // before it is settled: to count frames asks for them
      }),
    );
  }
  console.log(`ms, medians (least-most) of ${ROUNDS} rounds of ${SECONDS} s: without, with page`);
  const row = (name: string, of: (ran: Ran) => number): void => {
    const cells = [without, withPage].map((all) => spread(all.map(of)));
    console.log(name.padEnd(20), ...cells.map((cell) => cell.padStart(22)));
  };
  for (const p of [50, 95, 99])
    row(`loop period p${p}`, ({ periodsMs }) => quantile(periodsMs, p / 100));
  for (const stage of STAGES)
    for (const p of ["p50", "p99"] as const)
      row(`${stage} ${p}`, ({ report }) => report.stages[stage][p]);
  console.log(`page there after ${loads.map((ms) => ms.toFixed(0)).join(", ")} ms`);
  const told = (which: keyof FrameRates): string =>
    rates.map((rate) => rate[which].toFixed(1)).join(", ");
  console.log(`frames a second: page ${told("pageHz")}; robot ${told("robotHz")}`);
  expect(rates.length).toBe(ROUNDS);
});

test.skipIf(lacksBrowser)(
  "memory of robot and page over time",
  async () => {
    await using browser = await openBrowser();
    const looks: { minute: number; robotMB: number; pageMB: number }[] = [];
    await run(60 * MINUTES + 10, async (url, pid) => {
      const page = await open(browser, url);
      const session = await page.context().newCDPSession(page);
      const startMs = performance.now();
      const endMs = startMs + MINUTES * 60_000;
      while (performance.now() < endMs) {
        await page.waitForTimeout(MINUTES * 6000);
        await session.send("HeapProfiler.collectGarbage");
        const { usedSize } = await session.send("Runtime.getHeapUsage");
        const resident = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1];
        const minute = (performance.now() - startMs) / 60_000;
        looks.push({ minute, robotMB: Number(resident) / 1024, pageMB: usedSize / 2 ** 20 });
      }
    });
    console.log("minute   robot MB (resident)   page MB (heap after collection)");
    for (const { minute, robotMB, pageMB } of looks)
      console.log(
        minute.toFixed(1).padStart(6),
        robotMB.toFixed(0).padStart(21),
        pageMB.toFixed(2).padStart(31),
      );
    expect(looks.length).toBeGreaterThan(5);
  },
  MINUTES * 60_000 + 120_000,
);
