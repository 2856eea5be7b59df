// The bytes of a WAV file: mono, 16 bits, what every program reads.
// oxlint-disable-next-line import/default -- CommonJS: what it exports is its default
import wavefile from "wavefile";

/** [samples] in -1..1 at `rateHz` -> a whole file. */
export const wavBytes = (pcm: Float32Array, rateHz: number): Uint8Array => {
  const file = new wavefile.WaveFile();
  const steps = Int16Array.from(pcm, (sample) =>
    Math.min(32_767, Math.max(-32_768, Math.round(sample * 32_768))),
  );
  file.fromScratch(1, rateHz, "16", steps);
  return file.toBuffer();
};
