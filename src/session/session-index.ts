// Where the chunks of a session stand, which times they span and what they hold, so that a window of an hour, or
// the few messages of a topic, can be read without the rest. Only the frames of records are looked at for it
// (MCAP specification: Chunk, Message Index). A session that is still being written is looked at again from where
// the last look ended, which its summary, at the end of a closed file, could not do.
import type { FileHandle } from "node:fs/promises";
import { Opcode } from "@mcap/core";
import { NS_PER_MS } from "../core/clock.ts";
import type { SceneMove } from "../core/ports.ts";
import type { SessionRecord } from "../core/records.ts";
import { type Episode, EpisodeFinder } from "./episodes.ts";
import { FileWindow } from "./file-window.ts";
import { FRAME_BYTES, recordLength } from "./find-record.ts";
import { MAGIC_BYTES } from "./mcap-scan.ts";
import { MessageReader } from "./message-reader.ts";
import { RecordDecoder } from "./record-decoder.ts";
import { RecordParser } from "./record-parser.ts";
import type { SessionHeader } from "./session-header.ts";
import { openFile, SessionReader } from "./session-reader.ts";

interface IndexedChunk {
  readonly offset: number;
  readonly length: number;
  readonly startNs: number;
  readonly endNs: number;
  /** Ids of the channels that have messages in it. */
  readonly channels: number[];
}

/** Of the session's records, those stamped from one time until before another, or of some topics, or both. */
export interface Chosen {
  readonly fromNs?: number;
  readonly toNs?: number;
  readonly topics?: readonly string[];
}

/** Wide enough for a chunk's frame and times, and mostly for the message indices behind it. */
const LOOK_BYTES = 8192;
const CHUNK_HEAD_BYTES = FRAME_BYTES + 16;
const EPISODE_TOPICS = ["/episode", "/takeover"];
const MOVE_TOPICS = ["/simulation/move"];

export class SessionIndex {
  readonly path: string;
  readonly header: SessionHeader;
  readonly #chunks: IndexedChunk[] = [];
  readonly #parser: RecordParser;
  readonly #messages: MessageReader;
  /** Topics by the ids of their channels. */
  readonly #topics = new Map<number, string>();
  #lookedAt = MAGIC_BYTES;
  #endNs = 0;
  #updating: Promise<void> | undefined;

  /** @throws SessionError for what is no session */
  static async open(path: string): Promise<SessionIndex> {
    const { header } = await SessionReader.open(path);
    const index = new SessionIndex(path, header, await RecordParser.open());
    await index.update();
    return index;
  }

  private constructor(path: string, header: SessionHeader, parser: RecordParser) {
    this.path = path;
    this.header = header;
    this.#parser = parser;
    this.#messages = new MessageReader(header.startedAtNs);
  }

  /** The latest stamp so far. */
  get endNs(): number {
    return this.#endNs;
  }

  /** Looks at what was written since the last time; ends where the file does, or at damage. Once for all who ask. */
  update(): Promise<void> {
    return (this.#updating ??= this.#update().finally(() => (this.#updating = undefined)));
  }

  async #update(): Promise<void> {
    await using file = await openFile(this.path);
    const { size } = await file.stat();
    const window = new FileWindow(file, LOOK_BYTES);
    for (;;) {
      const offset = this.#lookedAt;
      const head = await window.read(offset, Math.min(CHUNK_HEAD_BYTES, size - offset));
      const length = recordLength(head);
      if (length === undefined || offset + length > size || head[0] === Opcode.DATA_END) return;
      await this.#look(window, head, offset, length);
      this.#lookedAt = offset + length;
    }
  }

  /** In file order, and as far as the file is whole; `update` first for what is new. */
  async *records({
    fromNs = -Infinity,
    toNs = Infinity,
    topics,
  }: Chosen): AsyncGenerator<SessionRecord> {
    await using file = await openFile(this.path);
    const decoder = new RecordDecoder();
    const isWanted = (topic: string | undefined): boolean =>
      topics === undefined || (topic !== undefined && topics.includes(topic));
    for (const chunk of this.#chunks) {
      if (chunk.endNs < fromNs || chunk.startNs >= toNs) continue;
      if (!chunk.channels.some((channel) => isWanted(this.#topics.get(channel)))) continue;
      for (const message of await this.#read(file, chunk)) {
        if (message.timeNs < fromNs || message.timeNs >= toNs || !isWanted(message.topic)) continue;
        const record = decoder.decode(message);
        if (record !== undefined) yield record;
      }
    }
  }

  /** One that names none is an episode as a whole. */
  async episodes(): Promise<readonly Episode[]> {
    const finder = new EpisodeFinder();
    for await (const record of this.records({ topics: EPISODE_TOPICS })) finder.add(record);
    return finder.episodesOrWhole(this.#endNs);
  }

  /** What happened to the things of a simulated world, by its script and by hand, in the order of time. */
  async moves(): Promise<readonly SceneMove[]> {
    const moves = [...this.header.script];
    for await (const record of this.records({ topics: MOVE_TOPICS }))
      if (record.type === "move") {
        const { timeNs, object, toM, durationMs } = record;
        moves.push({ atMs: timeNs / NS_PER_MS, object, toM, durationMs });
      }
    return moves.toSorted((a, b) => a.atMs - b.atMs);
  }

  async #look(window: FileWindow, head: Uint8Array, offset: number, length: number): Promise<void> {
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    switch (head[0]) {
      case Opcode.SCHEMA:
      case Opcode.CHANNEL: {
        const parsed = this.#parser.parse(await window.read(offset, length));
        if (parsed.kind === "damaged") return;
        this.#messages.read(parsed.records);
        for (const record of parsed.records)
          if (record.type === "Channel") this.#topics.set(record.id, record.topic);
        return;
      }
      case Opcode.CHUNK: {
        const startNs = this.#sessionNs(view.getBigUint64(FRAME_BYTES, true));
        const endNs = this.#sessionNs(view.getBigUint64(FRAME_BYTES + 8, true));
        this.#chunks.push({ offset, length, startNs, endNs, channels: [] });
        this.#endNs = Math.max(this.#endNs, endNs);
        return;
      }
      case Opcode.MESSAGE_INDEX: {
        const hasMessages = view.getUint32(FRAME_BYTES + 2, true) > 0;
        if (hasMessages) this.#chunks.at(-1)?.channels.push(view.getUint16(FRAME_BYTES, true));
        return;
      }
      case undefined:
      default: // attachments, metadata: nothing that has a time
    }
  }

  async #read(file: FileHandle, { offset, length }: IndexedChunk) {
    const bytes = new Uint8Array(length);
    await file.read(bytes, 0, length, offset);
    const parsed = this.#parser.parse(bytes);
    return parsed.kind === "damaged" ? [] : this.#messages.read(parsed.records);
  }

  #sessionNs(wallNs: bigint): number {
    return Number(BigInt.asIntN(64, wallNs - this.header.startedAtNs));
  }
}
