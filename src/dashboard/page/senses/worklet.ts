// Runs in the browser's audio thread: cuts what the microphone hears into blocks of 20 ms, 16 bits a sample, and tells
// how many samples came before each, so that what is late or missing on the way can be told.

// The global scope of an AudioWorklet, which TypeScript's own library leaves out.
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
  abstract process(inputs: readonly (readonly Float32Array[])[]): boolean;
}
declare const registerProcessor: (name: string, processor: new () => AudioWorkletProcessor) => void;
declare const sampleRate: number;
declare const currentFrame: number;

const BLOCK_S = 0.02;
const STEPS = 32_768;

class Blocks extends AudioWorkletProcessor {
  readonly #block = new Int16Array(Math.round(sampleRate * BLOCK_S));
  #filled = 0;
  #peak = 0;

  process([input]: readonly (readonly Float32Array[])[]): boolean {
    const pcm = input?.[0];
    if (!pcm) return true; // no microphone is connected yet
    for (const [i, value] of pcm.entries()) {
      this.#peak = Math.max(this.#peak, Math.abs(value));
      const step = Math.round(value * STEPS);
      this.#block[this.#filled++] = Math.min(STEPS - 1, Math.max(-STEPS, step));
      if (this.#filled === this.#block.length) this.#tell(currentFrame + i + 1);
    }
    return true;
  }

  #tell(endCount: number): void {
    const steps = this.#block.slice();
    const count = endCount - steps.length;
    this.port.postMessage({ count, steps, peak: this.#peak }, [steps.buffer]);
    this.#filled = this.#peak = 0;
  }
}

registerProcessor("blocks", Blocks);
