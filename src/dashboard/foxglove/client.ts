// One viewer: what it subscribed to, and how far behind it is. Whoever doesn't read fast enough misses messages;
// nobody waits for it, and no more than a few megabytes are kept for it.
import type { WebSocket } from "ws";
import { messageData, readClientMessage, type ServerMessage } from "./protocol.ts";

/** What may wait for a viewer: a second of everything that duo senses is a tenth of it. */
const MAX_WAITING_BYTES = 4 * 2 ** 20;
/** A viewer that has said so much that makes no sense speaks another language. */
const MAX_FAULTS = 20;
const MAX_SUBSCRIPTIONS = 1000;
const POLICY_VIOLATION = 1008; // RFC 6455, 7.4.1

export interface ClientOptions {
  readonly socket: WebSocket;
  readonly isChannel: (id: number) => boolean;
  readonly onSubscribe: (channelId: number) => void;
}

export class Client {
  /** Messages that it was too slow for. */
  dropped = 0;
  readonly #options: ClientOptions;
  readonly #channelOf = new Map<number, number>(); // by subscription
  readonly #subscriptionOf = new Map<number, number>(); // by channel
  #faults = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
    options.socket.on("message", (data, isBinary) =>
      isBinary
        ? this.#fault("binary messages are not read here")
        : this.#hear((data as Buffer).toString()),
    );
    options.socket.on("error", () => options.socket.terminate()); // the close that follows is heeded
  }

  wants(channelId: number): boolean {
    return this.#subscriptionOf.has(channelId);
  }

  tell(message: ServerMessage): void {
    if (this.#isBehind()) return void this.dropped++;
    this.#options.socket.send(JSON.stringify(message));
  }

  publish(channelId: number, logTimeNs: bigint, payload: Uint8Array): void {
    const subscription = this.#subscriptionOf.get(channelId);
    if (subscription === undefined) return;
    if (this.#isBehind()) this.dropped++;
    else this.#options.socket.send(messageData(subscription, logTimeNs, payload));
  }

  #isBehind(): boolean {
    return this.#options.socket.bufferedAmount > MAX_WAITING_BYTES;
  }

  #hear(text: string): void {
    const message = readClientMessage(text);
    if (typeof message === "string") return this.#fault(message);
    if (message.op === "unsubscribe")
      for (const id of message.subscriptionIds) {
        this.#subscriptionOf.delete(this.#channelOf.get(id) ?? -1);
        this.#channelOf.delete(id);
      }
    else for (const { id, channelId } of message.subscriptions) this.#subscribe(id, channelId);
  }

  #subscribe(id: number, channelId: number): void {
    if (!this.#options.isChannel(channelId)) return this.#fault(`there is no channel ${channelId}`);
    if (this.#channelOf.has(id)) return this.#fault(`the subscription ${id} is in use`);
    if (this.#subscriptionOf.has(channelId))
      return this.#fault(`the channel ${channelId} is subscribed to`);
    if (this.#channelOf.size >= MAX_SUBSCRIPTIONS) return this.#fault("too many subscriptions");
    this.#channelOf.set(id, channelId);
    this.#subscriptionOf.set(channelId, id);
    this.#options.onSubscribe(channelId);
  }

  #fault(what: string): void {
    this.tell({ op: "status", level: 2, message: what });
    if (++this.#faults >= MAX_FAULTS)
      this.#options.socket.close(POLICY_VIOLATION, "too many faults");
  }
}
