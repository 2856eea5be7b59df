// How a pace is spoken. A pace is the time scale of the robot's motion (calm 1.6, urgent 0.6), and a
// person in a hurry speaks faster, higher, with more rise and fall, and louder. Every quantity
// scatters around its pace, so that neighbouring paces overlap in the tails.
import type { Random } from "../core/random.ts";

interface SpeakingStyle {
  readonly wordsPerMinute: number;
  /** 0..99, 50 is the speaker's own. */
  readonly pitch: number;
  /** Per cent of the speaker's own rise and fall. */
  readonly pitchRange: number;
  /** Root mean square of the speech, dB of full scale. */
  readonly levelDb: number;
}

const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));

/**
 * Paces at scales 1.6, 1 and 0.6 lie some five deviations apart in rate, of which accents, short words and
 * noise leave some three in what can be heard of it; three in pitch and two in level.
 */
export const drawStyle = (paceScale: number, random: Random): SpeakingStyle => {
  const hurry = -Math.log(paceScale);
  return {
    wordsPerMinute: clamp(170 * Math.exp(1.2 * hurry + random.normal(0.09)), 80, 450),
    pitch: clamp(50 + 53 * hurry + random.normal(8), 0, 99),
    pitchRange: clamp(100 * Math.exp(1.1 * hurry + random.normal(0.2)), 20, 300),
    levelDb: clamp(-26 + 12 * hurry + random.normal(2.5), -45, -12),
  };
};
