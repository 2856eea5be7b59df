// What a policy over continuous embeddings reads in the place of ids.
import { describe, expect, it } from "vitest";
import type { Sample, TokenFrame } from "../../../src/core/ports.ts";
import type { RobotDescription } from "../../../src/core/robot.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { FrameFeatures, motionBasisOf } from "../../../src/tokens/frame-features.ts";
import { Tokenizer } from "../../../src/tokens/tokenizer.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";

const robot = loadRobot("duo");
const features = new FrameFeatures(robot);
const servos = robot.servos.length;

const valuesFrame = (sensor: string, timeNs: number, ...values: number[]): TokenFrame => {
  const sample: Sample = { kind: "values", sensor, timeNs, values: Float64Array.from(values) };
  return { sensor, timeNs, ids: Int32Array.of(0), sample };
};

const spread = (frame: TokenFrame, beforeNs = frame.timeNs): Float32Array => {
  const out = new Float32Array(features.size);
  features.spread(features.rows(frame)[0]!, beforeNs, out, 0);
  return out;
};

const placesOf = (row: Float32Array): number[] => [...row.keys()].filter((i) => row[i] !== 0);

describe("a row", () => {
  it("tells its source, the time since the row before, and the value without a step in it", () => {
    const [a, b] = [20, 20.001].map((celsius) =>
      spread(valuesFrame("heat_left", 350e6, celsius), 100e6),
    );
    const [source, time, value] = placesOf(a!);
    expect(a![source!]).toBe(1);
    expect(a![time!]).toBeCloseTo(0.25, 6);
    expect(b![value!]! - a![value!]!).toBeCloseTo((2 * 0.001) / (95 - 15), 5);
  });

  it("does not depend on where a sensor is plugged in, how often it tells, or how noisy it is: a policy fits all the same", () => {
    const wired = structuredClone(robot) as RobotDescription as {
      sensors: Record<string, unknown>[];
    };
    for (const [pin, sensor] of wired.sensors.entries())
      if (sensor["kind"] === "heat")
        Object.assign(sensor, { analogPin: pin % 6, rateHz: 10 + pin, noise: pin });
    const other = wired as unknown as RobotDescription;
    expect(buildVocabulary(other).hash).toBe(buildVocabulary(robot).hash);
    expect(new FrameFeatures(other).size).toBe(features.size);
  });

  it("shares its columns of values with sensors that are alike, never its source's", () => {
    const left = placesOf(spread(valuesFrame("heat_left", 0, 30)));
    const right = placesOf(spread(valuesFrame("heat_right", 0, 30)));
    const touch = placesOf(spread(valuesFrame("touch_left", 0, 1)));
    expect(left.at(-1)).toBe(right.at(-1));
    expect(left[0]).not.toBe(right[0]);
    expect(touch.at(-1)).not.toBe(left.at(-1));
  });

  it("holds a whole stack of sound, one row a stack, as the tokenizer cuts it", () => {
    const tokenizer = new Tokenizer(robot, buildVocabulary(robot));
    const block = (timeNs: number): Sample => {
      const pcm = Float32Array.from({ length: 2560 }, (_, i) => 0.3 * Math.sin(i / 7));
      return { kind: "audio", sensor: "microphone", timeNs, rateHz: 16_000, pcm };
    };
    const frame = tokenizer.encode(block(0))!; // 160 ms are two stacks
    const rows = features.rows(frame);
    expect(rows).toHaveLength(2);
    expect(rows.every(({ values }) => values.every(Number.isFinite))).toBe(true);
    expect(rows[0]!.values.some((value) => value !== 0)).toBe(true);
  });

  it("tells where in a picture something is", () => {
    const picture = (left: number): TokenFrame => {
      const [width, height] = [64, 64];
      const rgb = new Uint8Array(width * height * 3);
      for (let y = 20; y < 28; y++)
        for (let x = left; x < left + 8; x++) rgb[(y * width + x) * 3] = 255;
      const depthM = new Float32Array(width * height).fill(1);
      const sample: Sample = {
        kind: "image",
        sensor: "eye",
        timeNs: 0,
        width,
        height,
        rgb,
        depthM,
      };
      return { sensor: "eye", timeNs: 0, ids: Int32Array.of(0), sample };
    };
    const [here, nearby, there] = [8, 9, 40].map((left) => spread(picture(left)));
    const apart = (a: Float32Array, b: Float32Array): number =>
      Math.hypot(...a.map((value, i) => value - b[i]!));
    expect(apart(here!, nearby!)).toBeGreaterThan(0); // one pixel of 64
    expect(apart(here!, there!)).toBeGreaterThan(2 * apart(here!, nearby!));
  });

  it("is there for the robot's own motion in degrees, and not for own tokens", () => {
    const turned = Array.from({ length: servos * 25 }, (_, i) => (i % servos === 3 ? 9 : 0));
    expect(features.rows(valuesFrame("self", 0, ...turned))).toHaveLength(1);
    expect(features.rows({ sensor: "self", timeNs: 0, ids: Int32Array.of(1, 2) })).toEqual([]);
  });
});

describe("the motion basis", () => {
  it("gives back the amplitudes of what it made", () => {
    const basis = motionBasisOf(robot);
    const amplitudes = Float32Array.from({ length: basis.count * servos }, (_, i) => 20 - i);
    const again = basis.analyse(basis.synthesise(amplitudes, servos), servos);
    for (const [i, deg] of amplitudes.entries()) expect(again[i]).toBeCloseTo(deg, 3);
  });
});
