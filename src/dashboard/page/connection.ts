// The page's line to the robot. It is tried again for ever, and it says when it can't be trusted: a
// STOP that nobody hears must not look like one that somebody does.
import { FrameWriter, readFrames } from "../fields.ts";
import { PAGE_FRAMES, SERVER_FRAMES, type ServerFrame, type ValuesOf } from "../protocol.ts";

const RETRY_MS = 1000;
/** Batches come 30 times a second; a line that is silent for so long is none. */
const SILENT_MS = 1500;

export class Connection {
  readonly #onFrame: (frame: ServerFrame) => void;
  #socket: WebSocket | undefined;
  #nowMs = 0;
  #triedMs = -Infinity;
  #heardMs = -Infinity;
  /** Since the last frame: the frames may be slow, and say nothing of the line. */
  #wasHeard = false;

  constructor(onFrame: (frame: ServerFrame) => void) {
    this.#onFrame = onFrame;
  }

  /** Whether the robot was heard just now. */
  get isLive(): boolean {
    return this.#nowMs - this.#heardMs < SILENT_MS;
  }

  /** To be called with each animation frame's stamp, the page's only clock. */
  tick(nowMs: number): void {
    this.#nowMs = nowMs;
    if (this.#wasHeard) this.#heardMs = nowMs;
    this.#wasHeard = false;
    const isOpen = this.#socket && this.#socket.readyState <= WebSocket.OPEN;
    if (isOpen && nowMs - Math.max(this.#heardMs, this.#triedMs) < 4 * SILENT_MS) return;
    if (nowMs - this.#triedMs < RETRY_MS) return;
    this.#triedMs = nowMs;
    this.#socket?.close();
    const url = new URL("live", location.href);
    url.protocol = "ws:";
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      this.#wasHeard = true;
      for (const frame of readFrames(SERVER_FRAMES, new Uint8Array(data))) this.#onFrame(frame);
    };
  }

  /** Says it now or never: what a person wanted a while ago must not move the robot later. */
  send<K extends keyof typeof PAGE_FRAMES>(
    name: K,
    values: ValuesOf<(typeof PAGE_FRAMES)[K]>,
  ): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(new FrameWriter(PAGE_FRAMES).add(name, values).take());
  }
}
