// Live topics, seen by real clients over real sockets: good ones, slow ones, and some that talk nonsense.
import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import type { BodyPose, SceneView } from "../../../src/core/scene-view.ts";
import { LiveTopics } from "../../../src/dashboard/foxglove/live-topics.ts";
import { readClientMessage } from "../../../src/dashboard/foxglove/protocol.ts";
import { FoxgloveServer } from "../../../src/dashboard/foxglove/server.ts";
import { everyRecord } from "../session/session-fixture.ts";
import { connect, Viewer } from "./viewer.ts";

const STARTED_AT_NS = 1_753_000_000_123_456_789n;

const openServer = async (): Promise<FoxgloveServer> => {
  const server = await FoxgloveServer.open({ port: 0, name: "test" });
  onTestFinished(() => server.close());
  return server;
};

const pose: BodyPose = { body: "head", positionM: [0, 0, 0.1], rotation: [1, 0, 0, 0] };

/** A head that is told of with each state. */
const view: SceneView = {
  shapes: [
    {
      body: "head",
      kind: "capsule",
      sizeM: [0.02, 0.02, 0.1],
      positionM: [0, 0, 0.5],
      rotation: [Math.SQRT1_2, 0, Math.SQRT1_2, 0], // its z along x
      colour: [1, 0.5, 0, 1],
    },
  ],
  poses: (record) => (record.type === "state" ? [pose, { ...pose, body: "world" }] : undefined),
  close: () => {},
};

const openTopics = async (scene = view): Promise<{ topics: LiveTopics; url: string }> => {
  const server = await openServer();
  const servos = ["left_shoulder", "right_shoulder"];
  const topics = new LiveTopics({ server, servos, startedAtNs: STARTED_AT_NS, scene });
  return { topics, url: server.url };
};

const tellAll = (topics: LiveTopics): void => {
  for (const record of everyRecord()) topics.write(record);
};

const bytesChannel = (server: FoxgloveServer): number =>
  server.addChannel({ topic: "/bytes", schemaName: "none", descriptor: new Uint8Array() });

