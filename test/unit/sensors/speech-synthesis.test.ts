import { describe, expect, test } from "vitest";
import { SensorError } from "../../../src/core/errors.ts";
import { Random } from "../../../src/core/random.ts";
import { findProgram } from "../../../src/sensors/available-programs.ts";
import { playAt } from "../../../src/sensors/play-at.ts";
import { hearInRoom } from "../../../src/sensors/room.ts";
import { SPEAKER_SETS, speakersOf } from "../../../src/sensors/speakers.ts";
import { drawStyle } from "../../../src/sensors/speaking-style.ts";
import { SpeechSynthesiser } from "../../../src/sensors/speech-synthesis.ts";

const RATE_HZ = 16_000;

const tone = (hz: number, rateHz: number, seconds: number): Float32Array =>
  Float32Array.from({ length: Math.round(rateHz * seconds) }, (_, i) =>
    Math.sin((2 * Math.PI * hz * i) / rateHz),
  );

const levelDb = (pcm: Float32Array): number =>
  10 * Math.log10(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length);

const peak = (pcm: Float32Array): number =>
  pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

const missing = findProgram("espeak-ng") === undefined && process.env["CI"] !== "true";

describe("the speech synthesiser", () => {
  test("that is not installed says how to install it", async () => {
    const error = await SpeechSynthesiser.open("/nowhere").catch((e: unknown) => e);
    expect(error).toBeInstanceOf(SensorError);
    expect((error as SensorError).message).toMatch(/no espeak-ng.*sudo apt install espeak-ng/);
  });

  const utterance = {
    words: "look left",
    accent: "en-us",
    speaker: "m3",
    wordsPerMinute: 165,
    pitch: 50,
    pitchRange: 100,
  };

  test("speaks the same twice, sooner when hurried, with no silence around it", async (context) => {
    context.skip(missing, "espeak-ng is not installed");
    const synthesiser = await SpeechSynthesiser.open();
    expect(synthesiser.accents).toEqual(expect.arrayContaining(["en-gb", "en-us"]));
    const { pcm, rateHz } = await synthesiser.speak(utterance);
    expect(rateHz).toBe(22_050);
    expect((await synthesiser.speak(utterance)).pcm).toEqual(pcm);
    expect(Math.abs(pcm[0]!)).toBeGreaterThan(peak(pcm) / 100);
    const hurried = await synthesiser.speak({ ...utterance, wordsPerMinute: 230 });
    expect(hurried.pcm.length).toBeLessThan(0.85 * pcm.length);
  });

  test("speaks at the rate it is told, whoever speaks", async (context) => {
    context.skip(missing, "espeak-ng is not installed");
    const synthesiser = await SpeechSynthesiser.open();
    const samplesOf = async (speaker: string, wordsPerMinute: number): Promise<number> =>
      (await synthesiser.speak({ ...utterance, speaker, wordsPerMinute })).pcm.length;
    for (const rate of [130, 165, 280]) {
      const plain = await samplesOf("m3", rate);
      for (const speaker of ["antonio", "Marco"])
        // by themselves a third faster, a fifth slower
        expect(Math.abs(Math.log((await samplesOf(speaker, rate)) / plain))).toBeLessThan(0.12);
    }
  });

  test("takes words that look like options, markup or a shell's as words", async (context) => {
    context.skip(missing, "espeak-ng is not installed");
    const synthesiser = await SpeechSynthesiser.open();
    const said = await synthesiser.speak({ ...utterance, words: "--help < & $(exit 1) `false`" });
    expect(peak(said.pcm)).toBeGreaterThan(0.01);
  });

  test("says which words could not be spoken", async (context) => {
    context.skip(missing, "espeak-ng is not installed");
    const synthesiser = await SpeechSynthesiser.open();
    await expect(synthesiser.speak({ ...utterance, words: " " })).rejects.toThrow(
      /said nothing for " "; write words/,
    );
  });
});

describe("the sets of speakers", () => {
  test("share nobody and name nobody twice", () => {
    const all = Object.values(SPEAKER_SETS).flatMap((names) => names.split(" "));
    expect(new Set(all).size).toBe(all.length);
  });

  test("are installed with espeak-ng, every one", async (context) => {
    context.skip(missing, "espeak-ng is not installed");
    const { speakers } = await SpeechSynthesiser.open();
    for (const set of ["train", "held-out"] as const)
      expect(speakersOf(set, speakers).join(" ")).toBe(SPEAKER_SETS[set]);
  });
});

describe("a way of speaking", () => {
  test("tells neighbouring paces apart at least nine times in ten, by rate and by pitch", () => {
    const random = new Random(1);
    const draws = (scale: number) => Array.from({ length: 1000 }, () => drawStyle(scale, random));
    const [calm, normal, urgent] = [draws(1.6), draws(1), draws(0.6)];
    for (const [slow, fast, wordsPerMinute, pitch] of [
      [calm, normal, 128, 37],
      [normal, urgent, 231, 64],
    ] as const) {
      expect(slow.filter((style) => style.wordsPerMinute < wordsPerMinute).length).toBeGreaterThan(
        900,
      );
      expect(fast.filter((style) => style.wordsPerMinute > wordsPerMinute).length).toBeGreaterThan(
        900,
      );
      expect(slow.filter((style) => style.pitch < pitch).length).toBeGreaterThan(900);
      expect(fast.filter((style) => style.pitch > pitch).length).toBeGreaterThan(900);
    }
  });
});

describe("playing at another speed", () => {
  test("keeps a tone to 70 dB, at the pitch that the speed gives it", () => {
    const found = playAt(tone(1000, 22_050, 0.5), 22_050 * 1.05, RATE_HZ);
    const expected = tone(1050, RATE_HZ, 0.5 / 1.05);
    expect(found).toHaveLength(expected.length);
    const error = found.map((sample, i) => sample - expected[i]!).subarray(200, -200);
    expect(levelDb(error)).toBeLessThan(levelDb(expected) - 70);
  });

  test("lets nothing through that the new rate can't hold", () => {
    const found = playAt(tone(9500, 22_050, 0.5), 22_050, RATE_HZ).subarray(200, -200);
    expect(levelDb(found)).toBeLessThan(-60);
  });
});

describe("a voice in a room", () => {
  const voice = tone(200, RATE_HZ, 1);

  test("has the level asked for, and 60 to 200 ms of noise on either side", () => {
    const heard = hearInRoom(
      voice,
      { rateHz: RATE_HZ, levelDb: -26, noiseDb: [40, 40] },
      new Random(3),
    );
    const margins = heard.length - voice.length;
    expect(margins).toBeGreaterThanOrEqual(2 * 0.06 * RATE_HZ);
    expect(margins).toBeLessThanOrEqual(2 * 0.2 * RATE_HZ);
    expect(levelDb(heard.subarray(4000, 12_000))).toBeCloseTo(-26, 0);
    expect(levelDb(heard.subarray(0, 0.06 * RATE_HZ))).toBeLessThan(-55);
    expect(levelDb(heard.subarray(0, 0.06 * RATE_HZ))).toBeGreaterThan(-80);
  });

  test("is turned down together with its noise where it would clip", () => {
    const options = { rateHz: RATE_HZ, noiseDb: [10, 10] } as const;
    const heard = hearInRoom(voice, { ...options, levelDb: 6 }, new Random(3));
    expect(peak(heard)).toBeCloseTo(0.9, 5);
    const quiet = hearInRoom(voice, { ...options, levelDb: -30 }, new Random(3));
    const gain = peak(quiet) / peak(heard);
    expect(heard[100]! * gain).toBeCloseTo(quiet[100]!, 6);
  });
});
