// Prosody, where the tone of a voice lives: pitch by YIN (de Cheveigné and Kawahara 2002) with
// parabolic interpolation, loudness below the speaker's peak, and the way the pitch moves; one id.

const F0_LOW_HZ = 60;
const F0_STEP_OCTAVES = 0.2;
const F0_BINS = 16; // 0 is unvoiced
const ENERGY_LEVELS = 8;
const SLOPES = 3;
const SLOPE_CUT_OCTAVES = 0.06;
// ln power against the running peak; below the first the level normaliser hears no speech, the
// others are near the quantiles of the recordings that the voice projection was measured on.
const ENERGY_EDGES: readonly number[] = [-4, -3, -2.2, -1.5, -1, -0.5, -0.1];

export const PROSODY_IDS = F0_BINS * ENERGY_LEVELS * SLOPES;
export const PROSODY_PARAMETERS = {
  f0LowHz: F0_LOW_HZ,
  f0StepOctaves: F0_STEP_OCTAVES,
  f0Bins: F0_BINS,
  energyEdges: ENERGY_EDGES,
  slopeCutOctaves: SLOPE_CUT_OCTAVES,
};

/** f0 0 (unvoiced) or 1..15, energy 0..7, slope 0 falling, 1 level, 2 rising. */
export interface Prosody {
  readonly f0: number;
  readonly energy: number;
  readonly slope: number;
}

/**
 * Id of a stretch of voice. f0Hz is 0 where unvoiced, energy in ln units of power against the running peak,
 * slope in octaves. Inside 60..480 Hz the decoded pitch is within 0.1 octave.
 */
export const prosodyId = (f0Hz: number, energy: number, slopeOctaves: number): number => {
  let level = 0;
  while (level < ENERGY_EDGES.length && energy >= ENERGY_EDGES[level]!) level++;
  let f0 = 0;
  if (f0Hz > 0) {
    const bin = 1 + Math.floor(Math.log2(f0Hz / F0_LOW_HZ) / F0_STEP_OCTAVES);
    f0 = Math.max(1, Math.min(F0_BINS - 1, bin));
  }
  let slope = 1;
  if (slopeOctaves > SLOPE_CUT_OCTAVES) slope = 2;
  else if (slopeOctaves < -SLOPE_CUT_OCTAVES) slope = 0;
  return (f0 * ENERGY_LEVELS + level) * SLOPES + slope;
};

/** The inverse of {@link prosodyId} in bins; an id outside the range counts as silence. */
export const readProsody = (id: number): Prosody => {
  const known = id >= 0 && id < PROSODY_IDS ? Math.floor(id) : 1;
  return {
    f0: Math.floor(known / (ENERGY_LEVELS * SLOPES)),
    energy: Math.floor(known / SLOPES) % ENERGY_LEVELS,
    slope: known % SLOPES,
  };
};

/** Middle of a pitch bin in hertz, 0 for unvoiced. */
export const f0HzOf = (f0: number): number =>
  f0 === 0 ? 0 : F0_LOW_HZ * 2 ** ((f0 - 0.5) * F0_STEP_OCTAVES);
