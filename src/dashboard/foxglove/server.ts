// Live topics for Foxglove (or anything that speaks its protocol), on the machine's own loopback only. A channel
// is advertised when its first message comes; what nobody subscribed to is not even encoded.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { UsageError } from "../../core/errors.ts";
import { Client } from "./client.ts";
import { type Channel, SUBPROTOCOLS } from "./protocol.ts";

const LOOPBACK = "127.0.0.1";
const MAX_CLIENTS = 16;
/** Foxglove's whole list of subscriptions is some kilobytes. */
const MAX_MESSAGE_BYTES = 2 ** 16;
const GOING_AWAY = 1001; // RFC 6455, 7.4.1

export interface FoxgloveServerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** What a viewer shows as its source. */
  readonly name: string;
}

interface Topic {
  readonly topic: string;
  readonly schemaName: string;
  readonly descriptor: Uint8Array;
  /** Whether a new subscriber gets the last message at once: for what is told only once. */
  readonly keepsLast?: boolean;
}

interface Last {
  readonly timeNs: bigint;
  readonly payload: Uint8Array;
}

export class FoxgloveServer implements AsyncDisposable {
  readonly #server: WebSocketServer;
  readonly #options: FoxgloveServerOptions;
  readonly #channels = new Map<number, Channel>();
  readonly #lasts = new Map<number, Last>();
  readonly #clients = new Set<Client>();
  /** Tells a viewer that comes back whether this is another run. */
  readonly #sessionId = randomUUID();
  #dropped = 0;
  #closing: Promise<void> | undefined;

  /** Rejects with a UsageError when the port can't be had. */
  static async open(options: FoxgloveServerOptions): Promise<FoxgloveServer> {
    const { port } = options;
    const server = new WebSocketServer({
      host: LOOPBACK,
      port,
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
      handleProtocols: (offered) => SUBPROTOCOLS.find((name) => offered.has(name)) ?? false,
      verifyClient: ({ req }, answer) => {
        const refusal = refusalOf(req, server.clients.size);
        if (refusal) answer(false, ...refusal);
        else answer(true);
      },
    });
    try {
      await once(server, "listening");
    } catch (cause) {
      throw new UsageError(
        `can't serve Foxglove on port ${port} of ${LOOPBACK}: ${(cause as Error).message}; choose another --foxglove-port`,
        { cause },
      );
    }
    return new FoxgloveServer(server, options);
  }

  private constructor(server: WebSocketServer, options: FoxgloveServerOptions) {
    this.#server = server;
    this.#options = options;
    server.on("connection", (socket) => this.#welcome(socket));
    server.on("error", () => {}); // of a connection in the making: whoever made it is told
  }

  /** Where viewers connect to. */
  get url(): string {
    return `ws://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Messages that viewers were too slow for. */
  get dropped(): number {
    return [...this.#clients].reduce((sum, client) => sum + client.dropped, this.#dropped);
  }

  /** A new channel, advertised to everybody; its id. */
  addChannel({ topic, schemaName, descriptor, keepsLast }: Topic): number {
    const id = this.#channels.size + 1;
    const schema = Buffer.from(descriptor).toString("base64");
    const encoding = "protobuf" as const;
    const channel = { id, topic, encoding, schemaName, schema, schemaEncoding: encoding };
    this.#channels.set(id, channel);
    if (keepsLast) this.#lasts.set(id, { timeNs: 0n, payload: new Uint8Array() });
    for (const client of this.#clients) client.tell({ op: "advertise", channels: [channel] });
    return id;
  }

  isWanted(channelId: number): boolean {
    if (this.#lasts.has(channelId)) return true;
    for (const client of this.#clients) if (client.wants(channelId)) return true;
    return false;
  }

  /** Never blocks; `timeNs` is wall time. */
  publish(channelId: number, timeNs: bigint, payload: Uint8Array): void {
    if (this.#lasts.has(channelId)) this.#lasts.set(channelId, { timeNs, payload });
    for (const client of this.#clients) client.publish(channelId, timeNs, payload);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    for (const socket of this.#server.clients) socket.close(GOING_AWAY, "the run is over");
    // A viewer that doesn't answer must not keep the program.
    for (const socket of this.#server.clients) socket.terminate();
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }

  #welcome(socket: WebSocket): void {
    const client: Client = new Client({
      socket,
      isChannel: (id) => this.#channels.has(id),
      onSubscribe: (id) => {
        const last = this.#lasts.get(id);
        if (last?.payload.length) client.publish(id, last.timeNs, last.payload);
      },
    });
    this.#clients.add(client);
    socket.on("close", () => {
      this.#clients.delete(client);
      this.#dropped += client.dropped;
    });
    client.tell({
      op: "serverInfo",
      name: this.#options.name,
      capabilities: [],
      sessionId: this.#sessionId,
    });
    client.tell({ op: "advertise", channels: [...this.#channels.values()] });
  }
}

/**
 * Why a connection is refused. Any page in the user's browser can try this port, and here is what a microphone
 * hears: of the web only Foxglove's own app may, and pages of this machine.
 */
const refusalOf = (
  { headers }: IncomingMessage,
  clients: number,
): readonly [code: number, words: string] | undefined => {
  const { origin } = headers;
  if (origin !== undefined && !isTrusted(origin)) return [403, `${origin} may not connect`];
  const offered = (headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  if (!SUBPROTOCOLS.some((name) => offered.includes(name)))
    return [400, `expected the subprotocol ${SUBPROTOCOLS.join(" or ")}`];
  return clients >= MAX_CLIENTS ? [503, `there are ${MAX_CLIENTS} viewers already`] : undefined;
};

const isTrusted = (origin: string): boolean => {
  if (!URL.canParse(origin)) return false; // "null": a sandboxed page
  const { protocol, hostname } = new URL(origin);
  const isWeb = protocol === "http:" || protocol === "https:";
  return (
    !isWeb || // an app on this machine, such as file:
    ["localhost", LOOPBACK, "[::1]"].includes(hostname) ||
    (protocol === "https:" && hostname === "app.foxglove.dev")
  );
};
