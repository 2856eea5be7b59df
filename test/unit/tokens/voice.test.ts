import { describe, expect, test } from "vitest";
import { Random } from "../../../src/core/random.ts";
import { FSQ_LEVELS, Fsq } from "../../../src/tokens/fsq.ts";
import { COEFFICIENTS_PER_CODE } from "../../../src/core/robot.ts";
import { FrameDecoder } from "../../../src/tokens/frame-decoder.ts";
import { LogMel } from "../../../src/tokens/log-mel.ts";
import { PitchTracker } from "../../../src/tokens/pitch.ts";
import { Tokenizer } from "../../../src/tokens/tokenizer.ts";
import {
  buildVocabulary,
  vocabularyFromJson,
  vocabularyToJson,
} from "../../../src/tokens/vocabulary.ts";
import { VoiceDecoder, VoiceEncoder } from "../../../src/tokens/voice-codec.ts";
import {
  type Coefficient,
  dctProjection,
  SPEECH_COEFFICIENTS,
} from "../../../src/tokens/voice-projection.ts";
import { robotWith } from "./robot-fixture.ts";

const sine = (rateHz: number, hz: number, samples: number, amplitude = 0.5): Float32Array =>
  Float32Array.from(
    { length: samples },
    (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / rateHz),
  );

describe.each([8000, 16_000, 44_100, 48_000])("at %i Hz", (rateHz) => {
  test("a tone is loudest in the mel band that it lies in", () => {
    const mel = new LogMel(rateHz, 32);
    const out = new Float32Array(32);
    let last = -1;
    for (const hz of [200, 500, 1000, 2000, 3500]) {
      mel.frame(sine(rateHz, hz, mel.span), mel.span, out, 0);
      const loudest = out.indexOf(Math.max(...out));
      expect(loudest).toBeGreaterThan(last);
      last = loudest;
    }
  });

  test("a tone's power is half its amplitude squared", () => {
    const mel = new LogMel(rateHz, 32);
    const energy = mel.frame(sine(rateHz, 1000, mel.span, 0.5), mel.span, new Float32Array(32), 0);
    expect(Math.abs(energy - Math.log(0.125))).toBeLessThan(0.25);
  });

  test("the powers of the bands are those of the Fourier transform's definition", () => {
    const mel = new LogMel(rateHz, 32);
    const random = new Random(5);
    const pcm = Float32Array.from({ length: mel.span }, () => random.normal(0.1));
    const found = new Float32Array(32);
    const energy = mel.frame(pcm, pcm.length, found, 0);
    const bands = definedBands(pcm, rateHz, mel.span);
    for (const [b, power] of bands.entries()) expect(found[b]).toBeCloseTo(Math.log(power), 4);
    expect(energy).toBeCloseTo(Math.log(bands.reduce((sum, power) => sum + power, 0)), 5);
  });

  test("silence is finite in every one of 80 bands", () => {
    const mel = new LogMel(rateHz, 80);
    const out = new Float32Array(80);
    mel.frame(new Float32Array(mel.span), mel.span, out, 0);
    expect(out.every(Number.isFinite)).toBe(true);
  });

  test.each([65, 100, 155, 240, 330, 450])("the pitch of a buzz of %i Hz is found", (hz) => {
    const pitch = new PitchTracker(rateHz);
    const buzz = new Float32Array(pitch.span);
    for (let harmonic = 1; harmonic * hz < 3500; harmonic++)
      sine(rateHz, hz * harmonic, buzz.length, 0.3 / harmonic).forEach((v, i) => {
        buzz[i] = buzz[i]! + v;
      });
    expect(Math.abs(pitch.f0Hz(buzz, buzz.length) / hz - 1)).toBeLessThan(0.02);
  });

  test("the pitch is that of the definition, lag by lag, also where sound has just begun or stands still", () => {
    const pitch = new PitchTracker(rateHz);
    const random = new Random(3);
    const expectAlike = (pcm: Float32Array): void => {
      const [found, expected] = [pitch.f0Hz(pcm, pcm.length), definedF0Hz(pcm, rateHz)];
      expect(found).toBeCloseTo(expected, 3);
    };
    expectAlike(new Float32Array(pitch.span).fill(0.5));
    for (let begin = 0; begin < pitch.span; begin += 7) {
      const hz = random.uniform(50, 600);
      const offset = random.index(2) * 0.1;
      const tone = sine(rateHz, hz, pitch.span, 0.3).map((v) => v + random.normal(0.02) + offset);
      expectAlike(tone.map((v, i) => (i < begin ? 0 : v)));
      expectAlike(tone.map((v, i) => (i < begin ? offset : v)));
    }
  });

  test("noise and silence are unvoiced", () => {
    const pitch = new PitchTracker(rateHz);
    const random = new Random(1);
    const noise = Float32Array.from({ length: pitch.span }, () => random.normal(0.1));
    expect(pitch.f0Hz(noise, noise.length)).toBe(0);
    expect(pitch.f0Hz(new Float32Array(pitch.span), pitch.span)).toBe(0);
  });
});