describe("live topics", () => {
  test.for(["foxglove.sdk.v1", "foxglove.websocket.v1"])(
    "reach Foxglove's own client by %s, with the schemas of a session",
    async (protocol) => {
      const { topics, url } = await openTopics();
      tellAll(topics); // makes the channels
      const viewer = new Viewer(url, protocol);
      const wanted = ["/tokens/in", "/sensor/camera", "/sensor/microphone", "/observation/state"];
      for (const topic of wanted) await viewer.subscribe(topic);
      // Subscriptions have no answer: the scene's, which has, comes after them.
      await viewer.subscribe("/scene");
      await viewer.until(() => viewer.of("/scene").length > 0);
      tellAll(topics);
      await viewer.until(() => wanted.every((topic) => viewer.of(topic).length > 0));
      expect(viewer.of("/tokens/in")).toEqual([
        {
          topic: "/tokens/in",
          timeNs: STARTED_AT_NS + 13_000_000n,
          fields: { sensor: "heat", ids: [4, 300, 70_000] },
        },
      ]);
      expect(viewer.channels.get("/sensor/camera")!.schemaName).toBe("foxglove.RawImage");
      const [picture] = viewer.of("/sensor/camera");
      expect(picture!.fields).toMatchObject({ width: 3, height: 2, encoding: "rgb8" });
      expect(picture!.fields["data"]).toHaveLength(18);
      const [state] = viewer.of("/observation/state");
      expect(state!.fields["joints"].map((joint: { name: string }) => joint.name)).toEqual([
        "left_shoulder",
        "right_shoulder",
      ]);
      expect(viewer.of("/act")).toEqual([]); // nobody asked for it
    },
  );

  test("tell the shapes to whoever comes late, and move them with the state of the world", async () => {
    const { topics, url } = await openTopics();
    const viewer = new Viewer(url);
    await viewer.subscribe("/tf");
    await viewer.subscribe("/scene");
    await viewer.until(() => viewer.of("/scene").length > 0);
    tellAll(topics);
    await viewer.until(() => viewer.of("/tf").length > 0);
    const [{ fields: scene }] = viewer.of("/scene") as [Viewer["told"][number]];
    expect(scene["entities"]).toHaveLength(1);
    const [head] = scene["entities"];
    expect(head).toMatchObject({ frame_id: "head", id: "head", frame_locked: true });
    expect(head.cylinders[0]).toMatchObject({ bottom_scale: 1, size: { x: 0.02, z: 0.1 } });
    const ends = head.spheres.map((ball: any) => ball.pose.position);
    expect(ends[0].x).toBeCloseTo(-0.05, 12);
    expect(ends[1]).toMatchObject({ x: expect.closeTo(0.05, 12), z: expect.closeTo(0.5, 12) });
    const [{ fields: moved, timeNs }] = viewer.of("/tf") as [Viewer["told"][number]];
    expect(timeNs).toBe(STARTED_AT_NS + 20_000_800n);
    expect(moved["transforms"]).toEqual([
      {
        timestamp: { seconds: 1_753_000_000, nanos: 143_457_589 },
        parent_frame_id: "world",
        child_frame_id: "head",
        translation: { x: 0, y: 0, z: 0.1 },
        rotation: { x: 0, y: 0, z: 0, w: 1 },
      },
    ]);
  });

  test("hear of what is moved while nobody looks, and of nothing else", async () => {
    const seen: string[] = [];
    const { topics } = await openTopics({
      ...view,
      poses: ({ type }) => {
        seen.push(type);
        return undefined;
      },
    });
    tellAll(topics);
    topics.write({ type: "move", timeNs: 0, object: "ball", toM: [0, 0, 0], durationMs: 0 });
    expect(new Set(seen)).toEqual(new Set(["move"]));
  });

  test("go on without what can't be told, and after an unsubscribe without that", async () => {
    const { topics, url } = await openTopics();
    const viewer = new Viewer(url);
    await viewer.subscribe("/tf");
    await viewer.subscribe("/scene");
    await viewer.until(() => viewer.of("/scene").length > 0);
    const pcm = Float32Array.of(0.1); // no multiple of 1/32768
    const sample = { kind: "audio", sensor: "ears", timeNs: 0, rateHz: 16_000, pcm } as const;
    topics.write({ type: "sample", timeNs: 0, sample });
    tellAll(topics);
    await viewer.until(() => viewer.of("/tf").length > 0);
    viewer.client.unsubscribe(0);
    viewer.client.unsubscribe(1);
    await viewer.subscribe("/act");
    await viewer.subscribe("/scene"); // its answer says that all of this has been read
    await viewer.until(() => viewer.of("/scene").length > 1);
    tellAll(topics);
    await viewer.until(() => viewer.of("/act").length > 0);
    expect(viewer.of("/tf")).toHaveLength(1);
  });
});

