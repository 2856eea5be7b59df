import { describe, expect, it } from "vitest";
import { contenders, evaluate } from "../../../src/evaluation/evaluation.ts";
import { compare } from "../../../src/evaluation/comparison.ts";
import { EpisodeMeter } from "../../../src/evaluation/episode-meter.ts";
import { htmlReport } from "../../../src/evaluation/html-report.ts";
import { wilson } from "../../../src/evaluation/statistics.ts";
import { type EpisodeResult, isSuccess, summarise } from "../../../src/evaluation/summary.ts";
import { applied, parked, started } from "./records.ts";

const episode = (
  seed: number,
  success: boolean,
  more: Partial<EpisodeResult> = {},
): EpisodeResult => ({
  task: "obey",
  seed,
  attempts: [
    {
      atNs: 1e9,
      success,
      reason: success ? "" : "no answer",
      ...(success && { reactionMs: seed }),
    },
  ],
  uninvited: 0,
  tokensIn: 900,
  tokensOut: 100,
  acts: 1,
  jerkDegPerS3: 300,
  malformed: 2,
  servoJoules: 1.5,
  policyMs: [1, 3],
  cpuMs: 200,
  ...more,
});

describe("EpisodeMeter", () => {
  it("finds the constant jerk of a cubic, and stops when the robot parks", () => {
    const meter = new EpisodeMeter();
    for (let frame = 0; frame < 100; frame++)
      meter.write(applied(frame * 20, Float64Array.of((frame * 0.02) ** 3))); // third derivative 6
    meter.write(parked(2000));
    meter.write(applied(2000, Float64Array.of(90)));
    meter.write(started("rest", "normal", 2010));
    expect(meter.read()).toEqual({
      tokensIn: 0,
      tokensOut: 0,
      acts: 0,
      jerkDegPerS3: expect.closeTo(6, 6),
    });
  });
});

it("EpisodeMeter leaves frames out that come between two of the grid, as something begins", () => {
  const meter = new EpisodeMeter();
  const frame = (ms: number): void => meter.write(applied(ms, Float64Array.of((ms / 1000) ** 3)));
  for (let ms = 0; ms < 2000; ms += 20) {
    frame(ms);
    const extraMs = ms + (ms % 100 === 0 ? 7 : 17);
    if (ms % 50 !== 0) continue;
    const ids = Int32Array.of(1);
    meter.write({ type: "tokens_in", timeNs: extraMs * 1e6, sensor: "self", ids });
    frame(extraMs);
  }
  expect(meter.read().jerkDegPerS3).toBeCloseTo(6, 5);
});

describe("summarise", () => {
  it("divides the costs of all attempts, failures included, by the successes", () => {
    const summary = summarise([episode(10, true), episode(20, true), episode(30, false)], 10);
    expect(summary).toMatchObject({
      episodes: 3,
      attempts: 3,
      successes: 2,
      reactionMs: { p50: 15 },
      malformed: 6,
      tokens: { in: 2700, out: 300 },
      success: 2 / 3,
      tokensPerSuccess: 1500,
      tokensPerSuccessInterval: null, // three episodes do not tell how they scatter
      modelEfficiency: 0.006667,
      speakerEfficiency: null, // nobody spoke
      msPerSuccess: 300,
      joulesPerSuccess: {
        servo: 2.25,
        cpu: 3, // 0.6 s at 10 W, two successes
        method: expect.stringMatching(/cpu: an estimate, .* x 10 W/),
      },
      failures: [{ seed: 30, atMs: 1000, reason: "no answer" }],
    });
  });

  it("counts successes for each token of the commands that were heard", () => {
    const heard = (tokens: number) => ({ instructionTokens: tokens });
    const results = [episode(1, true, heard(30)), episode(2, false, heard(10))];
    expect(summarise(results).speakerEfficiency).toBe(1 / 40);
  });

  it("has no cost per success where nothing succeeded", () => {
    expect(summarise([episode(1, false)])).toMatchObject({
      success: 0,
      tokensPerSuccess: null,
      msPerSuccess: null,
      joulesPerSuccess: { servo: null, cpu: null },
    });
    expect(summarise([episode(1, false)])).not.toHaveProperty("reactionMs");
  });

  it("pools the time in the middle over the pictures of all episodes", () => {
    const tracked = (pictures: number, centred: number): Partial<EpisodeResult> => ({
      task: "track",
      centred: { pictures, centred },
    });
    const results = [episode(1, true, tracked(100, 100)), episode(2, false, tracked(50, 20))];
    expect(summarise(results).centredShare).toBe(0.8);
    expect(summarise([episode(1, true)])).not.toHaveProperty("centredShare");
  });

  it("is no surer of commands than of the recordings that they are of", () => {
    const results = [1, 2, 3, 4].map((seed) => episode(seed, seed > 1));
    const of = (recordings?: number) => summarise(results, 15, recordings);
    expect(of(2)).toMatchObject({ attempts: 4, successes: 3, success: 0.75, recordings: 2 });
    expect(of(2).wilson95).toEqual(wilson(1.5, 2));
    expect(of(9).wilson95).toEqual(of().wilson95);
    expect(of()).not.toHaveProperty("recordings");
  });

  it("is no surer of hands or balls than of the episodes in which all of them went alike", () => {
    const { attempts } = episode(1, true);
    const thrice = (success: boolean) => Array(3).fill({ ...attempts[0]!, success });
    const results = [1, 2, 3, 4].map((seed) =>
      episode(seed, true, { task: "reach", attempts: thrice(seed > 1) }),
    );
    expect(summarise(results)).toMatchObject({ attempts: 12, successes: 9 });
    const [low, high] = wilson(3, 4);
    expect(summarise(results).wilson95[0]).toBeCloseTo(low, 9);
    expect(summarise(results).wilson95[1]).toBeCloseTo(high, 9);
  });

  it("measures no quality of an episode that broke off", () => {
    const whole = episode(1, true, { jerkDegPerS3: 300, errorDeg: 2 });
    const broken = episode(2, false, { jerkDegPerS3: 0, errorDeg: 40, crash: "dead" });
    expect(summarise([whole, broken])).toMatchObject({
      crashes: 1,
      attempts: 2,
      successes: 1,
      jerkDegPerS3: 300,
      trackingErrorDeg: 2,
    });
  });

  it("takes an episode for a success only when all of it was", () => {
    expect(isSuccess(episode(1, true))).toBe(true);
    expect(isSuccess(episode(1, true, { uninvited: 1 }))).toBe(false);
    expect(isSuccess(episode(1, true, { crash: "the policy broke" }))).toBe(false);
    expect(isSuccess(episode(1, true, { attempts: [] }))).toBe(false);
  });
});

