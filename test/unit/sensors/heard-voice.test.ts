import { describe, expect, it } from "vitest";
import { Random } from "../../../src/core/random.ts";
import { type Differences, recordVoice, Room } from "../../../src/sensors/heard-voice.ts";
import { bandEdgesHz } from "../../../src/tokens/log-mel.ts";
import { type SoundFrame, SoundAnalyser } from "../../../src/tokens/sound-frames.ts";

const RATE_HZ = 16_000;
const BANDS = 32;
const NONE: Differences = { pace: 0, throat: 0, pitch: 0, noiseDb: [80, 80] };

/** A vowel of a second: harmonics of `f0Hz` under one resonance. */
const vowel = (f0Hz: number, resonanceHz: number): Float32Array => {
  const pcm = new Float32Array(RATE_HZ);
  for (let k = 1; k * f0Hz < 7000; k++) {
    const gain = 0.1 / (1 + ((k * f0Hz - resonanceHz) / 150) ** 2);
    for (let i = 0; i < pcm.length; i++)
      pcm[i]! += gain * Math.sin((2 * Math.PI * k * f0Hz * i) / RATE_HZ);
  }
  return pcm;
};
const frames = (pcm: Float32Array, differences: Differences, seed = 1): SoundFrame[] => {
  const voice = recordVoice(pcm, RATE_HZ, BANDS);
  const random = new Random(seed);
  const room = new Room(RATE_HZ, BANDS, { level: voice.level, differences, random });
  return Array.from(room.hear(voice), (frame) => ({ ...frame, bands: frame.bands.slice() }));
};
/** The frequency around which the middle of a sound has its power, hertz. */
const centreHz = (all: readonly SoundFrame[]): number => {
  const edges = bandEdgesHz(RATE_HZ, BANDS);
  const { bands } = all[all.length >> 1]!;
  let [sum, weight] = [0, 0];
  for (const [b, [low, high]] of edges.entries()) {
    const power = Math.exp(bands[b]!);
    sum += power * Math.log((low + high) / 2);
    weight += power;
  }
  return Math.exp(sum / weight);
};

describe("a recorded voice", () => {
  it("is heard as it was analysed, but for the colour and loudness of the room", () => {
    const pcm = vowel(120, 1000);
    const analysed: SoundFrame[] = [];
    new SoundAnalyser(RATE_HZ, BANDS).push(pcm, (frame) =>
      analysed.push({ ...frame, bands: frame.bands.slice() }),
    );
    const heard = frames(pcm, NONE);
    expect(Math.abs(heard.length - analysed.length)).toBeLessThanOrEqual(1);
    const [one, other] = [heard[25]!, analysed[25]!];
    expect(one.f0Hz).toBeCloseTo(other.f0Hz, 0);
    // Colour is a smooth curve: from band to band the two differ alike.
    const gaps = Array.from(one.bands, (value, b) => value - other.bands[b]!);
    for (let b = 1; b < 16; b++) expect(Math.abs(gaps[b]! - gaps[b - 1]!)).toBeLessThan(0.6);
  });

  it("takes more or less time, its pitch stays; and the other way round", () => {
    const pcm = vowel(120, 1000);
    const paces = Array.from({ length: 12 }, (_, i) => frames(pcm, { ...NONE, pace: 0.3 }, i));
    const lengths = paces.map(({ length }) => length);
    expect(Math.min(...lengths)).toBeLessThan(42);
    expect(Math.max(...lengths)).toBeGreaterThan(58);
    for (const all of paces) expect(all[20]!.f0Hz).toBeCloseTo(120, 0);
    const pitches = Array.from({ length: 12 }, (_, i) => frames(pcm, { ...NONE, pitch: 0.3 }, i));
    expect(Math.max(...pitches.map((all) => all[20]!.f0Hz))).toBeGreaterThan(130);
    expect(Math.min(...pitches.map((all) => all[20]!.f0Hz))).toBeLessThan(110);
    for (const all of pitches) expect(Math.abs(all.length - 50)).toBeLessThanOrEqual(1);
  });

  it("has its resonance elsewhere in another throat, within the ranges given", () => {
    const centres = Array.from({ length: 20 }, (_, i) =>
      centreHz(frames(vowel(120, 1000), { ...NONE, throat: 0.2 }, i)),
    );
    expect(Math.max(...centres) / Math.min(...centres)).toBeGreaterThan(1.2);
    expect(Math.max(...centres)).toBeLessThan(1000 * Math.exp(0.2) * 1.15);
    expect(Math.min(...centres)).toBeGreaterThan(1000 * Math.exp(-0.2) * 0.85);
  });

  it("is followed by nothing at all in a silent room, and by noise in another", () => {
    const voice = recordVoice(vowel(120, 1000), RATE_HZ, BANDS);
    const pauses = (silent: number): number[] => {
      const differences = { ...NONE, noiseDb: [30, 30] as const, silent };
      const random = new Random(5);
      const room = new Room(RATE_HZ, BANDS, { level: voice.level, differences, random });
      return Array.from(room.pause(200), ({ energy }) => energy);
    };
    expect(Math.max(...pauses(1))).toBeLessThan(-18);
    expect(Math.min(...pauses(0))).toBeGreaterThan(-18);
  });

  it("loses its pitch in noise as loud as itself, and lies as far above it as was asked for", () => {
    const pcm = vowel(120, 1000);
    expect(frames(pcm, { ...NONE, noiseDb: [30, 30] })[25]!.f0Hz).toBeGreaterThan(0);
    expect(frames(pcm, { ...NONE, noiseDb: [0, 0] })[25]!.f0Hz).toBe(0);
    const voice = recordVoice(pcm, RATE_HZ, BANDS);
    const differences = { ...NONE, noiseDb: [20, 20] as const };
    const random = new Random(7);
    const room = new Room(RATE_HZ, BANDS, { level: voice.level, differences, random });
    const meanEnergy = (all: Iterable<SoundFrame>): number => {
      let [sum, count] = [0, 0];
      for (const { energy } of all) {
        sum += Math.exp(energy);
        count++;
      }
      return Math.log(sum / count);
    };
    const overDb = ((meanEnergy(room.hear(voice)) - meanEnergy(room.pause(2000))) * 10) / Math.LN10;
    expect(overDb).toBeGreaterThan(13); // colour and loudness of one voice are on top of it
    expect(overDb).toBeLessThan(27);
  });
});
