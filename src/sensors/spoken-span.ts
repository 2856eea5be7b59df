// Where in a recording somebody speaks.

/** From the first to beyond the last sample that is not silence: windows of 10 ms within 40 dB of the loudest. */
export const spokenSpan = (pcm: Float32Array, rateHz: number): readonly [number, number] => {
  const window = Math.max(1, Math.round(rateHz / 100));
  const energies: number[] = [];
  let loudest = 0;
  for (let from = 0; from < pcm.length; from += window) {
    let energy = 0;
    for (let i = from; i < Math.min(from + window, pcm.length); i++) energy += pcm[i]! ** 2;
    energies.push(energy);
    loudest = Math.max(loudest, energy);
  }
  const threshold = loudest * 1e-4;
  const first = energies.findIndex((energy) => energy > threshold);
  const last = energies.findLastIndex((energy) => energy > threshold);
  return first < 0 ? [0, pcm.length] : [first * window, Math.min((last + 1) * window, pcm.length)];
};
