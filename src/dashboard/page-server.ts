// The server of the page: static files, a WebSocket for what happens, and answers in JSON for what is
// asked. Everything it may refuse it refuses before it does anything: see guard.ts.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { every, NS_PER_S, RealClock } from "../core/clock.ts";
import { UsageError } from "../core/errors.ts";
import { FrameWriter } from "./fields.ts";
import { Guard, isLoopback, newToken, type Refusal } from "./guard.ts";
import type { Answer, Question } from "./library/library-calls.ts";
import type { Batch } from "./observer.ts";
import type { PageFile } from "./page-files.ts";
import { type PageFrame, SERVER_FRAMES } from "./protocol.ts";
import { RateLimit } from "./rate-limit.ts";
import { Viewer } from "./viewer.ts";

/** A picture of a webcam is the largest that a page has to say. */
export const MOST_MESSAGE_BYTES = 64 * 1024;
const MOST_VIEWERS = 8;
const PING_PERIOD_NS = 5 * NS_PER_S;
/** Bytes of events that a page which comes later is still told. */
const RECENT_BYTES = 8 * 1024;

export interface PageServerOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly password?: string;
  readonly files: ReadonlyMap<string, PageFile>;
  /** `viewer` tells pages apart, by a number that none had before. */
  readonly onFrame: (frame: PageFrame, viewer: number) => void;
  readonly onOpen: (viewer: number) => void;
  readonly onClose: (viewer: number) => void;
  /** What a new page is told before all else. */
  readonly greeting: Uint8Array;
  /** What it is told once that is known: what the robot looks like. Undefined where that can't be told. */
  readonly scene: () => Promise<Uint8Array | undefined>;
  /** Answers questions below /ask/; undefined for what it does not know. */
  readonly ask?: (question: Question) => Promise<Answer | undefined>;
}

const HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "x-frame-options": "DENY",
  // The page is complete in itself: it loads and speaks to nothing else.
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
    "connect-src 'self'; worker-src 'self' blob:; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cache-control": "no-store",
} as const;

/** Below it are questions and orders. */
const ASK = "/ask/";
const NOT_HERE: Refusal = { status: 404, words: "nothing here; use the URL that run printed" };
const TOO_MANY: Refusal = { status: 429, words: "too many at once; wait a second" };

