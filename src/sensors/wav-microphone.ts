// A microphone that hears WAV files, as if they were spoken to the robot one after another. It
// gives the same blocks at the same stamps on a simulated clock and on the real one.
import { resolve } from "node:path";
import { Observable } from "rxjs";
import { type Clock, NS_PER_MS, NS_PER_S, every } from "../core/clock.ts";
import type { AudioSample, Cue, Sensor } from "../core/ports.ts";
import type { Labels } from "./labels.ts";
import { BLOCK_NS, blockLength } from "./pcm.ts";
import { spokenSpan } from "./spoken-span.ts";
import { readWavSound } from "./wav-sound.ts";

interface WavMicrophoneOptions {
  /** Name of the sensor in robot.yaml. */
  readonly name: string;
  readonly rateHz: number;
  readonly clock: Clock;
  readonly files: readonly string[];
  /** What is spoken, by absolute path; a file without a label makes no cue. */
  readonly labels?: Labels;
  /** Silence before the first file, and after each; milliseconds. */
  readonly leadMs?: number;
  readonly gapMs?: number;
  /** The stamp at which the lead begins; by default now. */
  readonly startNs?: number;
}

export class WavMicrophone implements Sensor {
  readonly name: string;
  readonly samples: Observable<AudioSample>;
  /** When each labelled file is spoken, from its first sound to its last. */
  readonly cues: readonly Cue[];
  /** The stamp at which the last gap is over; silence goes on after it. */
  readonly endNs: number;
  readonly #rateHz: number;
  readonly #clock: Clock;
  readonly #startNs: number;
  /** All that will be heard, [samples], whole blocks. */
  readonly program: Float32Array;

  /** @throws SensorError for a file that can't be read */
  static async open(options: WavMicrophoneOptions): Promise<WavMicrophone> {
    blockLength(options.rateHz);
    const sounds = await Promise.all(
      options.files.map((file) => readWavSound(file, options.rateHz)),
    );
    return new WavMicrophone(options, sounds);
  }

  private constructor(options: WavMicrophoneOptions, sounds: readonly Float32Array[]) {
    const { name, rateHz, clock, files, labels, leadMs = 300, gapMs = 1500 } = options;
    this.name = name;
    this.#rateHz = rateHz;
    this.#clock = clock;
    this.#startNs = options.startNs ?? clock.nowNs();

    const stampOf = (sample: number): number => this.#startNs + (sample * NS_PER_S) / rateHz;
    const silence = (ms: number): number => Math.round((ms * NS_PER_MS * rateHz) / NS_PER_S);
    const block = blockLength(rateHz);
    const total = sounds.reduce((sum, pcm) => sum + pcm.length + silence(gapMs), silence(leadMs));
    const cues: Cue[] = [];
    this.program = new Float32Array(Math.ceil(total / block) * block);
    let at = silence(leadMs);
    for (const [index, pcm] of sounds.entries()) {
      this.program.set(pcm, at);
      const label = labels?.get(resolve(files[index]!));
      if (label !== undefined) {
        const [from, to] = spokenSpan(pcm, rateHz);
        cues.push({
          ...label,
          startNs: Math.round(stampOf(at + from)),
          endNs: Math.round(stampOf(at + to)),
        });
      }
      at += pcm.length + silence(gapMs);
    }
    this.cues = cues;
    this.endNs = Math.round(stampOf(total));
    this.samples = this.#play();
  }

  #play(): Observable<AudioSample> {
    return new Observable((subscriber) => {
      // A late listener joins at the next block: what was said before it came is over.
      let index = Math.max(0, Math.ceil((this.#clock.nowNs() - this.#startNs) / BLOCK_NS));
      const endOf = (i: number): number => this.#startNs + (i + 1) * BLOCK_NS;
      return every(this.#clock, BLOCK_NS, endOf(index)).subscribe(() => {
        // A sound card buffers through a stall of the program, and so does this one: no block is lost.
        while (endOf(index) <= this.#clock.nowNs() && !subscriber.closed)
          subscriber.next(this.#block(index++));
      });
    });
  }

  #block(index: number): AudioSample {
    const length = blockLength(this.#rateHz);
    const from = index * length;
    const heard = from < this.program.length;
    return {
      kind: "audio",
      sensor: this.name,
      timeNs: this.#startNs + index * BLOCK_NS,
      rateHz: this.#rateHz,
      // A copy, not a view: sent to a worker, a view would drag the whole program along.
      pcm: heard ? this.program.slice(from, from + length) : new Float32Array(length),
    };
  }
}
