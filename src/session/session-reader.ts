// Reads a session as a stream of records in the order in which they were written, never more than a
// chunk in memory; a file that was cut short reads up to its last whole chunk.
import { type FileHandle, open } from "node:fs/promises";
import { hasMcapPrefix, Opcode } from "@mcap/core";
import { SessionError } from "../core/errors.ts";
import type { SessionRecord } from "../core/records.ts";
import { ContentHash } from "./content-hash.ts";
import { FOOTER_BYTES } from "./find-record.ts";
import { MAGIC_BYTES, type Piece, scanMcap } from "./mcap-scan.ts";
import { MessageReader } from "./message-reader.ts";
import { RecordDecoder, type SessionMessage } from "./record-decoder.ts";
import { HEADER_METADATA, headerFrom, type SessionHeader } from "./session-header.ts";
import type { Stretch } from "./stretch.ts";

export interface SessionSummary {
  readonly messages: number;
  readonly byTopic: Record<string, number>;
  /** From the first to the last stamp. */
  readonly durationNs: number;
  readonly contentHash: string;
  /** Whether the session was closed; one that wasn't ends at its last whole chunk. */
  readonly complete: boolean;
  readonly bytes: number;
}

export class SessionReader {
  readonly path: string;
  readonly header: SessionHeader;
  /** Whether the file ends as a closed session does. */
  readonly complete: boolean;
  readonly bytes: number;

  /** Reads the header; throws a SessionError when `path` is no session or holds nothing of one. */
  static async open(path: string): Promise<SessionReader> {
    await using file = await openFile(path);
    const { size } = await file.stat();
    const start = Buffer.alloc(MAGIC_BYTES);
    await file.read(start, 0, MAGIC_BYTES, 0);
    if (!hasMcapPrefix(new DataView(start.buffer, start.byteOffset, MAGIC_BYTES)))
      throw new SessionError(
        `${path} is not an MCAP file (${size} bytes, other first bytes); sessions end in .mcap`,
      );
    const header = await readHeader(path, file);
    return new SessionReader(path, header, await isClosed(file, size), size);
  }

  private constructor(path: string, header: SessionHeader, complete: boolean, bytes: number) {
    this.path = path;
    this.header = header;
    this.complete = complete;
    this.bytes = bytes;
  }

  /**
   * Every record, or every one of a stretch, in file order. Throws a SessionError with the offset where the file
   * is damaged; a file that was cut ends early without one.
   */
  async *records(stretch?: Stretch): AsyncGenerator<SessionRecord, void> {
    const { startNs, endNs } = stretch ?? { startNs: -Infinity, endNs: Infinity };
    const decoder = new RecordDecoder();
    for await (const messages of this.#messages(stretch))
      for (const message of messages) {
        if (message.timeNs < startNs || message.timeNs > endNs) continue;
        const record = decoder.decode(message);
        if (record !== undefined) yield record;
      }
  }

  /** Reads the whole file; throws as {@link records} does. */
  async summary(): Promise<SessionSummary> {
    const hash = new ContentHash();
    const byTopic: Record<string, number> = {};
    let count = 0;
    let firstNs = Infinity;
    let lastNs = -Infinity;
    for await (const messages of this.#messages())
      for (const message of messages) {
        hash.add(message);
        byTopic[message.topic] = (byTopic[message.topic] ?? 0) + 1;
        count++;
        firstNs = Math.min(firstNs, message.timeNs);
        lastNs = Math.max(lastNs, message.timeNs);
      }
    return {
      messages: count,
      byTopic,
      durationNs: count > 0 ? lastNs - firstNs : 0,
      contentHash: hash.hex,
      complete: this.complete,
      bytes: this.bytes,
    };
  }

  /** The messages of each chunk. */
  async *#messages(stretch?: Stretch): AsyncGenerator<SessionMessage[], void> {
    await using file = await openFile(this.path);
    const { startedAtNs } = this.header;
    const reader = new MessageReader(startedAtNs);
    const logged = stretch && {
      startNs: startedAtNs + BigInt(stretch.startNs),
      endNs: startedAtNs + BigInt(stretch.endNs),
    };
    for await (const piece of scanMcap(file, logged)) {
      if (piece.kind === "records") yield reader.read(piece.records);
      else if (piece.kind === "damaged" || this.complete) throw damage(this.path, piece);
    }
  }
}

/** Opens for reading, with an error that a person can act on. */
export const openFile = async (path: string): Promise<FileHandle> => {
  try {
    const file = await open(path, "r");
    if (!(await file.stat()).isDirectory()) return file;
    await file.close();
  } catch (cause) {
    throw new SessionError(`can't read the session ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
  throw new SessionError(
    `${path} is a folder, expected a session; name the files in it: ${path}/*.mcap`,
  );
};

const damage = (path: string, piece: Piece): SessionError => {
  const reason = piece.kind === "damaged" ? piece.reason : "the file ends inside of a record";
  return new SessionError(
    `${path} is damaged at byte ${piece.offset}: ${reason}; save what is whole with: efference recover ${path}`,
  );
};

const readHeader = async (path: string, file: FileHandle): Promise<SessionHeader> => {
  let metadata: ReadonlyMap<string, string> | undefined;
  const attachments = new Map<string, Uint8Array>();
  for await (const piece of scanMcap(file)) {
    if (piece.kind === "damaged")
      throw new SessionError(
        `${path} can't be read: its header is damaged at byte ${piece.offset} (${piece.reason}), and without it the rest has no meaning; restore it from a copy`,
      );
    if (piece.kind === "cut") break;
    const [record] = piece.records;
    if (record?.type === "Metadata" && record.name === HEADER_METADATA) metadata = record.metadata;
    else if (record?.type === "Attachment") attachments.set(record.name, record.data);
    else if (record?.type !== "Header" && record?.type !== "Metadata") break;
  }
  if (metadata === undefined)
    throw new SessionError(
      `${path} is not an Efference session: it is MCAP without the metadata record "${HEADER_METADATA}" at its start`,
    );
  return headerFrom(path, metadata, attachments);
};

/** Whether the file ends with a footer and the magic. */
const isClosed = async (file: FileHandle, size: number): Promise<boolean> => {
  const end = Buffer.alloc(FOOTER_BYTES + MAGIC_BYTES);
  if (size < 2 * MAGIC_BYTES + FOOTER_BYTES) return false;
  await file.read(end, 0, end.byteLength, size - end.byteLength);
  return (
    end[0] === Opcode.FOOTER &&
    hasMcapPrefix(new DataView(end.buffer, end.byteOffset + FOOTER_BYTES, MAGIC_BYTES))
  );
};
