import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { SimulatedClock } from "../../../src/core/clock.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { demoVoices } from "../../../src/sensors/demo-voices.ts";
import { readLabels } from "../../../src/sensors/labels.ts";
import { WavMicrophone } from "../../../src/sensors/wav-microphone.ts";

const { files, labels } = demoVoices("duo")!;

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
    expect(demoVoices("nobody")).toBeUndefined();
  });
});
