import { describe, expect, test } from "vitest";
import type { AudioSample, ImageSample, TokenFrame } from "../../../src/core/ports.ts";
import { decodeFrame, FrameDecoder, type FrameReading } from "../../../src/tokens/frame-decoder.ts";
import { Tokenizer } from "../../../src/tokens/tokenizer.ts";
import {
  buildVocabulary,
  nameOfToken,
  vocabularyFromJson,
  vocabularyToJson,
} from "../../../src/tokens/vocabulary.ts";
import { robotWith } from "./robot-fixture.ts";

const robot = robotWith();
const vocabulary = buildVocabulary(robot);
// What a decoder reads from a file must do: nothing but the vocabulary is at hand then.
const decoder = new FrameDecoder(vocabularyFromJson(vocabularyToJson(vocabulary)));
const names = (frame: TokenFrame): string[] =>
  Array.from(frame.ids, (id) => nameOfToken(vocabulary, id));

/** A reading that must be of the kind named. */
const readAs = <K extends FrameReading["kind"]>(kind: K, ids: Int32Array) => {
  const reading = decoder.decode(ids);
  if (reading.kind !== kind) throw new Error(`found ${reading.kind}, expected ${kind}`);
  return reading as Extract<FrameReading, { kind: K }>;
};

const values = (sensor: string, timeMs: number, ...numbers: number[]) => ({
  sensor,
  kind: "values" as const,
  timeNs: timeMs * 1e6,
  values: Float64Array.from(numbers),
});

const tone = (timeNs: number, samples: number, hz = 150): AudioSample => ({
  sensor: "ear",
  kind: "audio",
  timeNs,
  rateHz: 16_000,
  pcm: Float32Array.from({ length: samples }, (_, i) => {
    const t = timeNs / 1e9 + i / 16_000;
    return [1, 2, 3, 4].reduce((sum, h) => sum + (0.2 / h) * Math.sin(2 * Math.PI * hz * h * t), 0);
  }),
});

const picture = (
  colourAt: (u: number, v: number) => [number, number, number],
  timeMs = 0,
): ImageSample => {
  const [width, height] = [32, 24];
  const rgb = new Uint8Array(width * height * 3);
  for (let p = 0; p < width * height; p++)
    rgb.set(colourAt(p % width, Math.floor(p / width)), p * 3);
  const depthM = new Float32Array(width * height).fill(0.5);
  return { sensor: "eye", kind: "image", timeNs: timeMs * 1e6, width, height, rgb, depthM };
};

describe("numbers", () => {
  test("become the sensor's marker and a bin each", () => {
    const tokenizer = new Tokenizer(robot, vocabulary);
    const frame = tokenizer.encode(values("joints", 7, -30, 0, 150))!;
    expect(frame).toMatchObject({ sensor: "joints", timeNs: 7e6 });
    expect(names(frame)[0]).toBe("<joints>");
    const reading = readAs("values", frame.ids);
    expect(reading).toMatchObject({ sensor: "joints", unit: "°" });
    for (const [i, deg] of [-30, 0, 150].entries())
      expect(Math.abs(reading.values[i]! - deg)).toBeLessThanOrEqual(240 / 256 / 2);
  });

  test("are told again only when a bin changes or the heartbeat is due", () => {
    const tokenizer = new Tokenizer(robot, vocabulary);
    const told = (sensor: string, timeMs: number, value: number): boolean =>
      tokenizer.encode(values(sensor, timeMs, value)) !== undefined;
    expect(told("heat_left", 0, 20)).toBe(true);
    expect(told("heat_left", 50, 20.1)).toBe(false);
    expect(told("heat_left", 100, 40)).toBe(true);
    expect(told("heat_left", 1099, 40)).toBe(false);
    expect(told("heat_left", 1100, 40)).toBe(true);
    expect(told("heat_right", 1100, 40)).toBe(true);
    expect(told("heat_right", 1600, 40)).toBe(true);
    tokenizer.reset();
    expect(told("heat_left", 1650, 40)).toBe(true);
  });

  test("that are NaN are not told", () => {
    const tokenizer = new Tokenizer(robot, vocabulary);
    expect(tokenizer.encode(values("distance", 0, Number.NaN))).toBeUndefined();
    expect(tokenizer.encode(values("distance", 0, Infinity))).toBeDefined();
  });
});