describe("a viewer", () => {
  test("that reads too slowly misses messages, and nobody waits for it", async () => {
    const server = await openServer();
    const channel = bytesChannel(server);
    const subscribe = JSON.stringify({
      op: "subscribe",
      subscriptions: [{ id: 7, channelId: channel }],
    });
    const sockets = [await connect(server.url), await connect(server.url)] as const;
    const [slow, quick] = sockets;
    let heard = 0;
    quick.on("message", (_, isBinary) => (heard += isBinary ? 1 : 0));
    for (const socket of sockets) socket.send(subscribe);
    // Each is answered with a fault, so that both subscriptions have been read by then.
    for (const socket of sockets) {
      socket.send("?");
      let answer = "";
      while (!answer.includes("found no JSON"))
        [answer] = (await once(socket, "message")).map(String) as [string];
    }
    slow.pause();
    const payload = new Uint8Array(2 ** 16);
    const count = 800; // 52 MB
    for (let sent = 0; sent < count; sent++) {
      server.publish(channel, BigInt(sent), payload);
      while (heard < sent - 10) await nextTurn(); // the quick one sets the pace, the slow one none
    }
    while (heard < count) await nextTurn();
    expect(heard).toBe(count);
    expect(server.dropped).toBeGreaterThan(count / 2);
  });

  test("that talks nonsense is told so, and then shown the door; others see nothing of it", async () => {
    const { topics, url } = await openTopics();
    const viewer = new Viewer(url);
    await viewer.subscribe("/scene");
    const rude = await connect(url);
    const answers: string[] = [];
    rude.on("message", (data) => answers.push((data as Buffer).toString()));
    const words = [
      "",
      "null",
      "[]",
      '{"op":"subscribe"}',
      '{"op":"subscribe","subscriptions":[{"id":-1,"channelId":1}]}',
      '{"op":"subscribe","subscriptions":[{"id":1,"channelId":99}]}',
      '{"op":"unsubscribe","subscriptionIds":["x"]}',
      '{"op":"advertise","channels":[]}',
      '{"op":"__proto__"}',
    ];
    for (const word of words) rude.send(word);
    for (let i = 0; i < 15; i++) rude.send(Uint8Array.of(1, 2, 3));
    const [code] = await once(rude, "close");
    expect(code).toBe(1008);
    const faults = answers.map((text) => JSON.parse(text)).filter(({ op }) => op === "status");
    expect(faults).toHaveLength(20);
    expect(faults[5].message).toBe("there is no channel 99");
    tellAll(topics);
    await viewer.until(() => viewer.of("/scene").length > 0);
    expect(viewer.faults).toEqual([]);
  });

  test("that sends more than a subscription could be is cut off", async () => {
    const { url } = await openTopics();
    const rude = await connect(url);
    rude.send("x".repeat(2 ** 17));
    const [code] = await once(rude, "close");
    expect([1006, 1009]).toContain(code);
  });

  test(
    "may come and go as often as it likes, and leaves nothing behind",
    { timeout: 60_000 },
    async () => {
      const { topics, url } = await openTopics();
      for (let round = 0; round < 20; round++) {
        const storm = Array.from({ length: 20 }, () => new WebSocket(url, ["foxglove.sdk.v1"]));
        const ends = storm.map(async (socket) => {
          socket.on("error", () => {}); // refused: more than 16 at once
          socket.on("open", () => {
            socket.send('{"op":"subscribe","subscriptions":[{"id":1,"channelId":1}]}');
            socket.terminate();
          });
          await once(socket, "close");
        });
        tellAll(topics);
        await Promise.all(ends);
      }
      const viewer = new Viewer(url);
      await viewer.subscribe("/scene");
      await viewer.until(() => viewer.of("/scene").length > 0);
      expect(viewer.of("/scene")).toHaveLength(1);
    },
  );

  test("of a web page that is not Foxglove's is refused: here is what a microphone hears", async () => {
    const { url } = await openTopics();
    for (const origin of [
      "https://evil.example",
      "http://app.foxglove.dev",
      "null",
      "https://app.foxglove.dev.evil.example",
    ])
      await expect(connect(url, { origin })).rejects.toThrow("403");
    for (const origin of ["https://app.foxglove.dev", "http://localhost:3000", "file://"])
      await connect(url, { origin });
  });

  test("must speak the protocol, and finds no more than 16 seats", async () => {
    const { url } = await openTopics();
    await expect(connect(url, { protocols: ["graphql-ws"] })).rejects.toThrow("400");
    for (let seat = 0; seat < 16; seat++) await connect(url);
    await expect(connect(url)).rejects.toThrow("503");
  });
});

test("a port that is taken is said to be, with what to do", async () => {
  const { url } = await openServer();
  const port = Number(new URL(url).port);
  await expect(FoxgloveServer.open({ port, name: "second" })).rejects.toThrow(
    /port \d+ of 127\.0\.0\.1: .*EADDRINUSE.*--foxglove-port/,
  );
});

test("any text is read as a message or as a fault", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const message = readClientMessage(text);
      expect(typeof message === "string" || ["subscribe", "unsubscribe"].includes(message.op)).toBe(
        true,
      );
    }),
  );
});
