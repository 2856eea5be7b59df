// Cuts the bytes of a live recorder into stamped blocks of 20 ms. Bytes arrive in bursts, samples are
// taken at an even rate: so the stamps count samples, from the first arrival on.
import type { Clock } from "../core/clock.ts";
import type { AudioSample } from "../core/ports.ts";
import { BLOCK_NS, blockLength, fromS16 } from "./pcm.ts";

export interface BlockCutterOptions {
  /** Name of the sensor in robot.yaml. */
  readonly name: string;
  readonly rateHz: number;
  readonly clock: Clock;
}

/** When arrival is this far behind the count, the device has lost sound: the count starts anew. */
const RESYNC_NS = 100_000_000;
/** What each block makes good of a count that is more than a block ahead of arrival: no sound comes before it was taken. */
const CATCH_UP = 1 / 64;

export class BlockCutter {
  readonly #options: BlockCutterOptions;
  readonly #blockBytes: number;
  /** No sound is older than this: the recorder starts after it. */
  readonly #bornNs: number;
  #rest = Buffer.alloc(0);
  #nextNs: number | undefined;

  constructor(options: BlockCutterOptions) {
    this.#options = options;
    this.#bornNs = options.clock.nowNs();
    this.#blockBytes = 2 * blockLength(options.rateHz);
  }

  /** Takes little-endian 16-bit mono sound as it arrives, and gives the blocks it completes. */
  push(bytes: Buffer): AudioSample[] {
    const { name, rateHz, clock } = this.#options;
    this.#rest = Buffer.concat([this.#rest, bytes]);
    // The last byte has just been taken, so the first was taken a buffer's length ago.
    const heldNs = Math.round((this.#rest.length / this.#blockBytes) * BLOCK_NS);
    const takenNs = Math.max(this.#bornNs, clock.nowNs() - heldNs);
    this.#nextNs ??= takenNs;
    if (takenNs - this.#nextNs > RESYNC_NS) this.#nextNs = takenNs;
    const samples: AudioSample[] = [];
    const aheadNs = this.#nextNs - takenNs - BLOCK_NS; // of a fast device, or after a leap too far; never a leap back
    const stepNs = BLOCK_NS - Math.round(Math.min(BLOCK_NS / 2, Math.max(0, aheadNs) * CATCH_UP));
    while (this.#rest.length >= this.#blockBytes) {
      const pcm = fromS16(this.#rest.subarray(0, this.#blockBytes));
      samples.push({ kind: "audio", sensor: name, timeNs: this.#nextNs, rateHz, pcm });
      this.#rest = this.#rest.subarray(this.#blockBytes);
      this.#nextNs += stepNs;
    }
    return samples;
  }
}
