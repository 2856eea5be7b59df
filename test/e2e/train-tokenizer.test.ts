import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../src/core/robot-file.ts";
import { efference, temporaryFolder } from "./efference.ts";

const folder = temporaryFolder();
const duo = join(packageRoot, "models", "robots", "duo");
const voice = join(folder, "voice");
const args = ["train-tokenizer", "--audio", voice];

/** What duo brings along, each file twice: enough to hold one out. */
beforeAll(() => {
  mkdirSync(voice);
  const rows: string[] = [];
  for (const file of readdirSync(join(duo, "voice")).filter((name) => name.endsWith(".wav")))
    for (const name of [file, `again_${file}`]) {
      cpSync(join(duo, "voice", file), join(voice, name));
      rows.push(`${name},${/^(.*?)(_calm|_urgent)?\.wav$/.exec(file)![1]}`);
    }
  writeFileSync(join(voice, "labels.csv"), ["file,act", ...rows].join("\n"));
});

describe("efference train-tokenizer", () => {
  it("fits a codec to recordings, and robot.yaml takes it", async () => {
    const { code, stdout, stderr } = await efference([...args, "--json"], folder);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const told = JSON.parse(stdout);
    const { numbers } = told.varianceKept.fitted;
    expect(told).toMatchObject({
      robot: "duo",
      sensor: "microphone",
      recordings: { learned: 17, heldOut: 1 },
      codes: 4,
      varianceKept: { builtIn: { numbers: expect.any(Number), codes: expect.any(Number) } },
      file: "voice-codec.yaml",
    });
    expect(told.stacks.learned).toBeGreaterThan(50);
    expect(numbers).toBeGreaterThan(told.varianceKept.builtIn.numbers - 0.05);
    expect(numbers).toBeLessThan(1);
    expect(told.coefficients).toHaveLength(16);

    const mine = join(folder, "mine");
    mkdirSync(mine);
    cpSync(join(duo, "scene.xml"), join(mine, "scene.xml"));
    const yaml = readFileSync(join(folder, "voice-codec.yaml"), "utf8");
    const codec = yaml.slice(yaml.indexOf("codec:")).trimEnd();
    const robot = readFileSync(join(duo, "robot.yaml"), "utf8");
    writeFileSync(
      join(mine, "robot.yaml"),
      robot.replace("codec: { type: voice, codes: 4 }", () => codec),
    );
    const info = JSON.parse((await efference(["info", "vocabulary", mine, "--json"])).stdout);
    expect(info.hash).toBe(told.vocabulary.fitted);
    expect(info.hash).not.toBe(told.vocabulary.now);
    const run = ["run", "--robot", mine, "--policy", "teacher:obey", "--fast", "--duration", "3"];
    const spoken = ["--microphone", join(voice, "nod.wav"), "--session", "nod.mcap"];
    const ran = await efference([...run, ...spoken, "--json"], folder);
    const { acts } = JSON.parse(ran.stdout);
    expect(acts.map(({ name }: { name: string }) => name)).toEqual(["nod"]);
    const replayed = await efference(["replay", "nod.mcap", "--json"], folder);
    expect(JSON.parse(replayed.stdout)).toMatchObject({ identical: true });
  });

  it("says as a table what it kept, and what to do next", async () => {
    const six = ["--labels", join(voice, "labels.csv"), "--codes", "6", "--out", "six.yaml"];
    const { code, stdout } = await efference([...args, ...six], folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/fitted to your recordings +\d+\.\d % +\d+\.\d %/);
    expect(stdout).toMatch(/built in +\d+\.\d % +\d+\.\d %/);
    expect(stdout).toContain("six.yaml: 24 coefficients");
    expect(stdout).toContain("next  put it in the place of the codec of microphone in");
  });

  it.each([
    [
      [...args, "--out", "six.yaml"],
      "six.yaml already exists and is not overwritten; write another --out",
    ],
    [
      ["train-tokenizer", "--audio", "nowhere", "--out", "none.yaml"],
      "--audio nowhere: found no such folder; check its name",
    ],
    [
      ["train-tokenizer", "--audio", "mine", "--out", "none.yaml"],
      "--audio mine: found no WAV file, expected at least 10, of which one is held out; record more, some 20 of each command",
    ],
    [
      [...args, "--codes", "9", "--out", "nine.yaml"],
      "--codes 9: a stack of microphone of duo takes at most 8; write 1 to 8",
    ],
  ])("refuses %j", async (wrong, line) => {
    const { code, stderr } = await efference(wrong, folder);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `${line}\n` });
  });
});
