// The browser's microphone as the robot's: the browser itself brings it to the robot's rate, the worklet cuts blocks,
// and they go to the robot as they come.
import type { Connection } from "../connection.ts";
import workletUrl from "./worklet.ts?worker&url";

export class LentMicrophone {
  readonly #context: AudioContext;
  readonly #stream: MediaStream;
  readonly #blocks: AudioWorkletNode;
  /** The loudest sample since it was last read, 0..1. */
  #peak = 0;

  /** Asks for the microphone. Rejects with the browser's own exception where there is none. */
  static async open(
    connection: Connection,
    rateHz: number,
    onEnd: () => void,
  ): Promise<LentMicrophone> {
    // As it is: a call's filters are made for ears, and the robot learned from sound without them.
    const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { ...raw, channelCount: 1 },
    });
    const context = new AudioContext({ sampleRate: rateHz, latencyHint: "interactive" });
    try {
      await context.audioWorklet.addModule(workletUrl);
      return new LentMicrophone(connection, context, stream, onEnd);
    } catch (error) {
      for (const track of stream.getTracks()) track.stop();
      await context.close();
      throw error;
    }
  }

  private constructor(
    connection: Connection,
    context: AudioContext,
    stream: MediaStream,
    onEnd: () => void,
  ) {
    this.#context = context;
    this.#stream = stream;
    const source = context.createMediaStreamSource(stream);
    const blocks = new AudioWorkletNode(context, "blocks", {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    this.#blocks = blocks;
    source.connect(blocks);
    blocks.port.onmessage = ({ data }: MessageEvent<Block>) => {
      this.#peak = Math.max(this.#peak, data.peak);
      connection.send("sound", { count: data.count, steps: data.steps });
    };
    for (const track of stream.getTracks()) track.onended = onEnd; // unplugged, or taken back in the browser
  }

  /** How loud it was since the last time, 0 (60 dB below the loudest there can be) to 1. */
  takeLevel(): number {
    const decibels = 20 * Math.log10(Math.max(1e-6, this.#peak));
    this.#peak = 0;
    return Math.max(0, 1 + decibels / 60);
  }

  close(): void {
    this.#blocks.port.onmessage = null; // what is on its way would lend it again
    for (const track of this.#stream.getTracks()) track.stop();
    void this.#context.close();
  }
}

interface Block {
  readonly count: number;
  readonly steps: Int16Array<ArrayBuffer>;
  readonly peak: number;
}
