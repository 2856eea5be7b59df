// The server before real sockets, friendly and hostile.
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { FrameWriter, readFrames } from "../../../src/dashboard/fields.ts";
import { MOST_MESSAGE_BYTES, PageServer } from "../../../src/dashboard/page-server.ts";
import {
  PAGE_FRAMES,
  type PageFrame,
  SERVER_FRAMES,
  type ServerFrame,
} from "../../../src/dashboard/protocol.ts";

const greeting = new FrameWriter(SERVER_FRAMES).add("hello", { json: "{}" }).take();
const scene = new FrameWriter(SERVER_FRAMES).add("scene", { json: "[]" }).take();
const stop = new FrameWriter(PAGE_FRAMES).add("stop", {}).take();
const safety = (detail: string): Uint8Array<ArrayBuffer> =>
  new FrameWriter(SERVER_FRAMES)
    .add("safety", { timeMs: 0, reason: "estop", servo: "", detail })
    .take();
const nothing = new Uint8Array();

let server: PageServer;
let frames: PageFrame[] = [];
/** Of the server at hand: one that is closed takes its time to say who has gone. */
let viewers = new Set<number>();
const open = async (more: Partial<Parameters<typeof PageServer.open>[0]> = {}): Promise<URL> => {
  frames = [];
  const present = new Set<number>();
  viewers = present;
  server = await PageServer.open({
    host: "127.0.0.1",
    port: 0,
    files: new Map([["/", { type: "text/html", bytes: Buffer.from("<h1>page</h1>") }]]),
    greeting,
    scene: async () => scene,
    onFrame: (frame) => frames.push(frame),
    onOpen: (viewer) => present.add(viewer),
    onClose: (viewer) => present.delete(viewer),
    ...more,
  });
  return new URL(server.url);
};
afterEach(() => server.close());

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

const get = (
  url: URL | string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    request(url, { headers, method, agent: false }, (response) => {
      let text = "";
      response.on("data", (data: Buffer) => (text += data.toString()));
      response.on("end", () =>
        resolve({ status: response.statusCode!, text, headers: response.headers }),
      );
    })
      .on("error", reject)
      .end();
  });

/** Opens a WebSocket; resolves to it, or to the status with which it was refused. */
const live = (
  url: URL,
  options: { origin?: string | undefined; headers?: Record<string, string> } = {},
): Promise<WebSocket | number> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(new URL("live", url), {
      origin: url.origin,
      ...(options as object),
    });
    socket.on("open", () => resolve(socket));
    socket.on("unexpected-response", (_, response) => resolve(response.statusCode!));
    socket.on("error", reject);
  });

const opened = async (url: URL): Promise<{ socket: WebSocket; told: ServerFrame[] }> => {
  const told: ServerFrame[] = [];
  const socket = new WebSocket(new URL("live", url), { origin: url.origin });
  socket.on("message", (data: Buffer) => told.push(...readFrames(SERVER_FRAMES, data)));
  await once(socket, "open");
  return { socket, told };
};

const until = async (met: () => boolean): Promise<void> => {
  while (!met()) await new Promise((resolve) => setImmediate(resolve));
};