describe("evaluate", () => {
  it("takes the latency and the overhead over all ticks of all tasks", () => {
    const results = [
      episode(1, true, { policyMs: [1, 3], cpuMs: 5 }),
      episode(1, true, { policyMs: [2, 4], cpuMs: 7, task: "flinch" }),
    ];
    expect(
      evaluate({ policy: "mine", body: "simulation" }, ["obey", "flinch"], results, 15),
    ).toMatchObject({
      policy: "mine",
      body: "simulation",
      tasks: { obey: { episodes: 1 }, flinch: { episodes: 1 } },
      malformed: 4,
      latencyMs: { p50: 2.5, p95: 3.85, p99: 3.97 },
      overheadRatio: 0.2, // 12 ms, 10 of them the policy's
    });
  });
});

describe("contenders", () => {
  const side = (policy: string, body: string) => ({ policy, body });

  it("are called by what tells them apart", () => {
    expect(contenders([side("a", "x"), side("b", "x")])).toEqual(["a", "b"]);
    expect(contenders([side("a", "x"), side("a", "y")])).toEqual(["x", "y"]);
    expect(contenders([side("a", "x"), side("b", "y")])).toEqual(["a on x", "b on y"]);
  });
});

describe("compare", () => {
  it("counts the pairs that differ and gives first minus second", () => {
    const first = [1, 2, 3].map((seed) => episode(seed, true, { servoJoules: 2 }));
    const second = [1, 2, 3].map((seed) => episode(seed, seed === 2, { servoJoules: 3 }));
    expect(compare(first, second, 1)).toMatchObject({
      pairs: 3,
      onlyFirst: 2,
      onlySecond: 0,
      p: 0.5,
      differences: {
        success: { pairs: 3, mean: expect.closeTo(2 / 3, 9), interval: null },
        servoJoules: { pairs: 3, mean: -1, interval: null },
        reactionMs: { pairs: 1 },
      },
    });
  });

  it("compares of an episode that broke off that it failed, and not how cheap it was", () => {
    const whole = [1, 2].map((seed) => episode(seed, true, { servoJoules: 2 }));
    const broken = [episode(1, true), episode(2, false, { servoJoules: 0, crash: "dead" })];
    const { differences } = compare(whole, broken, 1);
    expect(differences["success"]).toMatchObject({ pairs: 2, mean: 0.5 });
    expect(differences["servoJoules"]).toMatchObject({ pairs: 1, mean: 0.5 });
  });

  it("refuses episodes of different seeds", () => {
    expect(() => compare([episode(1, true)], [episode(2, true)], 1)).toThrow(RangeError);
  });
});

describe("htmlReport", () => {
  const command = { asked: { act: "nod" }, speaker: "ann" };
  const attempts = [{ atNs: 1e9, success: false, reason: "no answer", command }];
  const results = [episode(5, true), episode(7, false, { attempts })];
  const page = htmlReport({
    robot: "duo",
    seed: 1,
    evaluations: [evaluate({ policy: "<mine>", body: "simulation" }, ["obey"], results, 15)],
    reactions: { obey: [5] },
  });

  it("needs nothing from elsewhere", () => {
    expect(page).not.toMatch(/\b(src|href)=|url\(|@import|<script|<link/);
  });

  it("shows the shares with their intervals, the failures, and names as text", () => {
    expect(page).toContain("1 of 2");
    expect(page).toContain("9.5 to 90.5");
    expect(page).toContain("obey, seed 7, at 1.00 s: no answer");
    expect(page).toContain("&lt;mine&gt; on duo");
    expect(page.match(/<svg /g)).toHaveLength(4); // the task, its acts, its speakers, the reactions
  });

  it("has every figure of the table, and who was understood", () => {
    for (const shown of [
      "pace %",
      "in the middle % of time",
      "tracking error deg",
      "jerk deg/s³",
      "cpu J (estimate)",
    ])
      expect(page).toContain(shown);
    expect(page).toContain("<td>ann</td><td>0 of 1</td>");
    expect(page).toContain("(nothing)");
    expect(page).toContain("x 15 W");
  });
});