describe("sound", () => {
  test("is told in stacks of 80 ms, stamped at the end of the sound they cover", () => {
    const tokenizer = new Tokenizer(robot, vocabulary);
    const startNs = 3e9;
    const frames: TokenFrame[] = [];
    for (let block = 0; block < 40; block++) {
      const frame = tokenizer.encode(tone(startNs + block * 10e6, 160));
      if (frame) frames.push(frame);
    }
    expect(frames.map((f) => f.timeNs - startNs)).toEqual([80e6, 160e6, 240e6, 320e6, 400e6]);
    expect(names(frames[3]!)).toEqual([
      "<ear>",
      expect.stringMatching(/^voice 0\.\d+$/),
      expect.stringMatching(/^voice 1\.\d+$/),
      expect.stringMatching(/^prosody 1[3-6]\dHz level e\d$/),
    ]);
  });

  test("gives the same ids however it is cut into blocks", () => {
    const [fine, coarse] = [new Tokenizer(robot, vocabulary), new Tokenizer(robot, vocabulary)];
    const whole = coarse.encode(tone(0, 4000))!;
    const pieces: number[] = [];
    for (let at = 0; at < 4000; at += 125) {
      const { pcm } = tone(0, 4000);
      const block = { ...tone((at / 16_000) * 1e9, 0), pcm: pcm.slice(at, at + 125) };
      pieces.push(...(fine.encode(block)?.ids.slice(1) ?? []));
    }
    expect(pieces).toEqual([...whole.ids.subarray(1)]);
    expect(whole.timeNs).toBe(240e6);
  });

  test("is not glued together over a gap", () => {
    const tokenizer = new Tokenizer(robot, vocabulary);
    expect(tokenizer.encode(tone(0, 1200))).toBeUndefined();
    expect(tokenizer.encode(tone(500e6, 1200))).toBeUndefined();
    expect(tokenizer.encode(tone(575e6, 100))!.timeNs).toBe(580e6);
  });

  test("is not glued together over a single lost block", () => {
    const tokenizer = new Tokenizer(robot, vocabulary);
    const toldMs: number[] = [];
    for (let block = 0; block < 30; block++) {
      if (block === 21) continue; // in the midst of a stack
      const frame = tokenizer.encode(tone(block * 20e6, 320));
      if (frame) toldMs.push(frame.timeNs / 1e6);
    }
    expect(toldMs.filter((ms) => ms >= 320)).toEqual([320, 400, 520, 600]);
  });

  test("that falls silent is told for 240 ms, then each 480 ms, and at once when it is back", () => {
    const tokenizer = new Tokenizer(robot, vocabulary);
    const told: number[] = [];
    for (let block = 0; block < 30; block++) {
      const sound = tone(block * 80e6, 1280);
      if (block >= 5 && block < 25) sound.pcm.fill(0);
      if (tokenizer.encode(sound)) told.push(block);
    }
    expect(told).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 13, 19, 25, 26, 27, 28, 29]);
  });

  test("that begins quietly is told from its beginning", () => {
    const [thrifty, speech] = [new Tokenizer(robot, vocabulary), tone(0, 16 * 1280)];
    speech.pcm.fill(0, 1280, 13 * 1280);
    for (let i = 13 * 1280; i < 15 * 1280; i++) speech.pcm[i] = 0.01 * Math.sin(i * i);
    const frames = Array.from({ length: 16 }, (_, block) =>
      thrifty.encode({
        ...tone(block * 80e6, 0),
        pcm: speech.pcm.slice(block * 1280, (block + 1) * 1280),
      }),
    );
    expect(frames.map((frame) => Math.floor((frame?.ids.length ?? 0) / 3))).toEqual([
      1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 3,
    ]);
    expect(frames[15]!.timeNs).toBe(16 * 80e6);
    expect(frames[15]!.stacks!.length).toBe(3 * frames[0]!.stacks!.length);
  });

  test("that is silent in parts is stamped at the end of what is told", () => {
    const silence = { ...tone(0, 16_000), pcm: new Float32Array(16_000) };
    const frame = new Tokenizer(robot, vocabulary).encode(silence)!;
    expect(frame.ids.length).toBe(1 + 3 * 4); // of 12 stacks the first three and the ninth
    expect(frame.timeNs).toBe(9 * 80e6);
  });

  test("reads back as energies and pitch", () => {
    const tokenizer = new Tokenizer(robot, vocabulary);
    const reading = readAs("voice", tokenizer.encode(tone(0, 5120))!.ids);
    expect(reading).toMatchObject({ sensor: "ear", bands: 32, hopMs: 20 });
    expect(reading.logMel.length).toBe(4 * 4 * 32);
    expect(reading.logMel.every(Number.isFinite)).toBe(true);
    const { f0Hz, slope, energy } = reading.prosody[2]!;
    expect(Math.abs(Math.log2(f0Hz / 150))).toBeLessThanOrEqual(0.1);
    expect({ slope, energy }).toEqual({ slope: 0, energy: 7 });
  });
});

