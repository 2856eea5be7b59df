// Looks after the senses while something is recorded that can't be recorded twice: which are slower than
// robot.yaml says, which live camera shows the same picture again and again, which live microphone hears
// nothing at all. Digital silence and equal pictures are the marks of a device that hangs: a real one has noise.
import { NS_PER_S } from "../core/clock.ts";
import type { Sample } from "../core/ports.ts";
import type { SensorDescription } from "../core/robot.ts";

export interface SensorWatchOptions {
  /** Those that should be heard of. */
  readonly sensors: readonly SensorDescription[];
  /** Names of those whose device is real. */
  readonly live: ReadonlySet<string>;
}

interface Watched {
  readonly sensor: SensorDescription;
  /** Samples, of sound those in its blocks, in this window and, per second, in the last. */
  count: number;
  rateHz: number;
  /** When something last changed in it, and what it was then. */
  changedNs: number;
  last: Sample | undefined;
}

/** Rates are counted over so long. */
const WINDOW_NS = 2 * NS_PER_S;
/** A sensor slower than this share of its rate is told of. */
const SLOW_SHARE = 0.8;
const STILL_NS = 3 * NS_PER_S;
/** A microphone with any noise at all is louder. */
const SILENT = 1e-4;

export class SensorWatch {
  readonly #watched: ReadonlyMap<string, Watched>;
  readonly #live: ReadonlySet<string>;
  #windowNs: number | undefined;

  constructor({ sensors, live }: SensorWatchOptions) {
    this.#live = live;
    this.#watched = new Map(
      sensors.map((sensor) => [
        sensor.name,
        { sensor, count: 0, rateHz: sensor.rateHz, changedNs: 0, last: undefined },
      ]),
    );
  }

  take(sample: Sample): void {
    const watched = this.#watched.get(sample.sensor);
    if (watched === undefined) return;
    watched.count += sample.kind === "audio" ? sample.pcm.length : 1;
    if (!this.#live.has(sample.sensor)) return;
    if (isAlive(sample, watched.last)) watched.changedNs = sample.timeNs;
    watched.last = sample;
  }

  /** What is wrong at this stamp, a line each; to be asked now and then. */
  warnings(nowNs: number): string[] {
    this.#windowNs ??= nowNs;
    const elapsedNs = nowNs - this.#windowNs;
    if (elapsedNs >= WINDOW_NS) {
      for (const watched of this.#watched.values()) {
        watched.rateHz = (watched.count / elapsedNs) * NS_PER_S;
        watched.count = 0;
      }
      this.#windowNs = nowNs;
    }
    return [...this.#watched.values()].flatMap((watched) => this.#wrong(watched, nowNs) ?? []);
  }

  #wrong({ sensor, rateHz, changedNs }: Watched, nowNs: number): string | undefined {
    const { name, kind } = sensor;
    if (rateHz === 0) return `${name} says nothing`;
    if (rateHz < SLOW_SHARE * sensor.rateHz)
      return `${name} is slow: ${rateHz.toFixed(rateHz < 10 ? 1 : 0)} of ${sensor.rateHz} Hz`;
    if (!this.#live.has(name) || nowNs - changedNs < STILL_NS) return undefined;
    if (kind === "camera") return `${name} is frozen`;
    return kind === "microphone" ? `${name} is silent` : undefined;
  }
}

/** Whether a sample shows that its device lives. */
const isAlive = (sample: Sample, last: Sample | undefined): boolean => {
  if (sample.kind === "audio") return sample.pcm.some((value) => Math.abs(value) > SILENT);
  if (sample.kind !== "image" || last?.kind !== "image") return true;
  return Buffer.compare(sample.rgb, last.rgb) !== 0;
};