describe("whoever does not belong", () => {
  it("is told nothing but its health without the token", async () => {
    const url = await open();
    expect(await get(new URL("/healthz", url))).toMatchObject({ status: 200, text: "ok\n" });
    for (const path of ["/", "/index.html", "/wrong-token/", "/ask/sessions", "//", "/%00/"])
      expect(await get(`${url.origin}${path}`)).toMatchObject({
        status: 404,
        text: expect.not.stringContaining("page</h1>"),
      });
    expect(await live(new URL("/wrong-token/", url))).toBe(404);
  });

  it("is refused under a foreign Host, whatever its token: DNS that was rebound", async () => {
    const url = await open();
    expect((await get(url, { host: `evil.example:${url.port}` })).status).toBe(403);
    expect(
      await live(url, { headers: { host: "evil.example" }, origin: "http://evil.example" }),
    ).toBe(403);
    expect((await get(url, { host: `localhost:${url.port}` })).status).toBe(200);
  });

  it("is refused as a page of another origin, and as a socket without one", async () => {
    const url = await open();
    for (const origin of ["http://evil.example", "null", `http://127.0.0.1:1`]) {
      expect((await get(url, { origin })).status).toBe(403);
      expect(await live(url, { origin })).toBe(403);
    }
    expect(await live(url, { origin: undefined })).toBe(403);
  });

  it("may read nothing from another site: no CORS, no frames, nothing loaded from elsewhere", async () => {
    const { status, headers } = await get(await open());
    expect(status).toBe(200);
    expect(headers).not.toHaveProperty("access-control-allow-origin");
    expect(headers).toMatchObject({
      "x-frame-options": "DENY",
      "content-security-policy": expect.stringContaining("default-src 'none'"),
      "referrer-policy": "no-referrer",
    });
  });

  it("can neither write nor climb out of the page's folder", async () => {
    const url = await open();
    expect((await get(url, {}, "POST")).status).toBe(405);
    expect((await get(new URL("../../etc/passwd", url))).status).toBe(404);
    expect((await get(`${url.href}..%2f..%2fpackage.json`)).status).toBe(404);
  });

  it("may give no order as a page of another origin, nor without one, nor as a question", async () => {
    const asked: unknown[] = [];
    const bytes = new Uint8Array(Buffer.from("{}"));
    const url = await open({
      ask: async (question) => {
        asked.push(question);
        return { status: 200, type: "application/json", bytes };
      },
    });
    const path = new URL("ask/folders/0/undo", url);
    expect((await get(path, {}, "POST")).status).toBe(403);
    expect((await get(path, { origin: "http://evil.example" }, "POST")).status).toBe(403);
    expect((await get(new URL("/wrong/ask/folders/0/undo", url), {}, "POST")).status).toBe(405);
    expect((await get(path, { origin: url.origin }, "DELETE")).status).toBe(405);
    expect(asked).toEqual([]);
    expect((await get(path, { origin: url.origin }, "POST")).status).toBe(200);
    expect((await get(path)).status).toBe(200);
    expect(asked).toEqual([
      { path: "folders/0/undo", isOrder: true },
      { path: "folders/0/undo", isOrder: false },
    ]);
  });

  it("ends its own connection with a message of 10 MB, and nobody else's", async () => {
    const url = await open();
    const good = await opened(url);
    const bad = await opened(url);
    bad.socket.send(Buffer.alloc(10 * 2 ** 20));
    const [code] = await once(bad.socket, "close");
    expect(code).toBe(1009);
    good.socket.send(stop);
    await until(() => frames.length > 0);
    expect(frames).toEqual([{ name: "stop", values: {} }]);
    expect(MOST_MESSAGE_BYTES).toBeLessThan(10 * 2 ** 20);
  });

  it("is cut off when it talks too much, and its noise moves nothing", async () => {
    const url = await open();
    const { socket } = await opened(url);
    const closed = once(socket, "close");
    for (let i = 0; i < 1000; i++) socket.send(Buffer.from([255, 255, 255, i % 256]));
    expect((await closed)[0]).toBe(1008);
    expect(frames).toEqual([]);
    const text = await opened(url);
    text.socket.send("stop");
    expect((await once(text.socket, "close"))[0]).toBe(1003);
  });

  it("does not keep others out for long with a storm of connections", async () => {
    const url = await open();
    const answers = await Promise.all(Array.from({ length: 100 }, () => live(url).catch(() => 0)));
    const sockets = answers.filter((answer) => typeof answer !== "number");
    expect(sockets.length).toBeLessThanOrEqual(8);
    expect(answers.filter((answer) => answer === 429).length).toBeGreaterThan(80);
    for (const socket of sockets) socket.close();
    await until(() => viewers.size === 0);
    let again: WebSocket | number = 429;
    while (typeof again === "number") again = await live(url);
    again.send(stop);
    await until(() => frames.length > 0);
  });

  it("leaves the person's own page its turn, whatever strangers without the token ask for", async () => {
    const url = await open();
    const elsewhere = new URL("/wrong/", url);
    const strangers = Array.from({ length: 300 }, async (_, i) =>
      i % 2 === 0 ? (await get(elsewhere)).status : live(elsewhere),
    );
    expect(new Set(await Promise.all(strangers))).toEqual(new Set([404]));
    expect((await get(url)).status).toBe(200);
    expect(typeof (await live(url))).toBe("object");
  });

  it("does not hang the server with half a request", async () => {
    const url = await open();
    const half = connect(Number(url.port), "127.0.0.1");
    await once(half, "connect");
    half.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    expect((await get(url)).status).toBe(200);
    half.destroy();
  });
});

