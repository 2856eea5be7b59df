// Reads a WAV file of any usual depth and any number of channels as the sound a microphone of the
// robot would have given: mono, at the robot's rate, on the 16-bit grid.
import { readFile } from "node:fs/promises";
// oxlint-disable-next-line import/default -- CommonJS: what it exports is its default
import wavefile from "wavefile";
import { EfferenceError, SensorError } from "../core/errors.ts";
import { quantise } from "./pcm.ts";
import { RATES_HZ, resample } from "./resample.ts";

const ADVICE = "expected a WAV of 8 to 32 bits; convert it: ffmpeg -i FILE -c:a pcm_s16le OUT.wav";

/** Bits a sample, as wavefile names them: the value that stands for 1, and the one for silence. */
const SCALES: Readonly<Record<string, readonly [number, number]>> = {
  "8": [2 ** 7, 2 ** 7],
  "16": [2 ** 15, 0],
  "24": [2 ** 23, 0],
  "32": [2 ** 31, 0],
  "32f": [1, 0],
  "64": [1, 0],
};

/** Sizes that programs write into a header when they don't know the length yet. */
const STREAMED_BYTES = 0x7fff_0000;

/** Codings of a format that says its coding elsewhere, as ffmpeg's floating point does. */
const EXTENSIBLE = 0xfffe;
const WHOLE_NUMBERS = 1;
const FLOATING_POINT = 3;

interface Chunks {
  readonly container: string;
  readonly fmt: {
    readonly audioFormat: number;
    readonly numChannels: number;
    readonly sampleRate: number;
    readonly subformat: readonly number[];
  };
  readonly data: { readonly chunkSize: number; readonly samples: Uint8Array };
  readonly bitDepth: string;
}

const downmix = (
  interleaved: Float64Array,
  channels: number,
  [one, zero]: readonly [number, number],
) => {
  const mono = new Float32Array(Math.floor(interleaved.length / channels));
  for (let i = 0; i < mono.length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += interleaved[i * channels + c]! - zero;
    mono[i] = sum / (channels * one);
  }
  return mono;
};

const floatsIn = (bytes: Uint8Array, isLittleEndian: boolean): Float64Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.floor(bytes.byteLength / 4);
  return Float64Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, isLittleEndian));
};

const decode = (bytes: Uint8Array): { mono: Float32Array; rateHz: number } => {
  const wav = new wavefile.WaveFile(bytes);
  const { container, fmt, data, bitDepth } = wav as unknown as Chunks;
  const coding = fmt.audioFormat === EXTENSIBLE ? fmt.subformat[0]! : undefined;
  if (coding !== undefined && coding !== WHOLE_NUMBERS && coding !== FLOATING_POINT)
    throw new SensorError(`found the coding ${coding} of an extensible format`);
  const isFloat = coding === FLOATING_POINT && bitDepth === "32"; // wavefile takes them for whole numbers
  const scale = SCALES[isFloat ? "32f" : bitDepth];
  const [least, most] = RATES_HZ;
  if (scale === undefined) throw new SensorError(`found ${bitDepth} bits a sample`);
  if (fmt.numChannels < 1) throw new SensorError("found no channel");
  if (fmt.sampleRate < least || fmt.sampleRate > most)
    throw new SensorError(`found a rate of ${fmt.sampleRate} Hz, outside ${least} to ${most}`);
  if (data.chunkSize > data.samples.length && data.chunkSize < STREAMED_BYTES)
    throw new SensorError(`found ${data.samples.length} of ${data.chunkSize} bytes of sound`);
  const samples = isFloat
    ? floatsIn(data.samples, container !== "RIFX")
    : wav.getSamples(true, Float64Array);
  if (samples.length === 0) throw new SensorError("found no sound behind its header");
  return { mono: downmix(samples, fmt.numChannels, scale), rateHz: fmt.sampleRate };
};

/**
 * The sound of a WAV file: [samples] mono at `rateHz`, multiples of 1/32768 in -1..1.
 * @throws SensorError for a file that is missing, cut short or no WAV
 */
export const readWavSound = async (file: string, rateHz: number): Promise<Float32Array> => {
  let found: string;
  try {
    const bytes = await readFile(file);
    const magic = bytes.subarray(0, 4).toString("latin1");
    if (bytes.length === 0) found = "found an empty file";
    else if (!["RIFF", "RIFX", "RF64"].includes(magic))
      found = `found ${JSON.stringify(magic)} at its start instead of "RIFF"`;
    else {
      const { mono, rateHz: fromHz } = decode(bytes);
      return quantise(await resample(mono, fromHz, rateHz));
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT")
      throw new SensorError(`sound ${file}: found no such file; check its name`);
    found = error instanceof EfferenceError ? message : `found a broken header (${message})`;
  }
  throw new SensorError(`sound ${file}: ${found}; ${ADVICE.replace("FILE", file)}`);
};
