// The last section of an MCAP file: copies of its schemas and channels, statistics, and where each
// chunk, attachment and metadata record stands (MCAP specification, Summary Section).
import { crc32 } from "node:zlib";
import {
  type AttachmentIndex,
  type Channel,
  type ChunkIndex,
  McapRecordBuilder,
  type MetadataIndex,
  Opcode,
  type Schema,
} from "@mcap/core";

const FOOTER_CRC_BYTES = 4;
const MAGIC_BYTES = 8;

export class McapSummary {
  readonly schemas: Schema[] = [];
  readonly channels: Channel[] = [];
  readonly attachments: AttachmentIndex[] = [];
  readonly metadata: MetadataIndex[] = [];
  readonly #counts = new Map<number, number>();
  /** As bytes, a fifth of what they are as objects: a run of days has a million chunks. */
  readonly #chunkIndexes = new McapRecordBuilder();
  #chunks = 0;
  #first = 0n;
  #last = 0n;

  /** Counts a message into the statistics. */
  count(channelId: number, logTime: bigint): void {
    if (this.#counts.size === 0 || logTime < this.#first) this.#first = logTime;
    if (this.#counts.size === 0 || logTime > this.#last) this.#last = logTime;
    this.#counts.set(channelId, (this.#counts.get(channelId) ?? 0) + 1);
  }

  addChunk(index: ChunkIndex): void {
    this.#chunkIndexes.writeChunkIndex(index);
    this.#chunks++;
  }

  /** Everything from `start`, the offset of the summary, to the end of the file. */
  encode(start: bigint): Uint8Array {
    const out = new McapRecordBuilder();
    const offsets = new McapRecordBuilder();
    const note = (groupOpcode: Opcode, from: number, length: number): void => {
      if (length === 0) return;
      const groupStart = start + BigInt(from);
      offsets.writeSummaryOffset({ groupOpcode, groupStart, groupLength: BigInt(length) });
    };
    const group = <Item>(opcode: Opcode, items: readonly Item[], write: (item: Item) => void) => {
      const from = out.length;
      for (const item of items) write(item);
      note(opcode, from, out.length - from);
    };
    group(Opcode.SCHEMA, this.schemas, (schema) => out.writeSchema(schema));
    group(Opcode.CHANNEL, this.channels, (channel) => out.writeChannel(channel));
    group(Opcode.STATISTICS, [this.#statistics()], (facts) => out.writeStatistics(facts));
    group(Opcode.ATTACHMENT_INDEX, this.attachments, (index) => out.writeAttachmentIndex(index));
    group(Opcode.METADATA_INDEX, this.metadata, (index) => out.writeMetadataIndex(index));
    const chunkIndexes = this.#chunkIndexes.buffer;
    note(Opcode.CHUNK_INDEX, out.length, chunkIndexes.length);
    const summaryOffsetStart = start + BigInt(out.length + chunkIndexes.length);

    const footer = new McapRecordBuilder();
    footer.writeFooter({ summaryStart: start, summaryOffsetStart, summaryCrc: 0 });
    footer.writeMagic();
    const bytes = Buffer.concat([out.buffer, chunkIndexes, offsets.buffer, footer.buffer]);
    const crcAt = bytes.length - MAGIC_BYTES - FOOTER_CRC_BYTES;
    bytes.writeUInt32LE(crc32(bytes.subarray(0, crcAt)), crcAt);
    return bytes;
  }

  #statistics() {
    const counts = [...this.#counts].map(([id, count]) => [id, BigInt(count)] as const);
    return {
      messageCount: counts.reduce((sum, [, count]) => sum + count, 0n),
      schemaCount: this.schemas.length,
      channelCount: this.channels.length,
      attachmentCount: this.attachments.length,
      metadataCount: this.metadata.length,
      chunkCount: this.#chunks,
      messageStartTime: this.#first,
      messageEndTime: this.#last,
      channelMessageCounts: new Map(counts),
    };
  }
}
