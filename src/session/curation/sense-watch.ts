// Whether a sense worked in an episode: how often it told something, how long it was silent, and how long it
// told exactly the same although it has noise. A camera that hangs goes on giving its last picture.
import { NS_PER_S } from "../../core/clock.ts";
import type { Sample } from "../../core/ports.ts";
import type { SensorDescription } from "../../core/robot.ts";
import { IMPORTED_BODY } from "../session-header.ts";

/** Of its rate in robot.yaml, what a sense must keep. */
const LEAST_RATE = 0.5;
/** Silence that is a gap: so long, and so many of its periods. */
const GAP_NS = NS_PER_S;
const GAP_PERIODS = 5;
/**
 * The same to the last bit for so long is frozen; silence in a room is quiet, but never that equal. That of a robot that
 * nobody lends an ear is: only what was heard before can freeze.
 */
const FROZEN_NS = { image: 1 * NS_PER_S, values: 2 * NS_PER_S, audio: 5 * NS_PER_S } as const;

export class SenseWatch {
  readonly #sensor: SensorDescription;
  readonly #startNs: number;
  readonly #hasRate: boolean;
  /** Whether its readings have noise, so that equal ones are a fault. */
  readonly #isNoisy: boolean;
  #count = 0;
  #soundNs = 0; // how much sound was given
  #lastNs: number;
  #longestGapNs = 0;
  #print = NaN; // of the last sample
  #wasHeard = false;
  #sameSinceNs = 0;
  #longestSameNs = 0;
  #kind: Sample["kind"] | undefined;

  /** `body`: a simulated camera or WAV file has no noise of its own, what was put on a grid no rate either. */
  constructor(sensor: SensorDescription, startNs: number, body: string) {
    this.#sensor = sensor;
    this.#startNs = this.#lastNs = startNs;
    const isSimulated = body === "simulation" || body === "emulator";
    const noise =
      "noise" in sensor ? sensor.noise : sensor.kind === "joints" || isSimulated ? 0 : 1;
    this.#hasRate = body !== IMPORTED_BODY;
    this.#isNoisy = this.#hasRate && noise > 0;
  }

  /** Whether it told anything. */
  get isAlive(): boolean {
    return this.#count > 0;
  }

  add(sample: Sample): void {
    const { timeNs } = sample;
    this.#kind = sample.kind;
    this.#count++;
    if (sample.kind === "audio") this.#soundNs += (sample.pcm.length / sample.rateHz) * NS_PER_S;
    this.#longestGapNs = Math.max(this.#longestGapNs, timeNs - this.#lastNs);
    this.#lastNs = timeNs;
    if (!this.#isNoisy) return;
    if (sample.kind === "audio") this.#wasHeard ||= sample.pcm.some((value) => value !== 0);
    const isNothing = sample.kind === "audio" && !this.#wasHeard;
    const print = isNothing || this.#isAtEnd(sample) ? NaN : printOf(sample);
    if (print !== this.#print) this.#sameSinceNs = timeNs; // NaN is never the same
    this.#print = print;
    this.#longestSameNs = Math.max(this.#longestSameNs, timeNs - this.#sameSinceNs);
  }

  /** What was wrong with it until the episode's end, in words; not that it was never there. */
  faults(endNs: number): string[] {
    if (this.#kind === undefined) return [];
    const { name, rateHz, kind } = this.#sensor;
    const seconds = (ns: number): string => `${(ns / NS_PER_S).toFixed(1)} s`;
    const durationNs = endNs - this.#startNs;
    const faults: string[] = [];
    const share =
      kind === "microphone"
        ? this.#soundNs / durationNs
        : this.#count / ((rateHz * durationNs) / NS_PER_S);
    const gapNs = Math.max(this.#longestGapNs, endNs - this.#lastNs);
    const periodNs = kind === "microphone" ? 0 : NS_PER_S / rateHz;
    if (this.#longestSameNs >= FROZEN_NS[this.#kind])
      faults.push(`${name} frozen for ${seconds(this.#longestSameNs)}`);
    if (gapNs > Math.max(GAP_NS, GAP_PERIODS * periodNs))
      faults.push(`${name} silent for ${seconds(gapNs)}`);
    else if (this.#hasRate && durationNs > 2 * GAP_NS && share < LEAST_RATE)
      faults.push(`${name} gave ${Math.round(100 * share)} % of what its rate promises`);
    return faults;
  }

  /** A reading at an end of its range may stay there: what is beyond can't be told. */
  #isAtEnd(sample: Sample): boolean {
    if (sample.kind !== "values" || !("range" in this.#sensor)) return false;
    const [low, high] = this.#sensor.range;
    return sample.values[0]! <= low || sample.values[0]! >= high;
  }
}

/** A number that differs where samples do, but for one in 2^32 (FNV-1a). */
const printOf = (sample: Sample): number => {
  const { buffer, byteOffset, byteLength } =
    sample.kind === "image"
      ? sample.rgb
      : sample.kind === "audio"
        ? quietest(sample.pcm)
        : sample.values;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
};

/** Of a block of one and the same number that number, so that blocks of any length compare. */
const quietest = (pcm: Float32Array): Float32Array =>
  pcm.every((value) => value === pcm[0]) ? pcm.subarray(0, 1) : pcm;
