// Takes loudness and the speaker's average spectrum out of log-mel frames, causally: a decaying
// peak level and a running mean shape that learns on speech frames only (voice-facts: this ties
// with normalising each utterance as a whole).

const PEAK_DECAY = 0.01; // ln units a frame
const QUIETEST_PEAK = -9; // ln power: below it a room's silence is not blown up to speech
const LOWEST_BELOW_PEAK = -14; // 61 dB: a recording's own floor must not tell how loud it is
const FLOOR_RISE = 0.01;
const SPEECH_BELOW_PEAK = 4;
const SPEECH_ABOVE_FLOOR = 1;
const PRIOR_FRAMES = 12;
const MOST_FRAMES = 150;
const HALVED = 0.5;
const LOWEST = -4;
const HIGHEST = 3;

/** Running state for one voice; frames come one hop after another. */
export class LevelNormaliser {
  /** ln power of the running peak. */
  peak = QUIETEST_PEAK;
  readonly #prior: Float64Array;
  readonly #shape: Float64Array; // [bands] mean of band minus peak
  #floor = 0;
  #frames = PRIOR_FRAMES;

  /** `prior` [bands]: a typical speaker's bands below the peak, ln units. */
  constructor(prior: Float64Array) {
    this.#prior = prior;
    this.#shape = prior.slice();
  }

  /** Normalises frames[at .. at + bands) in place; `energy` is the frame's ln power. */
  apply(frames: Float32Array, at: number, energy: number): void {
    this.peak = Math.max(QUIETEST_PEAK, energy, this.peak - PEAK_DECAY);
    this.#floor = Math.min(energy, this.#floor + FLOOR_RISE);
    const bands = this.#shape.length;
    for (let b = 0; b < bands; b++)
      frames[at + b] = Math.max(LOWEST_BELOW_PEAK, frames[at + b]! - this.peak);
    if (energy > this.peak - SPEECH_BELOW_PEAK && energy > this.#floor + SPEECH_ABOVE_FLOOR) {
      this.#frames = Math.min(MOST_FRAMES, this.#frames + 1);
      for (let b = 0; b < bands; b++) {
        const mean = this.#shape[b]!;
        this.#shape[b] = mean + (frames[at + b]! - mean) / this.#frames;
      }
    }
    for (let b = 0; b < bands; b++) {
      const value = (frames[at + b]! - this.#shape[b]!) * HALVED;
      frames[at + b] = Math.max(LOWEST, Math.min(HIGHEST, value));
    }
  }

  reset(): void {
    this.peak = QUIETEST_PEAK;
    this.#floor = 0;
    this.#frames = PRIOR_FRAMES;
    this.#shape.set(this.#prior);
  }
}
