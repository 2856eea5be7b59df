// The front half of the voice codec: sound cut into frames of one hop, each as the powers of its bands and
// the pitch of its voice. What is done to a voice between the two halves (sensors/heard-voice.ts) costs
// a hundredth of what it costs to do it to the sound.
import { HOP_MS, LogMel } from "./log-mel.ts";
import { PitchTracker } from "./pitch.ts";

export interface SoundFrame {
  /** [bands] ln power. */
  readonly bands: Float32Array;
  /** ln power of all bands. */
  energy: number;
  /** 0 where unvoiced. */
  f0Hz: number;
}

/** Called for each frame, after how many of the samples pushed; the frame is overwritten by the next. */
type FrameListener = (frame: SoundFrame, consumed: number) => void;

/** Analyses one sound, block after block. */
export class SoundAnalyser {
  readonly #mel: LogMel;
  readonly #pitch: PitchTracker;
  readonly #hop: number;
  readonly #past: number;
  readonly #pcm: Float32Array; // what the frames look back at, then the hop that is filling
  readonly #frame: SoundFrame;
  #filled = 0;

  constructor(rateHz: number, bands: number, hopMs = HOP_MS) {
    this.#mel = new LogMel(rateHz, bands);
    this.#pitch = new PitchTracker(rateHz);
    this.#hop = Math.round((rateHz * hopMs) / 1000);
    this.#past = Math.max(this.#mel.span, this.#pitch.span);
    this.#pcm = new Float32Array(this.#past + this.#hop);
    this.#frame = { bands: new Float32Array(bands), energy: 0, f0Hz: 0 };
  }

  /** Takes pcm in -1..1. */
  push(pcm: Float32Array, onFrame: FrameListener): void {
    const kept = this.#pcm;
    for (let at = 0; at < pcm.length;) {
      const room = Math.min(this.#hop - this.#filled, pcm.length - at);
      const to = this.#past + this.#filled;
      for (let i = 0; i < room; i++) kept[to + i] = pcm[at + i]! || 0;
      at += room;
      this.#filled += room;
      if (this.#filled < this.#hop) return;
      this.#filled = 0;
      const frame = this.#frame;
      frame.energy = this.#mel.frame(kept, kept.length, frame.bands, 0);
      frame.f0Hz = this.#pitch.f0Hz(kept, kept.length);
      kept.copyWithin(0, this.#hop);
      onFrame(frame, at);
    }
  }

  /** Forgets the sound in hand. */
  reset(): void {
    this.#pcm.fill(0);
    this.#filled = 0;
  }
}
