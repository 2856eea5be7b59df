import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { SimulatedClock } from "../../../src/core/clock.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { demoVoices } from "../../../src/sensors/demo-voices.ts";
import { readLabels } from "../../../src/sensors/labels.ts";
import { WavMicrophone } from "../../../src/sensors/wav-microphone.ts";

const { files, labels } = demoVoices(loadRobot("duo"))!;

describe("the voices of duo", () => {
  test("ask for acts and paces that duo has", () => {
    expect(readLabels(join(dirname(files[0]!), "labels.csv"), loadRobot("duo"))).toEqual(labels);
  });

  test("ask for every pace", () => {
    const paces = new Set([...labels.values()].map(({ pace }) => pace));
    expect(paces).toEqual(new Set(Object.keys(loadRobot("duo").paces)));
  });

  test("make a demo of about twenty seconds, from small files", async () => {
    const clock = new SimulatedClock();
    const ears = await WavMicrophone.open({ name: "ears", rateHz: 16_000, clock, files, labels });
    expect(ears.cues.map(({ act, pace }) => ({ act, pace }))).toEqual([...labels.values()]);
    expect(ears.endNs).toBeGreaterThan(18e9);
    expect(ears.endNs).toBeLessThan(22e9);
    for (const file of files) expect(statSync(file).size).toBeLessThan(45_000);
  });

  test("are not there for a robot without any", () => {
    expect(demoVoices(loadRobot("arm"))).toBeUndefined();
  });

  test("are those beside a robot's own file, and ask for what it has", () => {
    const own = join(mkdtempSync(join(tmpdir(), "efference-own-")), "mine");
    cpSync(dirname(loadRobot("duo").file), own, { recursive: true });
    const found = demoVoices(loadRobot(own))!;
    expect(found.files.map((file) => dirname(file))).toEqual(files.map(() => join(own, "voice")));
    const yaml = join(own, "robot.yaml");
    writeFileSync(yaml, readFileSync(yaml, "utf8").replaceAll("nod", "bow"));
    expect(() => demoVoices(loadRobot(own))).toThrow(/labels\.csv:\d+: found no act nod/);
    rmSync(dirname(own), { recursive: true });
  });
});