/** Power of each of 32 bands: a Hann window, the Fourier transform term by term, triangles on the mel scale. */
const definedBands = (pcm: Float32Array, rateHz: number, span: number): number[] => {
  const mel = (hz: number): number => 2595 * Math.log10(1 + hz / 700);
  const size = 2 ** Math.ceil(Math.log2(2 * span));
  const window = Float64Array.from(pcm, (_, i) => Math.sin((Math.PI * (i + 0.5)) / span) ** 2);
  const whole = (size / 2) * window.reduce((sum, w) => sum + w * w, 0);
  const powers = Array.from({ length: size / 2 + 1 }, (_, bin) => {
    let [re, im] = [0, 0];
    for (const [i, v] of pcm.entries()) {
      re += v * window[i]! * Math.cos((2 * Math.PI * bin * i) / size);
      im -= v * window[i]! * Math.sin((2 * Math.PI * bin * i) / size);
    }
    return (re * re + im * im) / whole;
  });
  const [low, high] = [mel(60), mel(Math.min(7600, rateHz / 2))];
  const step = (high - low) / 33;
  const binHz = rateHz / size;
  return Array.from({ length: 32 }, (_, b) => {
    const centre = low + (b + 1) * step;
    const nearest = Math.round((700 * (10 ** (centre / 2595) - 1)) / binHz);
    return powers.reduce((sum, power, bin) => {
      const near = 1 - Math.abs(mel(bin * binHz) - centre) / step;
      return sum + power * Math.max(bin === nearest ? 0.5 : 0, near);
    }, 1e-10);
  });
};

/** YIN as it is written down, over blocks averaged to 8 kHz. */
const definedF0Hz = (pcm: Float32Array, rateHz: number): number => {
  const divider = Math.floor(rateHz / 8000);
  const hz = rateHz / divider;
  const low = Float32Array.from({ length: pcm.length / divider }, (_, i) => {
    const block = pcm.subarray(i * divider, (i + 1) * divider);
    return block.reduce((sum, v) => sum + v, 0) / divider;
  });
  const window = Math.round(hz * 0.025);
  const longest = low.length - window;
  if (low.reduce((sum, v) => sum + v * v, 0) / low.length < 1e-7) return 0;
  let running = 0;
  const d = [1];
  for (let lag = 1; lag <= longest; lag++) {
    let gaps = 0;
    for (let i = 0; i < window; i++) gaps += (low[i]! - low[i + lag]!) ** 2;
    running += gaps;
    d.push(running > 0 ? (gaps * lag) / running : 1);
  }
  const shortest = Math.floor(hz / 520);
  const dip = d.findIndex(
    (v, lag) => lag >= shortest && lag < longest && v < 0.15 && d[lag + 1]! >= v,
  );
  if (dip < 0) return 0;
  const [before, at, after] = [d[dip - 1]!, d[dip]!, d[dip + 1]!];
  const bend = before - 2 * at + after;
  const shift = bend > 0 ? (before - after) / (2 * bend) : 0;
  return hz / (dip + Math.max(-1, Math.min(1, shift)));
};

