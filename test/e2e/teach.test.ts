// A person at a terminal who drives, what a recording does at its ends, and bytes that no person would type.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { pause, RealClock } from "../../src/core/clock.ts";
import type { SessionRecord } from "../../src/core/records.ts";
import { loadRobot } from "../../src/core/robot-file.ts";
import { episodesOf } from "../../src/session/episodes.ts";
import { SessionReader } from "../../src/session/session-reader.ts";
import { efference, temporaryFolder } from "./efference.ts";
import { inTerminal, keepScreen, KEYS, reasonForNoTerminal } from "./terminal.ts";

if (reasonForNoTerminal !== undefined) process.stdout.write(`skipped: ${reasonForNoTerminal}\n`);
const here = reasonForNoTerminal === undefined || process.env["CI"] === "true";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

/** What was last let through: the rest pose, and no power. */
const expectRest = async (file: string): Promise<void> => {
  let last: (SessionRecord & { type: "action" }) | undefined;
  for await (const record of (await SessionReader.open(file)).records())
    if (record.type === "action") last = record;
  const { servos } = loadRobot("duo");
  servos.forEach(({ restDeg }, i) => expect(last?.appliedDeg[i]).toBeCloseTo(restDeg, 6));
  expect(last?.powered).toBe(false);
};

const episodesIn = async (file: string) => episodesOf(await SessionReader.open(file));

describe.skipIf(!here)("teaching by hand, in a terminal", { timeout: 180_000 }, () => {
  it("drives by keys, and ends in the rest pose", async () => {
    const typed = inTerminal(["teleoperate", "--session", at("driven.mcap")]);
    await typed.shows("5 nod");
    await typed.shows("active");
    typed.type("5");
    await typed.shows("· nod");
    typed.type(`\t\t${KEYS.up}${KEYS.up}${KEYS.up}`);
    await typed.shows("left_shoulder");
    typed.type("q");
    expect(await typed.ended).toBe(0);
    keepScreen("teleoperate", typed);
    expect(typed.screen()).toMatch(/drove [\d.]+ s: 1 acts, \d\d+ tokens/);
    await expectRest(at("driven.mcap"));
    const { stdout } = await efference(["replay", at("driven.mcap"), "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ identical: true });
  });

  it("goes on beside a recording that ended, where its episodes are numbered on", async () => {
    const file = at("alone.mcap");
    const alone = [
      "record",
      "--task",
      "touch",
      "--out",
      file,
      "--policy",
      "teacher:reach",
      "--episode-seconds",
      "0.5",
      "--reset-seconds",
      "0.2",
      "--json",
    ];
    const first = await efference([...alone, "--episodes", "2"]);
    expect(JSON.parse(first.stdout)).toMatchObject({ session: file, kept: 2 });
    expect((await efference([...alone, "--episodes", "3"])).code).toBe(2);
    const next = await efference([...alone, "--episodes", "3", "--resume"]);
    expect(JSON.parse(next.stdout)).toMatchObject({ session: at("alone-2.mcap"), kept: 1 });
    const enough = await efference([...alone, "--episodes", "3", "--resume"]);
    expect(JSON.parse(enough.stdout)).toEqual({ session: file, kept: 3, episodes: [] });
    expect((await episodesIn(at("alone-2.mcap"))).map(({ index }) => index)).toEqual([2]);
  });

  it("any bytes at all leave a robot that still ends in the rest pose, without a pulse", async () => {
    const typed = inTerminal(["teleoperate", "--session", at("noise.mcap")]);
    await typed.shows("active");
    typed.type("1");
    await typed.shows("· raise_left_hand");
    await pause(new RealClock(), 500); // the arm is on its way: it isn't at rest by itself
    const noise = Uint8Array.from({ length: 4000 }, (_, i) => (i * 167 + (i >> 3) * 31) % 256);
    // Ctrl-C, Ctrl-Z, Ctrl-D, Ctrl-\ and q end it, as they should.
    typed.type(noise.filter((byte) => byte !== 3 && byte !== 0x71 && byte !== 0x1b));
    await typed.shows("EMERGENCY STOP");
    typed.type("c");
    typed.type("\u0003");
    expect(await typed.ended).toBe(0);
    keepScreen("noise", typed);
    await expectRest(at("noise.mcap"));
  });

  it("ends before the disk is full, with its episode whole", async (context) => {
    const disk = at("disk");
    mkdirSync(disk);
    const mount = spawnSync("/bin/mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", disk]);
    if (mount.status !== 0 && process.env["CI"] !== "true")
      context.skip(`can't mount a small disk here: ${String(mount.stderr)}`);
    expect(mount.status).toBe(0);
    onTestFinished(() => void spawnSync("/bin/umount", [disk]));
    const file = join(disk, "small.mcap");
    const { code, stderr } = await efference([
      ..."record --task touch --policy teacher:reach --keep-free 3".split(" "),
      ..."--episodes 9 --episode-seconds 100 --reset-seconds 0".split(" "),
      "--out",
      file,
    ]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/has [\d.]+ MB left, and 3\.0 MB are to stay free/);
    expect((await SessionReader.open(file)).complete).toBe(true);
    expect(await episodesIn(file)).toHaveLength(1);
  });

  it("says what it lacks where nobody can drive", async () => {
    const { code, stderr } = await efference(["teleoperate"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/run it in a terminal, or give it --gamepad or --leader/);
  });
});
