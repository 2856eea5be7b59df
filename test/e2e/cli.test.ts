import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { NS_PER_MS, RealClock, pause } from "../../src/core/clock.ts";
import type { SessionRecord } from "../../src/core/records.ts";
import { loadRobot, packageRoot } from "../../src/core/robot-file.ts";
import { SessionReader } from "../../src/session/session-reader.ts";
import { SessionWriter } from "../../src/session/session-writer.ts";
import { efference, start, temporaryFolder } from "./efference.ts";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const realTime = new RealClock();

const recordsOf = async (file: string): Promise<SessionRecord[]> => {
  const records: SessionRecord[] = [];
  for await (const record of (await SessionReader.open(file)).records()) records.push(record);
  return records;
};

/** By then a stop is on the outputs, whatever frame was on its way before it. */
const REACHED_NS = 50 * NS_PER_MS;

const ordersOf = (records: readonly SessionRecord[]): string[] =>
  records.flatMap((r) => (r.type === "order" ? [r.order] : []));

describe("efference run --fast", () => {
  let report: { contentHash: string; acts: { name: string; pace: string; atMs: number }[] };
  beforeAll(async () => {
    const { stdout } = await efference(
      ["run", "--fast", "--duration", "8", "--seed", "3", "--session", at("a.mcap"), "--json"],
      folder,
    );
    report = JSON.parse(stdout);
  });

  it("prints one JSON object with what the interface promises", () => {
    expect(report).toMatchObject({
      session: at("a.mcap"),
      ticks: 160,
      firstMotionMs: expect.any(Number),
      tokens: {
        in: { microphone: expect.any(Number), eye: expect.any(Number) },
        out: expect.any(Number),
      },
      latencyMs: { p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) },
      overheadRatio: expect.any(Number),
      safety: { events: expect.any(Number), byReason: expect.any(Object) },
    });
    // The shipped policy obeys what it hears in the robot's own demo; how often it hears right is for eval.
    const spoken = report.acts
      .map(({ name }) => name)
      .filter((name) => !name.startsWith("withdraw"));
    expect(spoken.slice(0, 3)).toEqual(["nod", "raise_left_hand", "wave"]);
  });

  it("records the same content for the same seed, and other content for another", async () => {
    const again = async (seed: string, name: string): Promise<string> => {
      const args = [
        "run",
        "--fast",
        "--duration",
        "8",
        "--seed",
        seed,
        "--session",
        at(name),
        "--json",
      ];
      return JSON.parse((await efference(args, folder)).stdout).contentHash;
    };
    expect(await again("3", "b.mcap")).toBe(report.contentHash);
    expect(await again("4", "c.mcap")).not.toBe(report.contentHash);
    const info = await efference(["info", "session", at("b.mcap"), "--json"]);
    expect(JSON.parse(info.stdout)).toMatchObject({
      contentHash: report.contentHash,
      complete: true,
    });
  });

  it("replays identically, with counts", async () => {
    const { code, stdout } = await efference(["replay", at("a.mcap"), "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ identical: true });
    expect(JSON.parse(stdout).actions).toBeGreaterThan(400);
    expect(JSON.parse(stdout).states).toBeGreaterThan(150);
    expect(code).toBe(0);
    expect((await efference(["replay", at("a.mcap")])).stdout).toMatch(/^identical\n/);
  });

  it("is told where it differs when one number of one action was changed", async () => {
    const { header } = await SessionReader.open(at("a.mcap"));
    const records = await recordsOf(at("a.mcap"));
    const writer = await SessionWriter.open({ path: at("forged.mcap"), header });
    const forged = records.filter((r) => r.type === "action")[100]!;
    for (const record of records) {
      if (record === forged) record.appliedDeg[3]! += 1e-9;
      writer.write(record);
    }
    await writer.close();
    const { code, stdout } = await efference(["replay", at("forged.mcap"), "--json"]);
    const result = JSON.parse(stdout);
    expect(code).toBe(1);
    expect(result.identical).toBe(false);
    expect(result.firstDifference).toContain(
      `applied action at ${(forged.timeNs / 1e9).toFixed(3)} s, value 3`,
    );
    expect(result.actions).toBe(100);
  });

  it("is told where the file is damaged when one byte of it was changed", async () => {
    const bytes = readFileSync(at("a.mcap"));
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    writeFileSync(at("damaged.mcap"), bytes);
    const { code, stderr, stdout } = await efference(["replay", at("damaged.mcap")]);
    expect(code).toBe(1);
    expect(`${stderr}${stdout}`).toMatch(/damaged\.mcap.*(offset|byte) \d+/s);
  });
});

describe("efference run, paced to real time", () => {
  it("records a session that replays bit for bit, though physics ran in its own thread", async () => {
    const run = await efference(
      [
        "run",
        "--duration",
        "4",
        "--policy",
        "teacher:obey+flinch+track",
        "--session",
        at("live.mcap"),
        "--json",
      ],
      folder,
    );
    expect(run.code).toBe(0);
    const { stdout } = await efference(["replay", at("live.mcap"), "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ identical: true });
  });

  /** Behind these the arm is up after 2.5 s, over two seconds from rest: a parking that is none shows. */
  const raising = resolve("models/robots/duo/voice/raise_left_hand.wav");
  const armUp = ["--policy", "teacher:obey", "--microphone", raising];

  it("goes to the rest pose on Ctrl-C and leaves a whole session", async () => {
    const { child, ended, said } = start(
      ["run", "--duration", "60", "--session", at("stopped.mcap"), ...armUp],
      folder,
    );
    await said("recording");
    await pause(realTime, 2500);
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    expect(stderr).toContain("rest pose");
    expect(code).toBe(0);
    const last = (await recordsOf(at("stopped.mcap"))).findLast((r) => r.type === "action")!;
    const robot = loadRobot("duo");
    robot.servos.forEach((servo, i) => expect(last.appliedDeg[i]).toBeCloseTo(servo.restDeg, 6));
    expect(last.powered).toBe(false);
    expect((await SessionReader.open(at("stopped.mcap"))).complete).toBe(true);
  });

  it("goes limp at once when Ctrl-C comes twice", async () => {
    const { child, ended, said } = start(
      ["run", "--duration", "60", "--session", at("limp.mcap"), ...armUp],
      folder,
    );
    await said("recording");
    await pause(realTime, 2500);
    child.kill("SIGINT");
    await said("rest pose");
    await pause(realTime, 150); // what comes sooner is the same press
    child.kill("SIGINT");
    expect((await ended).code).toBe(0);
    const records = await recordsOf(at("limp.mcap"));
    expect(ordersOf(records)).toEqual(["arm", "park", "limp"]);
    const limp = records.findIndex((r) => r.type === "order" && r.order === "limp");
    const after = records.slice(limp).filter((r) => r.type === "action");
    expect(after.length).toBeGreaterThan(0);
    expect(after.every(({ powered, mode }) => !powered && mode === "limp")).toBe(true);
  });

  it("cuts the pulses on kill -USR2", async () => {
    const { child, ended, said } = start(
      ["run", "--duration", "60", "--session", at("estop.mcap")],
      folder,
    );
    await said("recording");
    await pause(realTime, 1500);
    child.kill("SIGUSR2");
    await said("EMERGENCY STOP");
    await pause(realTime, 300);
    child.kill("SIGINT");
    expect((await ended).code).toBe(0);
    const records = await recordsOf(at("estop.mcap"));
    const stopped = records.findIndex((r) => r.type === "order" && r.order === "estop");
    const after = records.slice(stopped).filter((r) => r.type === "action");
    expect(after.length).toBeGreaterThan(5);
    expect(after.every((a) => !a.powered)).toBe(true);
    // What the kernel let through is not yet what the body did: by its own word, no pulses either.
    const stoppedNs = records[stopped]!.timeNs;
    const applied = records
      .filter((r) => r.type === "applied")
      .filter(({ timeNs, frameNs }) => frameNs >= stoppedNs || timeNs >= stoppedNs + REACHED_NS);
    expect(applied.length).toBeGreaterThan(5);
    expect(applied.filter(({ powered }) => powered)).toEqual([]);
    expect(records.some((r) => r.type === "safety" && r.detail.includes("confirmed"))).toBe(true);
    const replayed = await efference(["replay", at("estop.mcap"), "--json"]);
    expect(JSON.parse(replayed.stdout)).toMatchObject({ identical: true });
  });

  it("parks and keeps its session when nobody reads what it says any more", async () => {
    const run = ["run", "--duration", "60", "--session", at("alone.mcap")];
    const { child, ended, said } = start(run, folder);
    await said("recording");
    child.stderr!.destroy();
    child.stdout!.destroy();
    await pause(realTime, 1500);
    child.kill("SIGHUP");
    expect((await ended).code).toBe(0);
    expect((await SessionReader.open(at("alone.mcap"))).complete).toBe(true);
    const records = await recordsOf(at("alone.mcap"));
    expect(ordersOf(records)).toEqual(["arm", "park"]);
  });

  it("loses at most half a second to kill -9, and what is recovered still replays", async () => {
    const { child, ended, said } = start(
      ["run", "--duration", "60", "--session", at("killed.mcap")],
      folder,
    );
    await said("recording");
    await pause(realTime, 2800); // chunks are cut by their age: it takes longer to fill one
    const killedAtNs = new RealClock().startedAtNs; // the wall's time
    child.kill("SIGKILL");
    await ended;
    const { code, stdout } = await efference(["recover", at("killed.mcap"), "--json"]);
    expect(code).toBe(0);
    const { messages, lostMs } = JSON.parse(stdout);
    expect(messages).toBeGreaterThan(200);
    expect(lostMs).toBeLessThanOrEqual(500);
    // That is an estimate by what is in the file, so it can't see what was never written: the wall's time can.
    const { startedAtNs } = (await SessionReader.open(at("killed.mcap"))).header;
    const last = (await recordsOf(at("killed.mcap"))).at(-1)!;
    const missingMs = (Number(killedAtNs - startedAtNs) - last.timeNs) / NS_PER_MS;
    expect(missingMs).toBeLessThanOrEqual(500 + 250); // the second for a machine that is busy
    const replayed = await efference(["replay", at("killed.mcap"), "--json"]);
    expect(JSON.parse(replayed.stdout)).toMatchObject({ identical: true });
  });
});

describe("a disk that fills up during a run", () => {
  it("parks the robot, says what is safe, and the rest is recovered", async (context) => {
    const disk = at("disk");
    mkdirSync(disk);
    const mount = spawnSync("/bin/mount", ["-t", "tmpfs", "-o", "size=400k", "tmpfs", disk]);
    if (mount.status !== 0 && process.env["CI"] !== "true")
      context.skip(`can't mount a small disk here: ${String(mount.stderr)}`);
    onTestFinished(() => void spawnSync("/bin/umount", [disk]));
    const session = join(disk, "full.mcap");
    const run = await efference(
      ["run", "--fast", "--duration", "120", "--session", session],
      folder,
    );
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/can't write .*full\.mcap: ENOSPC.*efference recover/s);
    const noRoom = await efference(["recover", session]);
    expect(noRoom.stderr).toMatch(/can't make .*\/full\.mcap: ENOSPC.*make room/);
    expect(noRoom.stderr).not.toContain("recovering");
    const mended = await efference(["recover", session, "--out", at("mended.mcap"), "--json"]);
    expect(JSON.parse(mended.stdout).messages).toBeGreaterThan(500);
    const replayed = await efference(["replay", at("mended.mcap"), "--json"]);
    expect(JSON.parse(replayed.stdout)).toMatchObject({ identical: true });
  });
});

describe("the other commands", () => {
  it("describe robots, vocabularies, policies and this machine", async () => {
    const json = async (...args: string[]) =>
      JSON.parse((await efference([...args, "--json"])).stdout);
    expect((await json("info", "robot", "arm")).servos).toHaveLength(6);
    expect((await json("info", "vocabulary", "duo")).ranges[0]).toMatchObject({
      name: "special",
      start: 0,
    });
    expect(await json("info", "policy", "teacher:flinch")).toMatchObject({ kind: "teacher" });
    expect((await json("doctor")).ok).toBe(true);
    const mine = at("mine");
    cpSync(join(packageRoot, "models", "robots", "duo"), mine, { recursive: true });
    expect((await json("doctor", "--robot", mine)).ok).toBe(true);
    writeFileSync(join(mine, "scene.xml"), "<mujoco/>");
    expect((await json("doctor", "--robot", mine)).checks).toContainEqual(
      expect.objectContaining({ ok: false, found: expect.stringMatching(/scene\.xml: servo pan/) }),
    );
    const stats = await json("stats", at("a.mcap"));
    expect(stats.tokens.in).toBeGreaterThan(1000);
    expect(stats.flux.in.eye.tokens).toBeGreaterThan(100);
    expect(stats.ratio).toBeCloseTo(stats.tokens.in / stats.tokens.out, 9);
    expect(stats.perSuccess.tokens).toBeNull(); // nobody said how it went
    expect(stats.unjudged).toBe(1);
    cpSync(at("a.mcap"), join(mine, "a.mcap"));
    expect((await json("stats", mine)).tokens).toEqual(stats.tokens);
  });

  it("run another robot with the same words", async () => {
    const args = [
      "run",
      "--robot",
      "arm",
      "--policy",
      "teacher:reach",
      "--fast",
      "--duration",
      "4",
    ];
    const { code, stdout } = await efference(
      [...args, "--session", at("arm.mcap"), "--json"],
      folder,
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout).tokens.out).toBeGreaterThan(100);
    expect(statSync(at("arm.mcap")).size).toBeGreaterThan(1000);
  });

  it("explain themselves, with examples", async () => {
    const commands = "run teleoperate record replay recover info stats doctor";
    for (const command of commands.split(" ")) {
      const { code, stdout } = await efference([command, "--help"]);
      expect(code).toBe(0);
      expect(stdout).toContain("Examples:");
      expect(stdout).toContain("--json");
    }
  });
});

describe("a mistake", () => {
  const mistakes: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    ["an unknown command", ["walk"], 2, /unknown command 'walk'/],
    ["an unknown option", ["run", "--sed", "3"], 2, /unknown option '--sed'.*Did you mean --seed/s],
    ["an unknown robot", ["run", "--robot", "trio"], 1, /trio.*duo/s],
    [
      "an unknown teacher",
      ["run", "--policy", "teacher:dance", "--fast"],
      1,
      /dance.*teacher:obey/s,
    ],
    ["a policy that is none", ["run", "--policy", "gpt"], 2, /gpt.*teacher:/s],
    [
      "a duration that is no number",
      ["run", "--duration", "soon"],
      2,
      /--duration.*positive number/s,
    ],
    ["a session that exists", ["run", "--fast", "--session", at("a.mcap")], 1, /a\.mcap.*exists/s],
    ["a session no folder finds", ["run", "--session", "wave"], 2, /--session wave.*in \.mcap/],
    ["a missing sound", ["run", "--microphone", "no.wav", "--fast"], 1, /no\.wav/],
    ["a missing session", ["replay", at("none.mcap")], 1, /none\.mcap/],
    [
      "a file that is no session",
      ["replay", join(folder, "text.mcap")],
      1,
      /text\.mcap.*not an MCAP/s,
    ],
    ["an unknown kind of thing", ["info", "servo", "x"], 2, /robot, policy, session, vocabulary/],
    ...(
      [
        ["a port of no page", "run --host 127.0.0.1", "--host has no use without --dashboard"],
        ["a page that there is not", "run --no-open", "--no-open has no use without --dashboard"],
        ["a port of no view", "run --foxglove-port 0", "--foxglove-port .* without --foxglove"],
        ["a port of no leader", "teleoperate --leader-port p", "--leader-port .* without --leader"],
        ["a board that is not played on", "replay a --port p", "--port has no use without --body"],
        [
          "voices where nothing is said",
          "eval --policy duo --task reach --audio nowhere",
          "--audio has no use with --task reach",
        ],
        [
          "a head of no embedding",
          "train --sessions a --head energy",
          "--head is of --model embedding",
        ],
        ["a number that is none", "edit delete-episodes a --episodes 1, --out b", "found 1,"],
      ] as const
    ).map(([what, line, words]) => [what, line.split(" "), 2, new RegExp(words)] as const),
  ];
  it.each(mistakes)(
    "%s is told in words, without a stack trace",
    async (_what, args, code, words) => {
      writeFileSync(join(folder, "text.mcap"), "hello, this is no recording at all, but text\n");
      const ended = await efference(args, folder);
      expect(ended.stderr).toMatch(words);
      expect(ended.stderr).not.toMatch(/\n\s+at .*:\d+:\d+/);
      expect(ended.code).toBe(code);
    },
  );
});
