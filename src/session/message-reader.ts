// Gives the messages of an MCAP file their topic, schema and session stamps back.
import type { TypedMcapRecord } from "@mcap/core";
import type { SessionMessage } from "./record-decoder.ts";

export class MessageReader {
  readonly #startedAtNs: bigint;
  readonly #schemas = new Map<number, string>();
  readonly #channels = new Map<number, { topic: string; schema: string }>();

  constructor(startedAtNs: bigint) {
    this.#startedAtNs = startedAtNs;
  }

  /** The messages among `records`, which are to come in file order. */
  read(records: readonly TypedMcapRecord[]): SessionMessage[] {
    const messages: SessionMessage[] = [];
    for (const record of records) {
      if (record.type === "Schema") this.#schemas.set(record.id, record.name);
      else if (record.type === "Channel") {
        const schema = this.#schemas.get(record.schemaId) ?? "";
        this.#channels.set(record.id, { topic: record.topic, schema });
      } else if (record.type === "Message") {
        const { topic, schema } = this.#channels.get(record.channelId)!; // the parser saw to it
        const timeNs = this.#sessionNs(record.logTime);
        const measuredNs = this.#sessionNs(record.publishTime);
        messages.push({ topic, schema, timeNs, measuredNs, data: record.data });
      }
    }
    return messages;
  }

  /** MCAP times have no sign: a stamp from before the epoch has wrapped, and wraps back. */
  #sessionNs(wallNs: bigint): number {
    return Number(BigInt.asIntN(64, wallNs - this.#startedAtNs));
  }
}