describe("a page", () => {
  it("is greeted, told its number, what the robot looks like, and what was before it came", async () => {
    const url = await open();
    server.show({ events: safety("before"), flow: nothing });
    const { told } = await opened(url);
    await until(() => told.length === 4);
    expect(told).toMatchObject([
      { name: "hello" },
      { name: "you", values: { viewer: 0 } },
      { name: "safety", values: { detail: "before" } },
      { name: "scene" },
    ]);
  });

  it("that reads slowly misses tokens, no events, and is told so; the others miss nothing", async () => {
    const url = await open();
    const slow = await opened(url);
    const quick = await opened(url);
    await until(() => slow.told.length === 3);
    slow.socket.pause();
    const flow = new FrameWriter(SERVER_FRAMES)
      .add("tokens", { timeMs: 0, way: 0, source: 0, ids: new Uint32Array(12_000) })
      .take();
    const shown = 400;
    for (let i = 0; i < shown; i++) {
      const before = quick.told.length;
      server.show({ events: i % 40 === 0 ? safety(`${i}`) : nothing, flow });
      await until(() => quick.told.length > before);
    }
    slow.socket.resume();
    const count = ({ told }: typeof slow, name: string): number =>
      told.filter((frame) => frame.name === name).length;
    while (count(slow, "missed") === 0) {
      const before = quick.told.length;
      server.show({ events: nothing, flow });
      await until(() => quick.told.length > before);
    }
    await until(() => count(slow, "safety") === 10);
    expect(count(slow, "tokens")).toBeLessThan(shown);
    expect(count(quick, "tokens")).toBeGreaterThanOrEqual(shown);
    expect(count(quick, "missed")).toBe(0);
  });
});

describe("a robot that can't be drawn", () => {
  it("has its page all the same", async () => {
    const url = await open({ scene: async () => undefined });
    const { socket, told } = await opened(url);
    server.show({ events: safety("shown"), flow: nothing });
    await until(() => told.some(({ name }) => name === "safety"));
    expect(told.some(({ name }) => name === "scene")).toBe(false);
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });
});

describe("a server that other machines reach", () => {
  it("is not opened without a password", async () => {
    await open();
    const wide = PageServer.open({
      host: "0.0.0.0",
      port: 0,
      files: new Map(),
      greeting,
      scene: async () => scene,
      onFrame: () => {},
      onOpen: () => {},
      onClose: () => {},
    });
    await expect(wide).rejects.toThrow(/--password-file/);
  });

  it("asks everybody for it, remembers who said it, and tires of guesses", async () => {
    const url = await open({ host: "0.0.0.0", password: "correct horse" });
    const basic = (password: string): Record<string, string> => ({
      authorization: `Basic ${Buffer.from(`any:${password}`).toString("base64")}`,
    });
    expect((await get(url)).status).toBe(401);
    expect(await live(url)).toBe(401);
    // Its health is everybody's; what lets a browser in is not.
    const health = await get(new URL("/healthz", url));
    expect(health.status).toBe(200);
    expect(health.headers["set-cookie"]).toBeUndefined();
    const { status, headers } = await get(url, basic("correct horse"));
    expect(status).toBe(200);
    const cookie = String(headers["set-cookie"]).split(";")[0]!;
    const socket = await live(url, { headers: { cookie } });
    expect(typeof socket).toBe("object");
    const guesses = [];
    for (let i = 0; i < 8; i++) guesses.push((await get(url, basic(`guess ${i}`))).status);
    expect(guesses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(guesses).toContain(429);
    // Of one who guessed so often not even the right one is heard; who was let in before comes in.
    expect((await get(url, basic("correct horse"))).status).toBe(429);
    expect((await get(url, { cookie })).status).toBe(200);
    expect((await get(url, { cookie, host: "evil.example" })).status).toBe(403);
  });
});
