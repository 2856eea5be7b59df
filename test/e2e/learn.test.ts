// From demonstrations to a policy that runs: small, to show that the way is whole, not that it is good.
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadRobot } from "../../src/core/robot-file.ts";
import { wavBytes } from "../../src/sensors/wav-writer.ts";
import { SessionReader } from "../../src/session/session-reader.ts";
import { efference, start, temporaryFolder } from "./efference.ts";

const folder = temporaryFolder();
const json = async (...args: string[]) => {
  const ended = await efference([...args, "--json"], folder);
  expect(ended.stderr).not.toMatch(/\n\s+at .*:\d+:\d+/);
  return { code: ended.code, ...JSON.parse(ended.stdout) };
};

describe("learning, from nothing to a policy", () => {
  const small = "--width 64 --layers 2 --context 128 --rows 8".split(" ");

  it("gives the same weights again, from the same seed", { timeout: 240_000 }, async () => {
    const learned = async (name: string): Promise<string> => {
      const [data, out] = [join(folder, `${name}-data`), join(folder, name)];
      await json("demonstrate", "--task", "flinch", "--episodes", "2", "--out", data);
      const brief = [...small, "--steps", "10", "--hearings", "0"];
      return (await json("train", "--sessions", data, "--out", out, ...brief)).sha256;
    };
    expect(await learned("again")).toBe(await learned("once"));
  });

  it("demonstrates, trains, shows, runs, replays and evaluates", { timeout: 240_000 }, async () => {
    const data = join(folder, "data");
    await json("demonstrate", "--task", "flinch", "--episodes", "6", "--out", data);
    const out = join(folder, "mine");
    const learning = [...small, "--steps", "200"];
    const trained = await json("train", "--sessions", data, "--out", out, ...learning);
    expect(trained).toMatchObject({ code: 0, policy: out, steps: 200 });
    // Guessing among all 274 answers costs 5.6; six episodes hold too few words to be sure of others.
    expect(trained.loss.heldOut).toBeLessThan(Math.log(274) / 3);
    expect(trained.loss.train).toBeLessThan(0.5);

    const card = JSON.parse(readFileSync(join(out, "card.json"), "utf8"));
    expect(card).toMatchObject({ kind: "token", robot: "duo", sha256: trained.sha256 });
    const shown = await json("info", "policy", out);
    expect(shown).toMatchObject({ code: 0, name: "mine" });

    const session = join(folder, "run.mcap");
    const run = ["run", "--policy", out, "--fast", "--duration", "5", "--session", session];
    const ran = await json(...run);
    expect(ran).toMatchObject({ code: 0, ticks: 100, ignoredTokens: 0 });
    expect(await json("replay", session)).toMatchObject({ code: 0, identical: true });

    const judged = await json("eval", "--policy", out, "--task", "flinch", "--episodes", "2");
    expect(judged.tasks.flinch).toMatchObject({ episodes: 2, attempts: expect.any(Number) });
    expect(judged.malformed).toBe(0);

    const refused = await json("run", "--robot", "arm", "--policy", out, "--fast");
    expect(refused.code).toBe(1);
    expect(refused.error).toMatch(/trained for duo with the vocabulary .*found arm/);
    const again = await json("train", "--sessions", data, "--out", out);
    expect(again).toMatchObject({ code: 2, error: expect.stringContaining("exists") });
  });

  it(
    "says before the work what is wrong with an order, without a stack trace",
    { timeout: 120_000 },
    async () => {
      const data = join(folder, "few");
      await json("demonstrate", "--task", "flinch", "--episodes", "2", "--out", data);
      const train = async (...args: string[]) =>
        json("train", "--sessions", data, "--hearings", "0", ...args);
      const file = join(folder, "file");
      writeFileSync(file, "");
      for (const [args, error] of [
        [["--width", "96"], /--width 96: expected a multiple of 64/],
        [["--out", join(file, "policy")], /--out .*policy can't be written/],
      ] as const)
        expect(await train(...args)).toMatchObject({
          code: 2,
          error: expect.stringMatching(error),
        });
      const elsewhere = ["--out", join(folder, "elsewhere"), ...small, "--provider", "abacus"];
      expect(await train(...elsewhere)).toMatchObject({
        code: 1,
        error: expect.stringMatching(/can't train on abacus/),
      });
      const report = ["eval", "--policy", "teacher:flinch", "--task", "flinch", "--episodes", "1"];
      for (const place of [join(file, "report.html"), data])
        expect(await json(...report, "--report", place)).toMatchObject({
          code: 2,
          error: expect.stringContaining(`--report ${place} can't be written`),
        });
      const apprentice = ["--task", "reach", "--apprentice", "mien", "--out", data];
      expect((await json("demonstrate", ...apprentice)).error).toMatch(/^mien: no such policy/);
    },
  );

  it("says what a scene, a teacher or a recording lacks, once, and leaves nothing", async () => {
    const own = join(folder, "own robot é");
    cpSync(dirname(loadRobot("duo").file), own, { recursive: true });
    const scene = readFileSync(join(own, "scene.xml"), "utf8");
    writeFileSync(
      join(own, "scene.xml"),
      scene.replaceAll('"ball"', '"balloon"').replaceAll('"heat_source"', '"stove"'),
    );
    const made = join(folder, "lacking");
    const demonstrate = (...args: string[]) =>
      json("demonstrate", "--episodes", "3", "--out", made, ...args);
    expect(await demonstrate("--robot", own, "--task", "track")).toMatchObject({
      code: 1,
      error: expect.stringMatching(/needs a body named "ball"|named "ball"/),
    });
    expect(readdirSync(made)).toEqual([]);
    expect(await demonstrate("--robot", "arm", "--task", "track")).toMatchObject({
      code: 2,
      error: expect.stringMatching(/--task track: the teacher of arm can't show it/),
    });
    const silent = join(folder, "silent.wav");
    writeFileSync(silent, wavBytes(new Float32Array(8000), 16_000));
    const labels = join(folder, "silent.csv");
    writeFileSync(labels, `file,act\n${silent},nod\n`);
    for (const order of [
      demonstrate,
      (...args: string[]) => json("eval", "--policy", "teacher", ...args),
    ])
      expect(await order("--task", "obey", "--labels", labels)).toMatchObject({
        code: 1,
        error: expect.stringMatching(/silent\.wav: nothing is heard in it/),
      });
    // Who only runs it asks for none of that.
    const session = join(folder, "own.mcap");
    const run = ["run", "--robot", own, "--fast", "--duration", "1", "--session", session];
    expect(await json(...run)).toMatchObject({ code: 0 });
    expect(
      await json(
        "eval",
        "--robot",
        own,
        "--policy",
        "teacher:obey",
        "--task",
        "obey",
        "--episodes",
        "1",
      ),
    ).toMatchObject({ code: 0, tasks: { obey: { success: 1 } } });
  }, 120_000);

  it("ends with the best so far on Ctrl-C, and with 1", { timeout: 120_000 }, async () => {
    const data = join(folder, "some");
    await json("demonstrate", "--task", "flinch", "--episodes", "3", "--out", data);
    const out = join(folder, "early");
    const order = [
      "train",
      "--sessions",
      data,
      "--out",
      out,
      ...small,
      "--hearings",
      "0",
      "--json",
    ];
    const { child, ended, said } = start(order, folder);
    await said("step 100 of 4500");
    child.kill("SIGINT");
    const { code, stdout } = await ended;
    const { steps, brokenOff } = JSON.parse(stdout);
    expect({ code, brokenOff }).toEqual({ code: 1, brokenOff: `${steps} of 4500 steps` });
    expect(await json("info", "policy", out)).toMatchObject({ code: 0, name: "early" });
  });

  it(
    "keeps of demonstrations that are broken off what succeeded, whole, and nothing else",
    { timeout: 120_000 },
    async () => {
      const data = join(folder, "broken-off");
      const order = ["demonstrate", "--task", "reach", "--episodes", "60", "--out", data, "--json"];
      const { child, ended, said } = start(order, folder);
      await said("of 60 episodes");
      child.kill("SIGINT");
      const { code, stdout } = await ended;
      const { sessions, brokenOff } = JSON.parse(stdout);
      expect({ code, brokenOff }).toEqual({ code: 1, brokenOff: expect.stringMatching(/of 60/) });
      expect(readdirSync(data).sort()).toEqual(
        sessions.map((path: string) => basename(path)).sort(),
      );
      for (const path of sessions) expect((await SessionReader.open(path)).complete).toBe(true);
    },
  );
});
