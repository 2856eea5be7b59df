// A session as others see it: @mcap/core's own indexed reader and a protobuf type built from nothing
// but the descriptor in the file, which is how Foxglove reads it.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { foxgloveMessageSchemas } from "@foxglove/schemas/internal.js";
import { McapIndexedReader } from "@mcap/core";
import { loadDecompressHandlers, protobufFromBinaryDescriptor } from "@mcap/support";
import { describe, expect, test } from "vitest";
import { everyRecord, header, MESSAGES, recordSession, testFolder } from "./session-fixture.ts";

const openIndexed = async () => {
  const path = join(await testFolder(), "session.mcap");
  await recordSession(path, everyRecord(), { flushEvery: 5 });
  const bytes = await readFile(path);
  const readable = {
    size: () => Promise.resolve(BigInt(bytes.byteLength)),
    read: (offset: bigint, size: bigint) =>
      Promise.resolve(new Uint8Array(bytes.subarray(Number(offset), Number(offset + size)))),
  };
  return McapIndexedReader.Initialize({
    readable,
    decompressHandlers: await loadDecompressHandlers(),
  });
};

/** The messages of a topic as plain objects. */
const messagesOf = async (topic: string) => {
  const reader = await openIndexed();
  const found: { schema: string; logTime: bigint; fields: Record<string, any> }[] = [];
  for await (const message of reader.readMessages({ topics: [topic] })) {
    const channel = reader.channelsById.get(message.channelId)!;
    const schema = reader.schemasById.get(channel.schemaId)!;
    expect([schema.encoding, channel.messageEncoding]).toEqual(["protobuf", "protobuf"]);
    const type = protobufFromBinaryDescriptor(schema.data).lookupType(schema.name);
    const fields = type.toObject(type.decode(message.data), { longs: Number });
    found.push({ schema: schema.name, logTime: message.logTime, fields });
  }
  return found;
};

describe("another MCAP reader", () => {
  test("finds every message through the index, in the order of time", async () => {
    const reader = await openIndexed();
    const times: bigint[] = [];
    for await (const { logTime } of reader.readMessages()) times.push(logTime);
    expect(times).toHaveLength(MESSAGES);
    expect(times).toEqual(times.toSorted((a, b) => Number(a - b)));
    expect(reader.statistics).toMatchObject({
      messageCount: BigInt(MESSAGES),
      chunkCount: 4,
      attachmentCount: 4,
    });
    expect(reader.statistics!.messageStartTime).toBe(header.startedAtNs);
    expect(reader.statistics!.messageEndTime).toBe(header.startedAtNs + 23_000_000n);
  });

  test("finds attachments and metadata through the summary", async () => {
    const reader = await openIndexed();
    const attached: Record<string, string> = {};
    for await (const { name, data } of reader.readAttachments())
      attached[name] = new TextDecoder().decode(data);
    expect(Object.keys(attached)).toEqual([
      "robot.yaml",
      "scene.xml",
      "vocabulary.json",
      "script.json",
    ]);
    expect(attached["robot.yaml"]).toBe(header.robotFile);
    const names: string[] = [];
    for await (const { name } of reader.readMetadata()) names.push(name);
    expect(names).toEqual(["efference", "efference.end"]);
  });

  test("finds the fields of Foxglove's schemas under Foxglove's names and numbers", async () => {
    const reader = await openIndexed();
    for (const { name, data } of reader.schemasById.values()) {
      if (!name.startsWith("foxglove.")) continue;
      const published = foxgloveMessageSchemas[name.slice("foxglove.".length) as "RawImage"].fields;
      const { fieldsArray } = protobufFromBinaryDescriptor(data).lookupType(name);
      expect(fieldsArray.map((f) => f.name).toSorted()).toEqual(
        published.map((f) => f.name).toSorted(),
      );
      const numbers = Object.fromEntries(fieldsArray.map((f) => [f.name, f.id]));
      const fixed = published.filter((f) => f.protobufFieldNumber !== undefined);
      expect(numbers).toMatchObject(
        Object.fromEntries(fixed.map((f) => [f.name, f.protobufFieldNumber])),
      );
    }
    expect([...reader.schemasById.values()].map((s) => s.name)).toContain("foxglove.RawImage");
  });
});

describe("Foxglove", () => {
  test("sees a camera as rgb8 and 32FC1 pictures with the wall time of their light", async () => {
    const [picture] = await messagesOf("/sensor/camera");
    expect(picture).toMatchObject({
      schema: "foxglove.RawImage",
      logTime: header.startedAtNs + 12_000_000n,
      fields: { width: 3, height: 2, step: 9, encoding: "rgb8", frame_id: "camera" },
    });
    expect(picture!.fields["timestamp"]).toEqual({ seconds: 1_753_000_000, nanos: 134_456_790 });
    const [depth] = await messagesOf("/sensor/camera/depth");
    expect(depth!.fields).toMatchObject({ width: 3, height: 2, step: 12, encoding: "32FC1" });
    expect(depth!.fields["data"]).toHaveLength(24);
  });

  test("hears the microphone as 16-bit mono", async () => {
    const [block] = await messagesOf("/sensor/microphone");
    expect(block).toMatchObject({
      schema: "foxglove.RawAudio",
      fields: { format: "pcm-s16", sample_rate: 16_000, number_of_channels: 1 },
    });
    const { buffer } = Uint8Array.from(block!.fields["data"] as Uint8Array);
    expect([...new Int16Array(buffer)]).toEqual([0, 1, -32_768, 32_767, -16_384]);
  });

  test("plots the applied angles of each action as joints in radians, by servo name", async () => {
    const [state] = await messagesOf("/observation/state");
    expect(state!.schema).toBe("foxglove.JointStates");
    expect(state!.fields["joints"]).toEqual([
      { name: "left_shoulder", position: expect.closeTo(Math.PI / 540, 15) },
      { name: "right_shoulder", position: expect.closeTo(-Math.PI / 4, 15) },
    ]);
  });

  test("reads our own messages by the descriptor alone", async () => {
    expect((await messagesOf("/action"))[0]).toMatchObject({
      schema: "efference.Action",
      fields: { fresh: true, applied_deg: [1 / 3, -45], mode: "soft_start" },
    });
    expect((await messagesOf("/tokens/in"))[0]!.fields).toEqual({
      sensor: "heat",
      ids: [4, 300, 70_000],
    });
  });
});