describe("a picture", () => {
  test("reads back as the colours and depths of its patches", () => {
    const frame = new Tokenizer(robot, vocabulary).encode(
      picture((u) => (u < 16 ? [230, 30, 30] : [30, 60, 220])),
    )!;
    expect(frame.ids.length).toBe(1 + 4 * 3 * (1 + 2));
    const reading = readAs("image", frame.ids);
    expect(reading).toEqual(decodeFrame(vocabulary, frame.ids));
    expect(reading).toMatchObject({ columns: 4, rows: 3 });
    const [redLeft, , blueLeft] = reading.rgb;
    const [redRight, , blueRight] = reading.rgb.subarray(9);
    expect(redLeft! - blueLeft!).toBeGreaterThan(100);
    expect(blueRight! - redRight!).toBeGreaterThan(100);
    for (const depth of reading.depthM) expect(Math.abs(depth - 0.5)).toBeLessThanOrEqual(0.3);
  });

  test("tells by its second code on which side of a patch something red lies", () => {
    const tokenizer = new Tokenizer(robot, vocabulary);
    const second = (side: number): number =>
      tokenizer.encode(picture((u) => (u % 8 < 4 === side < 4 ? [220, 40, 40] : [60, 60, 60])))!
        .ids[3]!;
    expect(second(0)).not.toBe(second(7));
  });

  test("is told in full at first, then only where it changed", () => {
    const tokenizer = new Tokenizer(robot, vocabulary);
    const spot = (u: number, v: number): [number, number, number] =>
      u >= 24 && v < 8 ? [230, 30, 30] : [60, 60, 60];
    const first = names(tokenizer.encode(picture(() => [60, 60, 60]))!);
    expect(first.filter((name) => name.startsWith("place"))).toEqual(
      Array.from({ length: 12 }, (_, p) => `place ${p % 4},${Math.floor(p / 4)}`),
    );
    expect(names(tokenizer.encode(picture(spot, 100))!)).toEqual([
      "<eye>",
      "place 3,0",
      expect.stringMatching(/^image 0\.\d+$/),
      expect.stringMatching(/^image 1\.\d+$/),
    ]);
    expect(tokenizer.encode(picture(spot, 200))).toBeUndefined();
  });

  test("that stays the same is told again patch by patch within the heartbeat", () => {
    const tokenizer = new Tokenizer(robot, vocabulary);
    const grey = (timeMs: number) => tokenizer.encode(picture(() => [90, 90, 90], timeMs));
    const places = (timeMs: number): string[] => {
      const frame = grey(timeMs);
      return frame ? names(frame).filter((name) => name.startsWith("place")) : [];
    };
    const all = places(0);
    const heartbeat = Array.from({ length: 30 }, (_, i) => places(100 * (i + 1)));
    expect(heartbeat.map((told) => told.length).every((count) => count <= 1)).toBe(true);
    expect(heartbeat.flat().toSorted()).toEqual(all.toSorted());
    expect(places(60_000)).toEqual(all); // after a gap nobody knows what was missed
    tokenizer.reset();
    expect(places(100)).toEqual(all);
  });

  test("on the edge of a level does not flicker", () => {
    const tokenizer = new Tokenizer(robot, vocabulary);
    const codesOf = (light: number): string =>
      names(new Tokenizer(robot, vocabulary).encode(picture(() => [light, light, light]))!).join();
    const lights = Array.from({ length: 60 }, (_, i) => 60 + i);
    const edge = lights.find((light) => codesOf(light) !== codesOf(light + 1))!;
    const told = Array.from({ length: 30 }, (_, i) => {
      const light = edge + (i % 2);
      return tokenizer.encode(picture(() => [light, light, light], i));
    });
    expect(told.filter(Boolean)).toEqual([told[0]]);
  });
});

describe("a frame", () => {
  test("of the efference copy reads as names", () => {
    const self = vocabulary.ranges[1]!.start + 8;
    const act = vocabulary.ranges.find((r) => r.name === "act")!.start;
    expect(decoder.decode(Int32Array.of(self, act + 1))).toEqual({
      kind: "names",
      sensor: "self",
      names: ["stop"],
    });
  });

  test("is refused when its sample does not fit the sensor", () => {
    const tokenizer = new Tokenizer(robot, vocabulary);
    expect(() => tokenizer.encode(values("nose", 0, 1))).toThrow(
      /"nose", expected one of ear, eye/,
    );
    expect(() => tokenizer.encode(values("ear", 0, 1))).toThrow(/"ear", expected audio/);
    expect(() => tokenizer.encode(values("joints", 0, 1))).toThrow(/1 values, expected 3/);
    expect(() => tokenizer.encode({ ...tone(0, 10), rateHz: 8000 })).toThrow(
      /8000 Hz, expected 16000/,
    );
    const small = { ...picture(() => [0, 0, 0]), width: 8 };
    expect(() => tokenizer.encode(small)).toThrow(/8 x 24, expected 32 x 24/);
  });
});
