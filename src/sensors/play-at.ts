// Plays a sound at another speed, pitch and formants with it, by windowed-sinc interpolation. It is
// beside resample.ts because that compiles 80 ms of WebAssembly a call, longer than the synthesis of
// a command takes; this is accurate to some 80 dB, which the noise of any room drowns.

/** Zero crossings of the sinc on either side. */
const CROSSINGS = 24;
/** Entries of the table a zero crossing. */
const STEPS = 512;
/** Where the filter ends, as a share of the lower of the two Nyquist frequencies. */
const PASSED = 0.93;

/** [CROSSINGS * STEPS + 2] sinc under a Blackman window, one half of it. */
const KERNEL = Float64Array.from({ length: CROSSINGS * STEPS + 2 }, (_, i) => {
  const turn = (Math.PI * i) / STEPS;
  const window = 0.42 + 0.5 * Math.cos(turn / CROSSINGS) + 0.08 * Math.cos((2 * turn) / CROSSINGS);
  return (i === 0 ? 1 : Math.sin(turn) / turn) * (i > CROSSINGS * STEPS ? 0 : window);
});

/** [samples] at `fromHz` (any positive number) -> [round(samples * toHz / fromHz)], without delay. */
export const playAt = (pcm: Float32Array, fromHz: number, toHz: number): Float32Array => {
  const out = new Float32Array(Math.round((pcm.length * toHz) / fromHz));
  const band = PASSED * Math.min(1, toHz / fromHz);
  const reach = CROSSINGS / band; // samples of the input
  for (let i = 0; i < out.length; i++) {
    const middle = (i * fromHz) / toHz;
    const last = Math.min(pcm.length - 1, Math.floor(middle + reach));
    let sum = 0;
    for (let n = Math.max(0, Math.ceil(middle - reach)); n <= last; n++) {
      const at = Math.abs(n - middle) * band * STEPS;
      const entry = Math.floor(at);
      const below = KERNEL[entry]!;
      sum += pcm[n]! * (below + (at - entry) * (KERNEL[entry + 1]! - below));
    }
    out[i] = sum * band;
  }
  return out;
};