describe("the voice encoder", () => {
  const shape = { bands: 32, stackMs: 80, codes: 2 };
  const codesOf = (encoder: VoiceEncoder, pcm: Float32Array): number[] => {
    const ids: number[] = [];
    encoder.push(pcm, (codes, prosody) => ids.push(...codes, prosody));
    return ids;
  };
  /** Half a second of quiet, then buzzes of three vowels' formants, a fifth of a second each. */
  const babble = (gain: number): Float32Array => {
    const pcm = new Float32Array(16_000 * 2);
    for (let i = 8000; i < pcm.length; i++) {
      const vowel = Math.floor(i / 3200) % 3;
      const [low, high] = [
        [700, 1200],
        [300, 2300],
        [350, 800],
      ][vowel]!;
      for (let h = 1; h < 25; h++) {
        const near =
          Math.exp(-(((h * 130 - low!) / 200) ** 2)) + Math.exp(-(((h * 130 - high!) / 200) ** 2));
        pcm[i] = pcm[i]! + gain * 0.2 * near * Math.sin((2 * Math.PI * 130 * h * i) / 16_000);
      }
    }
    return pcm;
  };

  test("hears the same in a voice a third as loud", () => {
    const loud = codesOf(new VoiceEncoder(16_000, shape), babble(1));
    const soft = codesOf(new VoiceEncoder(16_000, shape), babble(0.33));
    const same = loud.filter((id, i) => id === soft[i]).length;
    expect(same / loud.length).toBeGreaterThan(0.9);
  });

  test("tells vowels apart", () => {
    const codes = codesOf(new VoiceEncoder(16_000, shape), babble(1)).filter((_, i) => i % 3 === 0);
    expect(new Set(codes.slice(8)).size).toBeGreaterThanOrEqual(3);
  });

  test("takes a fitted projection in place of the analytic one", () => {
    const analytic = dctProjection(4, 32, SPEECH_COEFFICIENTS.slice(0, 8));
    const deaf = { ...analytic, weights: new Float32Array(8 * 128), offsets: new Float32Array(8) };
    const codes = codesOf(new VoiceEncoder(16_000, shape, deaf), babble(1));
    expect(new Set(codes.filter((_, i) => i % 3 < 2)).size).toBe(2);
  });

  describe("with coefficients of its own", () => {
    const coefficients: Coefficient[] = [
      [3, 2, 0.1, 0.2],
      [0, 0, -1, 1.5],
      [2, 1, 0, 0.1],
      [0, 1, -0.2, 0.4],
      [0, 9, 0.3, 0.2],
      [1, 0, 0, 0.6],
      [0, 5, 0.1, 0.3],
      [1, 7, 0, 0.1],
    ];
    const fitted = { ...shape, coefficients };

    test("a code quantises as many as robot.yaml counts", () => {
      expect(FSQ_LEVELS).toHaveLength(COEFFICIENTS_PER_CODE);
    });

    test("tells what a decoder of the same ones reads, and one of others doesn't", () => {
      const { weights, offsets, latents, inputs } = dctProjection(4, 32, coefficients);
      const fsq = new Fsq();
      const again = (decoder: VoiceDecoder, codes: Int32Array): number[] => {
        const logMel = new Float32Array(inputs);
        decoder.decode(codes, 0, logMel, 0);
        const z = Float32Array.from({ length: latents }, (_, l) =>
          logMel.reduce((sum, x, i) => sum + (weights[l * inputs + i]! * x) / 2, offsets[l]!),
        );
        return [fsq.encode(z, 0), fsq.size + fsq.encode(z, 4)];
      };
      const [same, builtIn] = [new VoiceDecoder(fitted), new VoiceDecoder(shape)];
      let [stacks, foreign] = [0, 0];
      new VoiceEncoder(16_000, fitted).push(babble(1), (codes) => {
        stacks++;
        expect(again(same, codes)).toEqual([...codes]);
        if (again(builtIn, codes).join() !== [...codes].join()) foreign++;
      });
      expect(stacks).toBe(25);
      expect(foreign).toBeGreaterThan(20);
    });

    test("are all that a reader of the vocabulary needs", () => {
      const robot = robotWith({
        sensors: [
          {
            name: "ear",
            kind: "microphone",
            rateHz: 16_000,
            codec: { type: "voice", coefficients },
          },
        ],
      });
      const vocabulary = vocabularyFromJson(vocabularyToJson(buildVocabulary(robot)));
      const pcm = babble(1).subarray(8000, 8000 + 1280);
      const sample = { kind: "audio", sensor: "ear", timeNs: 0, rateHz: 16_000, pcm } as const;
      const frame = new Tokenizer(robot, vocabulary).encode(sample);
      const expected = new Float32Array(128);
      new VoiceEncoder(16_000, fitted).push(pcm, (codes) =>
        new VoiceDecoder(fitted).decode(codes, 0, expected, 0),
      );
      const read = new FrameDecoder(vocabulary).decode(frame!.ids);
      expect(read.kind === "voice" && read.logMel).toEqual(expected);
    });
  });

  test("starts afresh after a reset", () => {
    const encoder = new VoiceEncoder(16_000, shape);
    const first = codesOf(encoder, babble(1));
    encoder.reset();
    expect(codesOf(encoder, babble(1))).toEqual(first);
  });
});
