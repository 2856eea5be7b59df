import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { efference, start, temporaryFolder } from "./efference.ts";

const folder = temporaryFolder();
const models = fileURLToPath(new URL("../../models/robots", import.meta.url));

describe("efference eval", () => {
  it(
    "measures a policy and compares it with another on the same seeds",
    { timeout: 90_000 },
    async () => {
      const { code, stdout, stderr } = await efference(
        ["eval", "--task", "flinch", "--episodes", "2", "--jobs", "2", "--json"].concat([
          "--body",
          "simulation",
          "--policy",
          "teacher:flinch",
          "--versus",
          "teacher:track",
          "--report",
          "report.html",
          "--out",
          "judged",
        ]),
        folder,
      );
      expect({ code, stderr }).toMatchObject({ code: 0 });
      const told = JSON.parse(stdout);
      expect(told).toMatchObject({
        policy: "teacher:flinch",
        body: "simulation",
        tasks: { flinch: { episodes: 2, success: 1, wilson95: [expect.any(Number), 1] } },
        malformed: 0,
        latencyMs: { p50: expect.any(Number), p99: expect.any(Number) },
        overheadRatio: expect.any(Number),
        versus: {
          policy: "teacher:track",
          tasks: { flinch: { successes: 0 } },
          comparison: {
            flinch: { pairs: 2, onlyFirst: 2, onlySecond: 0, p: expect.closeTo(0.5, 9) },
          },
        },
      });
      expect(told.tasks.flinch.failures).toEqual([]);
      expect(told.tasks.flinch.reactionMs.p99).toBeLessThan(250);
      expect(stderr).toContain("4 of 4 episodes");
      expect(readFileSync(join(folder, "report.html"), "utf8")).toContain("<svg");
    },
  );

  it("compares a policy on two bodies, in points", { timeout: 90_000 }, async () => {
    // On the emulator the heat goes through the board's converter, as robot.yaml wires it.
    const robot = join(folder, "wired");
    cpSync(join(models, "duo"), robot, { recursive: true });
    const yaml = readFileSync(join(robot, "robot.yaml"), "utf8")
      .replace("name: heat_left,", "name: heat_left, analogPin: 0,")
      .replace("name: heat_right,", "name: heat_right, analogPin: 1,");
    writeFileSync(join(robot, "robot.yaml"), yaml);
    const args = ["eval", "--task", "flinch", "--episodes", "1", "--policy", "teacher:flinch"];
    const { code, stdout, stderr } = await efference(
      [...args, "--robot", join(robot, "robot.yaml")].concat([
        "--versus-body",
        "emulator",
        "--out",
        "bodies",
      ]),
      folder,
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout.match(/^flinch +1 +([1-9]) of \1 +100\.0 /gm)).toHaveLength(2);
    expect(stdout).toContain("teacher:flinch on duo, body emulator, from seed 1000001 on");
    expect(stdout).toContain("simulation against emulator, the same seeds");
    expect(stdout).toMatch(/flinch +success, points +0\.0 +- +1/); // of one pair there is no interval
    const recorded = await efference(
      ["info", "session", join("bodies", "versus", "flinch-1000001.mcap"), "--json"],
      folder,
    );
    expect(JSON.parse(recorded.stdout)).toMatchObject({ body: "emulator" });
  });

  it("leaves sessions from which stats tells what a success cost", async () => {
    const judged = readdirSync(join(folder, "judged"), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => join("judged", name));
    expect(judged).toHaveLength(2);
    const { stdout } = await efference(
      ["stats", ...judged, "--report", "tokens.html", "--json"],
      folder,
    );
    const { byTask, flux, sessions } = JSON.parse(stdout);
    expect(byTask.flinch).toMatchObject({
      judged: { successes: 2, attempts: 2 },
      perSuccess: {
        tokens: expect.any(Number),
        ms: expect.any(Number),
        joules: expect.any(Number),
        servoJoules: expect.any(Number),
      },
      modelEfficiency: expect.any(Number),
    });
    expect(byTask.flinch.perSuccess.servoJoules).toBeGreaterThan(0);
    expect(flux.out.act.tokens).toBeGreaterThanOrEqual(2);
    expect(sessions).toHaveLength(2);
    const page = readFileSync(join(folder, "tokens.html"), "utf8");
    expect(page).toContain("Tokens a second, consumed");
    expect(page).not.toMatch(/(src|href)=/);
    const failed = await efference(
      ["stats", join("judged", "versus", "flinch-1000001.mcap")],
      folder,
    );
    expect(failed.stdout).toMatch(/flinch +0 of 1 /);
  });

  it("tells what was done so far when it is interrupted", async () => {
    const args = ["--task", "flinch", "--episodes", "30", "--jobs", "1", "--json"];
    const { child, said, ended } = start(["eval", ...args], folder);
    await said("3 of 30 episodes");
    child.kill("SIGINT");
    child.kill("SIGINT"); // npx passes on what the terminal has sent already
    const { code, stdout } = await ended;
    const told = JSON.parse(stdout);
    expect({ code, brokenOff: told.brokenOff }).toEqual({
      code: 1,
      brokenOff: `${told.tasks.flinch.episodes} of 30 episodes`,
    });
    expect(told.tasks.flinch.success).toBe(1);
  });

  it("ends where a recording can't be heard, instead of counting it against the policy", async () => {
    const voices = join(folder, "broken-voices");
    mkdirSync(voices);
    writeFileSync(join(voices, "nod.wav"), "no sound");
    writeFileSync(join(voices, "labels.csv"), "file,act\nnod.wav,nod\n");
    const { code, stderr } = await efference(
      ["eval", "--task", "obey", "--episodes", "2", "--audio", voices],
      folder,
    );
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/nod\.wav: found "no s" at its start instead of "RIFF"/),
    });
  });

  it("refuses a task, a body or a policy that does not exist before it begins", async () => {
    const task = await efference(["eval", "--task", "fly"], folder);
    expect(task.code).toBe(2);
    expect(task.stderr).toContain("write one of obey, flinch, track, reach");
    const body = await efference(["eval", "--task", "flinch", "--body", "simulatoin"], folder);
    expect(body.code).toBe(2);
    expect(body.stderr).toContain(
      "option '--body <kind>' argument 'simulatoin' is invalid. found simulatoin; did you mean simulation? write one of simulation, emulator.",
    );
    const policy = await efference(["eval", "--task", "obey", "--policy", "teacher:fly"], folder);
    expect(policy.code).not.toBe(0);
    expect(policy.stderr).toContain('no teacher knows "fly"');
  });
});

describe("efference demonstrate", () => {
  const sessions = join(folder, "sessions");
  const args = ["demonstrate", "--task", "flinch", "--episodes", "2", "--out", sessions, "--json"];

  it("records each episode as a session that replays bit for bit", async () => {
    const { code, stdout, stderr } = await efference(args, folder);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const told = JSON.parse(stdout);
    expect(told.tasks.flinch).toMatchObject({ episodes: 2, episodeSuccesses: 2 });
    expect(readdirSync(sessions).sort()).toEqual(["flinch-1.mcap", "flinch-2.mcap"]);
    expect(told.sessions).toEqual(["flinch-1.mcap", "flinch-2.mcap"].map((f) => join(sessions, f)));
    const replayed = await efference(["replay", told.sessions[0], "--json"], folder);
    expect(JSON.parse(replayed.stdout)).toMatchObject({ identical: true });
  });

  it("never overwrites a session", async () => {
    const { code, stderr } = await efference(args, folder);
    expect(code).toBe(2);
    expect(stderr).toContain("flinch-1.mcap already exists");
    expect(existsSync(join(sessions, "flinch-1.mcap"))).toBe(true);
  });
});
