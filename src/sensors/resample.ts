// Changes the rate of a sound with libsamplerate (Erik de Castro Lopo's band-limited sinc
// interpolation, compiled to WebAssembly). Its "medium" filter is cleaner than 16 bits can tell.

/** Rates that libsamplerate takes, hertz. */
export const RATES_HZ: readonly [number, number] = [1000, 192_000];

/** The sinc filter reaches this far beyond the end of the sound, in seconds of the slower rate. */
const TAIL_SAMPLES = 256;

type Converter = Awaited<ReturnType<(typeof import("@alexanderolsen/libsamplerate-js"))["create"]>>;

/** One for each pair of rates, kept: to make one compiles WebAssembly for 80 ms. */
const converters = new Map<string, Promise<Converter>>();

const converterOf = (fromHz: number, toHz: number): Promise<Converter> => {
  const pair = `${fromHz} ${toHz}`;
  const known = converters.get(pair);
  if (known) return known;
  const made = makeConverter(fromHz, toHz);
  converters.set(pair, made);
  return made;
};

const makeConverter = async (fromHz: number, toHz: number): Promise<Converter> => {
  // Two megabytes of WebAssembly, loaded only where a rate differs.
  const { create, ConverterType } = (await import("@alexanderolsen/libsamplerate-js")).default;
  return create(1, fromHz, toHz, { converterType: ConverterType.SRC_SINC_MEDIUM_QUALITY });
};

/** [samples at fromHz] -> [round(samples * toHz / fromHz)], without delay. */
export const resample = async (
  pcm: Float32Array,
  fromHz: number,
  toHz: number,
): Promise<Float32Array> => {
  if (fromHz === toHz) return pcm.slice();
  const converter = await converterOf(fromHz, toHz);
  const length = Math.round((pcm.length * toHz) / fromHz);
  const padded = new Float32Array(
    pcm.length + Math.ceil(TAIL_SAMPLES * Math.max(1, fromHz / toHz)),
  );
  padded.set(pcm);
  const out = new Float32Array(length);
  out.set(converter.simple(padded).subarray(0, length)); // simple: nothing is left over for the next
  return out;
};
