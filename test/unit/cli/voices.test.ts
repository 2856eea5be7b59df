import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { add } from "../../../src/cli/voices.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { findProgram } from "../../../src/sensors/available-programs.ts";
import { readLabels } from "../../../src/sensors/labels.ts";
import { readWavSound } from "../../../src/sensors/wav-sound.ts";

const folder = mkdtempSync(join(tmpdir(), "efference-voices-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const missing = findProgram("espeak-ng") === undefined && process.env["CI"] !== "true";
const robot = loadRobot("duo");

/** Runs the command and returns what it printed on stdout. */
const voices = async (...args: string[]): Promise<string> => {
  let said = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((said += String(text)), true));
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const program = new Command().exitOverride();
  add(program);
  for (const command of program.commands) command.exitOverride();
  await program.parseAsync(["voices", ...args], { from: "user" });
  return said;
};

describe("efference voices", () => {
  test("speaks every act at every pace, neither silent nor clipped, the same for a seed", async (context) => {
    context.skip(missing, "espeak-ng is not installed");
    const [first, second] = [join(folder, "first"), join(folder, "second")];
    const told = await voices("--out", first, "--takes", "3", "--seed", "7", "--json");
    expect(JSON.parse(told)).toMatchObject({ robot: "duo", seed: 7, files: 30, acts: { wave: 3 } });
    await voices("--out", second, "--takes", "3", "--seed", "7");
    const files = readdirSync(first);
    expect(readdirSync(second)).toEqual(files);
    expect(files).toHaveLength(31);
    for (const file of files)
      expect(readFileSync(join(second, file)).equals(readFileSync(join(first, file)))).toBe(true);

    const labels = readLabels(join(first, "labels.csv"), robot);
    const spoken = Object.keys(robot.acts).filter((act) => robot.acts[act]!.says !== undefined);
    expect([...labels.values()]).toEqual(
      spoken.flatMap((act) => Object.keys(robot.paces).map((pace) => ({ act, pace }))),
    );
    for (const file of labels.keys()) {
      const peak = (await readWavSound(file, 16_000)).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      expect(peak).toBeGreaterThan(0.02);
      expect(peak).toBeLessThan(0.95);
    }
    await expect(voices("--out", first)).rejects.toThrow(/labels.csv already exists/);
  });

  test("labels digits with the robot's first ten spoken acts, by paths relative to the labels", async () => {
    const recordings = join(folder, "digits, real");
    mkdirSync(recordings);
    for (const name of ["0_ann_10", "0_ann_9", "9_ann_0", "3_bob_0"])
      writeFileSync(join(recordings, `${name}.wav`), "");
    writeFileSync(join(recordings, "README.md"), "");
    const out = join(folder, "labelled");
    await voices("--out", out, "--digits", recordings, "--speakers", "ann");
    expect(readFileSync(join(out, "labels.csv"), "utf8")).toBe(
      [
        "file,act,speaker",
        '"../digits, real/0_ann_9.wav",raise_left_hand,ann',
        '"../digits, real/0_ann_10.wav",raise_left_hand,ann',
        '"../digits, real/9_ann_0.wav",rest,ann',
        "",
      ].join("\n"),
    );
    expect(existsSync([...readLabels(join(out, "labels.csv"), robot).keys()][0]!)).toBe(true);
    const others = join(folder, "others");
    const told = await voices("--out", others, "--digits", recordings, "--except", "ann", "--json");
    expect(JSON.parse(told)).toMatchObject({ files: 1, speakers: { bob: 1 } });
    const chosen = (...args: string[]) =>
      voices("--out", join(folder, "x"), "--digits", recordings, ...args);
    await expect(chosen("--speakers", "anne")).rejects.toThrow(
      /--speakers anne: found no .*did you mean ann\?/,
    );
    await expect(chosen("--except", "bobby")).rejects.toThrow(/--except bobby: .*did you mean bob/);
    await expect(chosen("--except", "ann,bob")).rejects.toThrow(/found nobody else among ann, bob/);
  });

  test.each([
    [["--digits", "/nowhere"], /found no \{digit\}_\{speaker\}_\{index\}\.wav/],
    [["--digits", "/nowhere", "--takes", "2"], /cannot be used with/],
    [["--except", "theo"], /write it with --digits/],
    [["--speakers", "heldout"], /did you mean held-out\?/],
    [["--noise-db", "20,10"], /write LOW,HIGH in dB/],
    [["--noise-db", "20"], /write LOW,HIGH in dB/],
    [["--takes", "0"], /write a whole number, 1 or more/],
  ])("refuses %j and says what to write", async (args, message) => {
    await expect(voices("--out", join(folder, "none"), ...args)).rejects.toThrow(message);
    expect(existsSync(join(folder, "none"))).toBe(false);
  });
});