export class PageServer implements AsyncDisposable {
  /** Where a person finds the page, token included. */
  readonly url: string;
  readonly #options: PageServerOptions;
  readonly #guard: Guard;
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE_BYTES });
  readonly #viewers = new Set<Viewer>();
  readonly #clock = new RealClock();
  readonly #requests = new RateLimit(this.#clock, { atOnce: 200, perS: 100 });
  readonly #openings = new RateLimit(this.#clock, { atOnce: 10, perS: 2 });
  readonly #guesses = new RateLimit(this.#clock, { atOnce: 5, perS: 0.2 });
  readonly #pings = every(this.#clock, PING_PERIOD_NS).subscribe(() => {
    for (const viewer of this.#viewers) viewer.ping();
  });
  #recent: Uint8Array[] = [];
  #opened = 0;

  /** @throws UsageError for a host beyond this machine without a password, or a port that is taken */
  static async open(options: PageServerOptions): Promise<PageServer> {
    const { host, port, password } = options;
    if (!isLoopback(host) && !password)
      throw new UsageError(
        `--host ${host} can be reached from other machines; give a --password-file as well`,
      );
    const http = createServer({ maxHeaderSize: 8192, headersTimeout: 5000, requestTimeout: 5000 });
    await new Promise<void>((resolve, reject) => {
      http.once("error", (error) =>
        reject(
          new UsageError(
            `the page can't be served on ${host}:${port}: ${error.message}; choose another --dashboard-port`,
          ),
        ),
      );
      http.listen(port, host, resolve);
    });
    return new PageServer(http, options);
  }

  private constructor(http: Server, options: PageServerOptions) {
    this.#options = options;
    this.#http = http;
    const { host, password } = options;
    const token = newToken();
    this.#guard = new Guard({ host, token, ...(password !== undefined && { password }) });
    const { port } = http.address() as AddressInfo;
    const name = host === "::" || host === "0.0.0.0" ? "127.0.0.1" : host;
    this.url = `http://${name.includes(":") ? `[${name}]` : name}:${port}/${token}/`;
    http.on("request", (request, response) => void this.#answer(request, response));
    http.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    http.on("clientError", (_error, socket) => socket.destroy());
  }

  /** Shows a batch to every page that is there. */
  show(batch: Batch): void {
    if (batch.events.length > 0) this.#remember(batch.events);
    for (const viewer of this.#viewers) viewer.show(batch);
  }

  async close(): Promise<void> {
    this.#pings.unsubscribe();
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #remember(events: Uint8Array): void {
    this.#recent.push(events);
    let bytes = this.#recent.reduce((sum, { length }) => sum + length, 0);
    while (bytes > RECENT_BYTES) bytes -= this.#recent.shift()!.length;
  }

  #refusalOf(request: IncomingMessage, limit: RateLimit): Refusal | undefined {
    // What changes nothing may be read without an Origin, as browsers do.
    const isReading = limit === this.#requests && request.method === "GET";
    const foreign = this.#guard.refusalOfNames(request, !isReading);
    if (foreign) return foreign;
    if (this.#guard.pathOf(request) === undefined) return NOT_HERE;
    // Behind the token only: strangers must not use up what the person's own page may ask for.
    if (!limit.admits()) return TOO_MANY;
    if (this.#guard.wasLetIn(request)) return undefined;
    const isGuess = request.headers.authorization !== undefined;
    if (isGuess && !this.#guesses.admits()) return TOO_MANY; // a right one, too: who guesses on must not hear of it
    if (isGuess && this.#guard.saysPassword(request)) {
      this.#guesses.refund();
      return undefined;
    }
    return { status: 401, words: "the password of --password-file is asked for" };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume(); // nothing is uploaded, by orders neither: what comes is read away
    const send = (status: number, type: string, body: string | Uint8Array): void => {
      response.writeHead(status, {
        ...HEADERS,
        "content-type": type,
        ...(status === 401 && { "www-authenticate": 'Basic realm="Efference"' }),
      });
      response.end(body);
    };
    const plain = "text/plain; charset=utf-8";
    const path = this.#guard.pathOf(request) ?? "/";
    const isOrder = request.method === "POST" && path.startsWith(ASK);
    if (request.method !== "GET" && !isOrder) return send(405, plain, "GET is all there is\n");
    if (request.url === "/healthz") return send(200, plain, "ok\n");
    const refusal = this.#refusalOf(request, this.#requests);
    if (refusal) return send(refusal.status, plain, `${refusal.words}\n`);
    const { cookie } = this.#guard; // for who was let in, and for nobody else
    if (cookie !== undefined) response.setHeader("set-cookie", cookie);
    const file = this.#options.files.get(path);
    if (file) return send(200, file.type, file.bytes);
    if (path.startsWith(ASK) && this.#options.ask) {
      try {
        const answer = await this.#options.ask({ path: path.slice(ASK.length), isOrder });
        if (answer) return send(answer.status, answer.type, answer.bytes);
      } catch (error) {
        return send(500, plain, `${(error as Error).message}\n`);
      }
    }
    send(NOT_HERE.status, plain, `${NOT_HERE.words}\n`);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const refusal =
      this.#refusalOf(request, this.#openings) ??
      (this.#guard.pathOf(request) === "/live" ? undefined : NOT_HERE) ??
      (this.#viewers.size < MOST_VIEWERS ? undefined : TOO_MANY);
    if (refusal) {
      socket.end(
        `HTTP/1.1 ${refusal.status} Refused\r\nconnection: close\r\n\r\n${refusal.words}\n`,
      );
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (opened) => this.#welcome(opened));
  }

  #welcome(socket: WebSocket): void {
    const { onFrame, onOpen, onClose, greeting, scene } = this.#options;
    const limit = new RateLimit(this.#clock, { atOnce: 400, perS: 200 });
    const id = this.#opened++;
    const viewer = new Viewer({ socket, limit, onFrame: (frame) => onFrame(frame, id) });
    this.#viewers.add(viewer);
    onOpen(id);
    socket.on("close", () => {
      this.#viewers.delete(viewer);
      onClose(id);
    });
    const you = new FrameWriter(SERVER_FRAMES).add("you", { viewer: id }).take();
    for (const told of [greeting, you, ...this.#recent]) viewer.tell(told);
    void scene().then((told) => told && viewer.tell(told));
  }
}
