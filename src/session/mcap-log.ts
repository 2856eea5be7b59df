// An MCAP file as bytes in the making. McapWriter of @mcap/core does the same but can't be flushed;
// here take() closes the open chunk and hands over whole records, so a file may end after any take.
// Schemas and channels stand outside of the chunks: a damaged chunk takes nothing else with it.
import { crc32 } from "node:zlib";
import { compress, isLoaded } from "@foxglove/wasm-zstd";
import {
  type Attachment,
  type Channel,
  McapChunkBuilder,
  McapRecordBuilder,
  type Schema,
} from "@mcap/core";
import { McapSummary } from "./mcap-summary.ts";

const ZSTD_LEVEL = 1; // the cheapest; higher ones save a few percent of sensor noise for twice the time

/** What makes a channel; two that are equal in topic and schema name are one. */
export interface ChannelSource {
  readonly topic: string;
  readonly messageEncoding: string;
  readonly schema: Omit<Schema, "id">;
}

export class McapLog {
  readonly #records = new McapRecordBuilder(); // whole records that nobody took yet
  readonly #chunk = new McapChunkBuilder({});
  readonly #summary = new McapSummary();
  readonly #channels = new Map<string, number>();
  readonly #schemas = new Map<string, number>();
  #takenBytes = 0;
  #dataCrc = 0;
  #messages = 0;

  static async open(): Promise<McapLog> {
    await isLoaded;
    return new McapLog();
  }

  private constructor() {
    this.#records.writeMagic();
    this.#records.writeHeader({ profile: "", library: "efference" });
  }

  /** Bytes of messages in the open chunk, not compressed. */
  get chunkBytes(): number {
    return this.#chunk.byteLength;
  }

  /** Bytes handed over so far. */
  get bytes(): number {
    return this.#takenBytes;
  }

  get messages(): number {
    return this.#messages;
  }

  addMetadata(name: string, metadata: Map<string, string>): void {
    const offset = this.#offset;
    const length = this.#records.writeMetadata({ name, metadata });
    this.#summary.metadata.push({ name, offset, length });
  }

  addAttachment(attachment: Attachment): void {
    const offset = this.#offset;
    const length = this.#records.writeAttachment(attachment);
    const { data, ...facts } = attachment;
    this.#summary.attachments.push({ ...facts, offset, length, dataSize: BigInt(data.byteLength) });
  }

  /** The id of a channel, which is written when it is new. */
  channel(source: ChannelSource): number {
    const key = `${source.topic}\n${source.schema.name}`;
    const known = this.#channels.get(key);
    if (known !== undefined) return known;
    const { topic, messageEncoding } = source;
    const channel: Channel = {
      id: this.#channels.size + 1,
      schemaId: this.#schema(source.schema),
      topic,
      messageEncoding,
      metadata: new Map(),
    };
    this.#channels.set(key, channel.id);
    this.#summary.channels.push(channel);
    this.#records.writeChannel(channel);
    return channel.id;
  }

  addMessage(channelId: number, logTime: bigint, publishTime: bigint, data: Uint8Array): void {
    const sequence = this.#messages++;
    this.#chunk.addMessage({ channelId, sequence, logTime, publishTime, data });
    this.#summary.count(channelId, logTime);
  }

  /** Closes the chunk and returns every record since the last take. */
  take(): Uint8Array {
    if (this.#chunk.numMessages > 0) this.#writeChunk();
    const bytes = this.#records.buffer;
    this.#records.reset();
    this.#dataCrc = crc32(bytes, this.#dataCrc);
    this.#takenBytes += bytes.byteLength;
    return bytes;
  }

  /** Returns the last bytes of the file: the summary by which a reader finds its way. */
  finish(): Uint8Array {
    const rest = this.take();
    this.#records.writeDataEnd({ dataSectionCrc: this.#dataCrc });
    const end = Buffer.concat([rest, this.#records.buffer]);
    const summaryStart = BigInt(this.#takenBytes + this.#records.length);
    const bytes = Buffer.concat([end, this.#summary.encode(summaryStart)]);
    this.#takenBytes += bytes.byteLength - rest.byteLength;
    return bytes;
  }

  /** Where in the file the next record will stand. */
  get #offset(): bigint {
    return BigInt(this.#takenBytes + this.#records.length);
  }

  #schema(source: Omit<Schema, "id">): number {
    const known = this.#schemas.get(source.name);
    if (known !== undefined) return known;
    const schema = { ...source, id: this.#schemas.size + 1 };
    this.#schemas.set(source.name, schema.id);
    this.#summary.schemas.push(schema);
    this.#records.writeSchema(schema);
    return schema.id;
  }

  #writeChunk(): void {
    const content = this.#chunk.buffer;
    const { messageStartTime, messageEndTime } = this.#chunk;
    const records = compress(content, ZSTD_LEVEL);
    const times = { messageStartTime, messageEndTime, compression: "zstd" };
    const uncompressedSize = BigInt(content.byteLength);
    const chunkStartOffset = this.#offset;
    const chunkLength = this.#records.writeChunk({
      ...times,
      uncompressedSize,
      uncompressedCrc: crc32(content),
      records,
    });
    const messageIndexStart = this.#offset;
    const messageIndexOffsets = new Map<number, bigint>();
    for (const index of this.#chunk.indices) {
      messageIndexOffsets.set(index.channelId, this.#offset);
      this.#records.writeMessageIndex(index);
    }
    this.#summary.addChunk({
      ...times,
      chunkStartOffset,
      chunkLength,
      messageIndexOffsets,
      messageIndexLength: this.#offset - messageIndexStart,
      compressedSize: BigInt(records.byteLength),
      uncompressedSize,
    });
    this.#chunk.reset();
  }
}
