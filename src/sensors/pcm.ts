// Sound as every microphone here gives it: mono, in blocks of 20 ms, on the grid of 16-bit samples,
// so that a session that stores 16 bits gives back exactly what the robot heard.

export const BLOCK_NS = 20_000_000;

export const STEPS = 32_768;

/** Samples in a block. @throws RangeError where 20 ms are no whole number of samples */
export const blockLength = (rateHz: number): number => {
  const length = (rateHz * BLOCK_NS) / 1e9;
  if (!Number.isInteger(length) || length < 1)
    throw new RangeError(`found a rate of ${rateHz} Hz; write a multiple of 50`);
  return length;
};

/** Moves every sample to the nearest 16-bit value, in place; what is no number becomes silence. */
export const quantise = (pcm: Float32Array): Float32Array => {
  for (let i = 0; i < pcm.length; i++) {
    const step = Math.round((pcm[i]! || 0) * STEPS);
    pcm[i] = Math.min(STEPS - 1, Math.max(-STEPS, step)) / STEPS;
  }
  return pcm;
};

/** [samples * 2] little-endian 16-bit bytes -> [samples] in -1..1 */
export const fromS16 = (bytes: Buffer): Float32Array => {
  const pcm = new Float32Array(bytes.length >> 1);
  for (let i = 0; i < pcm.length; i++) pcm[i] = bytes.readInt16LE(2 * i) / STEPS;
  return pcm;
};
