import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type EpisodeSetting, runEpisode } from "../../../src/cli/episode.ts";
import { runEpisodes } from "../../../src/cli/episode-pool.ts";
import { openPolicy } from "../../../src/cli/open-policy.ts";
import { openVoices } from "../../../src/cli/speech.ts";
import { PolicyError, SessionError } from "../../../src/core/errors.ts";
import type { Policy } from "../../../src/core/ports.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import type { EpisodeResult } from "../../../src/evaluation/summary.ts";
import { episodesOf } from "../../../src/session/episodes.ts";
import { SessionReader } from "../../../src/session/session-reader.ts";
import { END } from "../../../src/tokens/vocabulary.ts";

const robot = loadRobot("duo");
const setting: EpisodeSetting = { robot, voices: openVoices(robot), openPolicy };

/** Without what the machine's own clock had a part in. */
const ofTheSeed = (result: EpisodeResult): EpisodeResult => ({ ...result, policyMs: [], cpuMs: 0 });

const policyOf = (step: Policy["step"]): EpisodeSetting => ({
  ...setting,
  openPolicy: async (name) => ({
    name,
    step,
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }),
});

describe("runEpisode", () => {
  it("finds that the teacher of obedience obeys, and the same again for the seed", async () => {
    const order = { task: "obey", seed: 3, policy: "teacher:obey" } as const;
    const first = await runEpisode(setting, order);
    expect(first.attempts).toHaveLength(6);
    expect(first.attempts.filter(({ success }) => !success)).toEqual([]);
    expect(first).toMatchObject({ uninvited: 0, acts: 6, malformed: 0 });
    expect(ofTheSeed(await runEpisode(setting, order))).toEqual(ofTheSeed(first));
  });

  it("finds that a policy that does nothing fails every task", async () => {
    const idle = policyOf(async () => Int32Array.of(END));
    for (const task of ["flinch", "reach", "track"] as const) {
      const { attempts } = await runEpisode(idle, { task, seed: 3, policy: "idle" });
      expect(attempts.map(({ success }) => success)).not.toContain(true);
      expect(attempts.length).toBeGreaterThan(0);
    }
  });

  it("writes into its recording that it failed where it broke off, whatever was done until then", async () => {
    const sessionPath = join(mkdtempSync(join(tmpdir(), "efference-broken-")), "a.mcap");
    const broken = policyOf(async () => {
      throw new PolicyError("the model is gone");
    });
    await runEpisode(broken, { task: "obey", seed: 3, policy: "broken", sessionPath });
    const [episode] = await episodesOf(await SessionReader.open(sessionPath));
    expect(episode).toMatchObject({ task: "obey", outcome: "failure" });
  });

  it("counts the attempts of an episode that broke off as failed, with the reason", async () => {
    let steps = 0;
    const broken = policyOf(async () => {
      if (++steps === 100) throw new PolicyError("the model is gone");
      return Int32Array.of(END);
    });
    const result = await runEpisode(broken, { task: "obey", seed: 3, policy: "broken" });
    expect(result.crash).toContain("the model is gone");
    expect(result.attempts).toHaveLength(6); // all that was to be said, not only what was heard until then
    for (const { success, reason, command } of result.attempts) {
      expect({ success, reason }).toEqual({ success: false, reason: result.crash });
      expect(command).toEqual({ asked: expect.objectContaining({ act: expect.any(String) }) });
    }
  });
});

describe("runEpisodes", () => {
  const { openPolicy: _, ...poolSetting } = setting;

  it("gives the same results for one worker and for three", async () => {
    const orders = [4, 5, 6].map(
      (seed) => ({ task: "flinch", seed, policy: "teacher:flinch" }) as const,
    );
    const alone = await runEpisodes({ setting: poolSetting, orders, workers: 1 });
    const together = await runEpisodes({ setting: poolSetting, orders, workers: 3 });
    for (const order of orders) {
      expect(alone.get(order)!.seed).toBe(order.seed);
      expect(ofTheSeed(together.get(order)!)).toEqual(ofTheSeed(alone.get(order)!));
    }
  });

  it("shows an episode that could not even begin as a failure, and goes on", async () => {
    const orders = [
      { task: "flinch", seed: 4, policy: "teacher:fly" },
      { task: "flinch", seed: 4, policy: "teacher:flinch" },
    ] as const;
    const results = await runEpisodes({ setting: poolSetting, orders, workers: 1 });
    const failed = results.get(orders[0]);
    expect(failed).toMatchObject({ attempts: [{ success: false }] });
    expect(failed!.crash).toMatch(/no teacher knows "fly"/);
    expect(results.get(orders[1])!.crash).toBeUndefined();
  });

  it("brings to its end what it has begun when it is told to stop, and begins no more", async () => {
    const orders = [4, 5, 6].map(
      (seed) => ({ task: "flinch", seed, policy: "teacher:flinch" }) as const,
    );
    const stop = new AbortController();
    const results = await runEpisodes({
      setting: poolSetting,
      orders,
      workers: 1,
      signal: stop.signal,
      onResult: () => stop.abort(),
    });
    expect([...results.keys()]).toEqual([orders[0]]);
  });

  it("ends with the reason when a recording can't be kept", async () => {
    const sessionPath = join(mkdtempSync(join(tmpdir(), "efference-pool-")), "a.mcap");
    const order = { task: "flinch", seed: 4, policy: "teacher:flinch", sessionPath } as const;
    const orders = [order, order]; // the second finds the first one's file
    await expect(runEpisodes({ setting: poolSetting, orders, workers: 1 })).rejects.toThrow(
      SessionError,
    );
  });
});
