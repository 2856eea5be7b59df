// Copies what is whole of an MCAP file into a new one, chunk by chunk, and counts what is not.
import type { FileHandle } from "node:fs/promises";
import type { Schema, TypedMcapRecord } from "@mcap/core";
import type { AppendFile } from "./append-file.ts";
import { ContentHash } from "./content-hash.ts";
import { McapLog } from "./mcap-log.ts";
import { scanMcap } from "./mcap-scan.ts";
import { MessageReader } from "./message-reader.ts";
import { END_METADATA, endMetadata } from "./session-header.ts";

/** How much may be under way to the disk: bytes, and writes, of which a robot without eyes makes many small ones. */
const SETTLE_BYTES = 16 * 2 ** 20;
const SETTLE_WRITES = 64;

export interface Salvage {
  readonly messages: number;
  readonly firstNs: number;
  readonly lastNs: number;
  readonly bytesDropped: number;
  readonly chunksSkipped: number;
}

export const salvage = async (
  source: FileHandle,
  target: AppendFile,
  startedAtNs: bigint,
): Promise<Salvage> => {
  const log = await McapLog.open();
  const copy = new RecordCopy(log);
  const hash = new ContentHash();
  const reader = new MessageReader(startedAtNs);
  let [firstNs, lastNs] = [Infinity, -Infinity];
  let [bytesDropped, chunksSkipped] = [0, 0];
  let [settledBytes, writes] = [0, 0];
  for await (const piece of scanMcap(source)) {
    if (piece.kind !== "records") {
      bytesDropped += piece.length;
      if (piece.kind === "damaged" && piece.length > 0) chunksSkipped++;
      continue;
    }
    for (const message of reader.read(piece.records)) {
      hash.add(message);
      firstNs = Math.min(firstNs, message.timeNs);
      lastNs = Math.max(lastNs, message.timeNs);
    }
    for (const record of piece.records) copy.add(record);
    target.append(log.take());
    if (log.bytes - settledBytes > SETTLE_BYTES || ++writes >= SETTLE_WRITES) {
      await target.settle();
      [settledBytes, writes] = [log.bytes, 0];
    }
  }
  log.addMetadata(END_METADATA, endMetadata(log.messages, hash.hex));
  target.append(log.finish());
  await target.settle();
  return { messages: log.messages, firstNs, lastNs, bytesDropped, chunksSkipped };
};

/** Adds the records of another file to a log, whose ids are its own. */
class RecordCopy {
  readonly #log: McapLog;
  readonly #schemas = new Map<number, Schema>();
  readonly #channels = new Map<number, number>(); // id there, id here

  constructor(log: McapLog) {
    this.#log = log;
  }

  /** Indexes and statistics are made anew. */
  add(record: TypedMcapRecord): void {
    const log = this.#log;
    if (record.type === "Message") {
      const id = this.#channels.get(record.channelId)!; // the parser saw to it
      log.addMessage(id, record.logTime, record.publishTime, record.data);
    } else if (record.type === "Channel") {
      const { topic, messageEncoding } = record;
      const schema = this.#schemas.get(record.schemaId) ?? NO_SCHEMA;
      this.#channels.set(record.id, log.channel({ topic, messageEncoding, schema }));
    } else if (record.type === "Schema") this.#schemas.set(record.id, record);
    else if (record.type === "Attachment") log.addAttachment(record);
    else if (record.type === "Metadata" && record.name !== END_METADATA)
      log.addMetadata(record.name, record.metadata);
  }
}

/** For a channel whose schema is lost: its messages are kept, their meaning is in the topic. */
const NO_SCHEMA: Omit<Schema, "id"> = { name: "", encoding: "", data: new Uint8Array(0) };
