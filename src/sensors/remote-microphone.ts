// A microphone at the far end of a network or of a busy browser: its blocks come late, in bursts and with holes,
// and each tells its place on the far end's own count of samples. A stamp is that count put on this clock, by the
// block that was on its way the shortest; so it tells when something was said, not when it arrived.
import { type Observable, Subject } from "rxjs";
import { type Clock, NS_PER_S } from "../core/clock.ts";
import type { AudioSample, Sensor } from "../core/ports.ts";
import { BLOCK_NS, blockLength, STEPS } from "./pcm.ts";

export interface RemoteMicrophoneOptions {
  /** Name of the sensor in robot.yaml. */
  readonly name: string;
  readonly rateHz: number;
  readonly clock: Clock;
}

/** Blocks follow each other without a seam as long as count and clock agree to this. */
const SEAM_NS = 5e6;
/** What was said longer ago is not heard any more. */
const LATEST_NS = NS_PER_S;
/** Two quartzes differ by less, as a share: so fast the far end's count may fall behind. */
const DRIFT = 2e-4;

export class RemoteMicrophone implements Sensor {
  readonly name: string;
  readonly samples: Observable<AudioSample>;
  readonly #heard = new Subject<AudioSample>();
  readonly #options: RemoteMicrophoneOptions;
  readonly #length: number;
  /** Stamp of the count's beginning. */
  #originNs: number | undefined;
  #arrivedNs = 0;
  #nextCount = 0;
  /** Since when everything has come too late. */
  #lateNs: number | undefined;
  #nextNs = -Infinity;

  /** @throws RangeError where 20 ms are no whole number of samples */
  constructor(options: RemoteMicrophoneOptions) {
    this.#options = options;
    this.name = options.name;
    this.samples = this.#heard.asObservable();
    this.#length = blockLength(options.rateHz);
  }

  /**
   * Takes a block of 20 ms: `count` samples of the far end were before it. Returns whether it is heard: one of another
   * size, from the future, from before the last one or from more than a second ago is not.
   */
  take(count: number, steps: Int16Array): boolean {
    if (steps.length !== this.#length || !Number.isSafeInteger(count) || count < 0) return false;
    const { name, rateHz, clock } = this.#options;
    const nowNs = clock.nowNs();
    const sinceNs = (count * NS_PER_S) / rateHz;
    // Where all of it comes too late, as it may on a machine that is overloaded, late is better than never.
    const isLate = this.#lateNs !== undefined && nowNs - this.#lateNs > LATEST_NS;
    const isBack = count < this.#nextCount - this.#length;
    const isNew = this.#originNs === undefined || isBack || isLate;
    // Nothing arrives before it was said: the earliest arrival tells the most.
    const latestNs = nowNs - sinceNs - BLOCK_NS;
    const oldNs = this.#originNs! + DRIFT * (nowNs - this.#arrivedNs);
    this.#originNs = isNew ? latestNs : Math.min(oldNs, latestNs);
    this.#arrivedNs = nowNs;
    const isNext = !isNew && count === this.#nextCount;
    this.#nextCount = count + this.#length;
    const countedNs = this.#originNs + sinceNs;
    const isSeamless = isNext && Math.abs(countedNs - this.#nextNs) < SEAM_NS;
    const timeNs = Math.round(isSeamless ? this.#nextNs : countedNs);
    if (timeNs < nowNs - LATEST_NS) this.#lateNs ??= nowNs;
    else this.#lateNs = undefined;
    if (timeNs < this.#nextNs - SEAM_NS || this.#lateNs !== undefined) return false;
    this.#nextNs = timeNs + BLOCK_NS;
    const pcm = new Float32Array(steps.length);
    for (let i = 0; i < pcm.length; i++) pcm[i] = steps[i]! / STEPS;
    this.#heard.next({ kind: "audio", sensor: name, timeNs, rateHz, pcm });
    return true;
  }
}
