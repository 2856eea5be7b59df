// Recording without a terminal: by a policy alone, or by a page.
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join, resolve } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse, stringify } from "yaml";
import { SessionReader } from "../../src/session/session-reader.ts";
import { efference, temporaryFolder } from "./efference.ts";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

describe("efference record without a person", () => {
  const alone = "--episode-seconds 2 --reset-seconds 1 --json".split(" ");

  it("ends at rest, and says why, where its page is all it has and can't be had", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void taken.close());
    await once(taken, "listening");
    const port = (taken.address() as AddressInfo).port;
    const page = ["--dashboard", "--no-open", "--dashboard-port", `${port}`];
    const blind = ["record", "--task", "t", "--out", at("blind.mcap"), ...page];
    const ended = await efference(blind, folder);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(`${port}`);
    expect(ended.stderr).toContain("record reads keys from a terminal, and its input is none");
    expect((await SessionReader.open(at("blind.mcap"))).complete).toBe(true);
  });

  it("is told what no folder of sessions would find, and episodes of no length", async () => {
    for (const [args, words] of [
      [["--out", "blind"], "expected one that ends in .mcap"],
      [["--out", "a0.mcap", "--episode-seconds", "0"], "more than 0"],
    ] as const) {
      const refused = await efference(["record", "--task", "t", "--dashboard", ...args], folder);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain(words);
    }
    expect(existsSync(at("blind"))).toBe(false);
  });

  it("records a robot that can't hear, whoever drives it", async () => {
    const robot = parse(readFileSync("models/robots/arm/robot.yaml", "utf8")) as {
      sensors: { kind: string }[];
    };
    robot.sensors = robot.sensors.filter(({ kind }) => kind !== "microphone");
    mkdirSync(at("deaf"));
    writeFileSync(at("deaf/robot.yaml"), stringify(robot));
    copyFileSync("models/robots/arm/scene.xml", at("deaf/scene.xml"));
    const args = "record --robot deaf/robot.yaml --task t --out deaf.mcap --episodes 1".split(" ");
    const drives = ["--policy", "teacher:reach"];
    const ended = await efference([...args, ...drives, ...alone], folder);
    expect(ended.stderr).not.toContain("microphone");
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout).episodes).toHaveLength(1);
  });

  it("goes on until its episodes are over, though its sound was over before", async () => {
    const wav = resolve("models/robots/duo/voice/look_left.wav");
    const args = "record --task t --out told.mcap --policy teacher:reach --episodes 3".split(" ");
    const ended = await efference([...args, "--microphone", wav, ...alone], folder);
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout).episodes).toHaveLength(3);
  });
});
