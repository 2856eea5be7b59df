// One page that is connected. A page that reads more slowly than things happen gets the newest state
// instead of a queue: batches that find its socket still full are left out, their events are kept.
import type { WebSocket } from "ws";
import { FrameWriter, readFrames } from "./fields.ts";
import type { Batch } from "./observer.ts";
import { PAGE_FRAMES, type PageFrame, SERVER_FRAMES } from "./protocol.ts";
import type { RateLimit } from "./rate-limit.ts";

/** Bytes in a socket from which on its reader is behind: some seconds of tokens. */
const BEHIND_BYTES = 256 * 1024;
/** Events that are kept for a reader that is behind; beyond, it has to come again. */
const MOST_EVENT_BYTES = 64 * 1024;

export interface ViewerOptions {
  readonly socket: WebSocket;
  /** How many messages it may send. */
  readonly limit: RateLimit;
  readonly onFrame: (frame: PageFrame) => void;
}

export class Viewer {
  readonly #socket: WebSocket;
  #missed = 0;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #wasHeard = true;

  constructor({ socket, limit, onFrame }: ViewerOptions) {
    this.#socket = socket;
    socket.on("pong", () => (this.#wasHeard = true));
    socket.on("message", (data: Buffer, isBinary) => {
      if (!isBinary) return socket.close(1003, "expected binary messages");
      if (!limit.admits()) return socket.close(1008, "too many messages a second");
      for (const frame of readFrames(PAGE_FRAMES, data)) onFrame(frame);
    });
    socket.on("error", () => socket.terminate()); // too large, or no WebSocket: the other end's fault
  }

  /** Batches left out so far since the reader was last in time. */
  get missed(): number {
    return this.#missed;
  }

  tell(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  show({ events, flow }: Batch): void {
    if (this.#socket.bufferedAmount > BEHIND_BYTES) return this.#leaveOut(events);
    if (this.#missed > 0) {
      const batches = Math.min(0xffff, this.#missed);
      this.tell(new FrameWriter(SERVER_FRAMES).add("missed", { batches }).take());
      for (const kept of this.#kept) this.tell(kept);
      this.#kept = [];
      this.#missed = this.#keptBytes = 0;
    }
    if (events.length > 0) this.tell(events);
    this.tell(flow);
  }

  /** Asks whether the page is still there; one that has not answered the last time is gone. */
  ping(): void {
    if (!this.#wasHeard) return this.#socket.terminate();
    this.#wasHeard = false;
    this.#socket.ping();
  }

  #leaveOut(events: Uint8Array): void {
    this.#missed++;
    if (events.length === 0) return;
    this.#kept.push(events);
    this.#keptBytes += events.length;
    if (this.#keptBytes > MOST_EVENT_BYTES) this.#socket.terminate();
  }
}
