import { describe, expect, test } from "vitest";
import { voiceCodecYaml, type VoiceCodec } from "../../../src/cli/voice-codec-yaml.ts";
import { loadRobot, parseRobot } from "../../../src/core/robot-file.ts";
import { MINIMAL, SCENE } from "../core/minimal-robot.ts";

const fitted: VoiceCodec = {
  type: "voice",
  bands: 24,
  stackMs: 60,
  codes: 1,
  heartbeatMs: 500,
  coefficients: [
    [0, 0, -0.381, 0.85],
    [1, 0, 0, 0.5],
    [0, 1, 1.2e-7, 0.383],
    [2, 23, 0.0123, 0.001],
  ],
};

describe("a fitted codec as YAML", () => {
  const duo = loadRobot("duo").source;
  test.each([
    ["a block", MINIMAL, "codec: { type: voice }"],
    ["braces", duo, "codec: { type: voice, codes: 4 }"],
  ])("takes the place of a codec in %s, and says the same", (_, robot, codec) => {
    expect(robot).toContain(codec);
    const text = robot.replace(codec, () => voiceCodecYaml(fitted).trimEnd());
    const { sensors } = parseRobot({ text, file: "robot.yaml", sceneSource: SCENE });
    expect(sensors[0]!.codec).toEqual(fitted);
  });

  test("begins with what it should say of itself", () => {
    expect(voiceCodecYaml(fitted, ["one", "two"]).split("\n").slice(0, 4)).toEqual([
      "# one",
      "# two",
      "codec: { type: voice, bands: 24, stackMs: 60, codes: 1, heartbeatMs: 500,",
      "        coefficients: [",
    ]);
  });
});
