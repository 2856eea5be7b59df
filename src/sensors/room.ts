// What a clean voice becomes on its way to a cheap microphone: another colour, another level, and
// noise. Filters: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients";
// pink noise: P. Kellet's three-pole filter, within 0.5 dB of -3 dB an octave.
import type { Random } from "../core/random.ts";

interface RoomOptions {
  readonly rateHz: number;
  /** Root mean square of the speech, dB of full scale. */
  readonly levelDb: number;
  /** The noise lies this far under the speech, somewhere between the two, dB. */
  readonly noiseDb: readonly [low: number, high: number];
}

/** Beyond this the whole is turned down, so that nothing clips. */
const HIGHEST_PEAK = 0.9;

/** Room noise before the speech and after it, seconds. */
const MARGIN_S: readonly [number, number] = [0.06, 0.2];

type Shape = "lowShelf" | "peak" | "highShelf";

/** Filters in place: a gain of `gainDb` below, around or above `cornerHz`. */
const colour = (
  pcm: Float32Array,
  shape: Shape,
  { gainDb, turn }: { gainDb: number; turn: number /* corner, radians a sample */ },
): void => {
  const a = 10 ** (gainDb / 40);
  const cos = Math.cos(turn);
  const alpha = (Math.sin(turn) / 2) * Math.SQRT2; // a quality of 0.71: smooth, no ringing
  const root = 2 * Math.sqrt(a) * alpha;
  const up = a + 1;
  const down = a - 1;
  // A high shelf is a low shelf with the frequency axis mirrored.
  const c = shape === "highShelf" ? -cos : cos;
  const mirror = shape === "highShelf" ? -1 : 1;
  const [b0, b1, b2, a0, a1, a2] =
    shape === "peak"
      ? ([1 + alpha * a, -2 * cos, 1 - alpha * a, 1 + alpha / a, -2 * cos, 1 - alpha / a] as const)
      : ([
          a * (up - down * c + root),
          mirror * 2 * a * (down - up * c),
          a * (up - down * c - root),
          up + down * c + root,
          mirror * -2 * (down + up * c),
          up + down * c - root,
        ] as const);
  let s1 = 0;
  let s2 = 0;
  for (let i = 0; i < pcm.length; i++) {
    const x = pcm[i]!;
    const y = (b0 * x + s1) / a0;
    s1 = b1 * x - a1 * y + s2;
    s2 = b2 * x - a2 * y;
    pcm[i] = y;
  }
};

const pinkNoise = (length: number, random: Random): Float32Array => {
  const noise = new Float32Array(length);
  let [slow, middle, fast] = [0, 0, 0];
  for (let i = 0; i < length; i++) {
    const white = random.uniform(-1, 1);
    slow = 0.99765 * slow + 0.099046 * white;
    middle = 0.963 * middle + 0.2965164 * white;
    fast = 0.57 * fast + 1.0526913 * white;
    noise[i] = slow + middle + fast + 0.1848 * white;
  }
  return noise;
};

const rms = (pcm: Float32Array): number =>
  Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length);

/** [samples] of speech -> [samples + the noise around it], what the microphone hears, inside -1..1. */
export const hearInRoom = (
  speech: Float32Array,
  { rateHz, levelDb, noiseDb }: RoomOptions,
  random: Random,
): Float32Array => {
  const voice = speech.slice();
  const bend = (shape: Shape, lowHz: number, highHz: number): void => {
    const cornerHz = lowHz * (highHz / lowHz) ** random.uniform();
    colour(voice, shape, { gainDb: random.normal(3), turn: (2 * Math.PI * cornerHz) / rateHz });
  };
  bend("lowShelf", 150, 500);
  bend("peak", 500, 3000);
  bend("highShelf", 2500, 6000);
  const margin = (): number => Math.round(random.uniform(...MARGIN_S) * rateHz);
  const lead = margin();
  const heard = pinkNoise(lead + voice.length + margin(), random);
  const level = 10 ** (levelDb / 20);
  const noiseGain = (level * 10 ** (-random.uniform(...noiseDb) / 20)) / rms(heard);
  const loudness = rms(voice);
  const voiceGain = loudness > 0 ? level / loudness : 0;
  let peak = 0;
  for (let i = 0; i < heard.length; i++) {
    heard[i] = heard[i]! * noiseGain + (voice[i - lead] ?? 0) * voiceGain;
    peak = Math.max(peak, Math.abs(heard[i]!));
  }
  const turnedDown = Math.min(1, HIGHEST_PEAK / peak);
  return turnedDown === 1 ? heard : heard.map((sample) => sample * turnedDown);
};
