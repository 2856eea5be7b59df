// Records a run into one MCAP file, so that at most the last half second is missing whatever
// happens to the process: a chunk is closed and written when it is old or large enough.
import { rm } from "node:fs/promises";
import { type Clock, NS_PER_MS, RealClock } from "../core/clock.ts";
import { SessionError } from "../core/errors.ts";
import type { SessionRecord, Sink } from "../core/records.ts";
import { AppendFile } from "./append-file.ts";
import { ContentHash } from "./content-hash.ts";
import { McapLog } from "./mcap-log.ts";
import { RecordEncoder } from "./record-encoder.ts";
import type { Schema } from "./schemas.ts";
import {
  END_METADATA,
  endMetadata,
  HEADER_METADATA,
  headerToAttachments,
  headerToMetadata,
  type SessionHeader,
} from "./session-header.ts";

/** The promise is half a second; the rest of it is for a late timer, compression and the write. */
export const MAX_CHUNK_AGE_NS = 400 * NS_PER_MS;
const MAX_CHUNK_BYTES = 2 ** 20;

export interface SessionWriterOptions {
  readonly path: string;
  readonly header: SessionHeader;
  /** Tells the age of a chunk: wall time, also where the session's own clock is simulated. */
  readonly clock?: Clock;
}

export class SessionWriter implements Sink, AsyncDisposable {
  /** Resolves when recording had to stop: the disk is full, or a record can't be kept exactly. */
  readonly failed: Promise<SessionError>;
  readonly #file: AppendFile;
  readonly #log: McapLog;
  readonly #clock: Clock;
  readonly #startedAtNs: bigint;
  readonly #encoder: RecordEncoder;
  readonly #channels = new Map<string, number>();
  readonly #hash = new ContentHash();
  #cancelCut: (() => void) | undefined; // set while a chunk is open
  #cutAtNs = Infinity;
  #refused: SessionError | undefined;
  #refuse!: (error: SessionError) => void;
  #lost = 0;
  #closing: Promise<void> | undefined;

  /** Creates `path`, its folders too, and writes the header; throws a SessionError if it can't. */
  static async open(options: SessionWriterOptions): Promise<SessionWriter> {
    const log = await McapLog.open();
    log.addMetadata(HEADER_METADATA, headerToMetadata(options.header));
    for (const attachment of headerToAttachments(options.header)) log.addAttachment(attachment);
    const file = await AppendFile.create(options.path);
    file.append(log.take());
    try {
      await file.settle();
    } catch (error) {
      await file.close().catch(() => undefined); // it says the same again
      await rm(options.path, { force: true });
      throw error;
    }
    return new SessionWriter(file, log, options);
  }

  private constructor(file: AppendFile, log: McapLog, { header, clock }: SessionWriterOptions) {
    this.#file = file;
    this.#log = log;
    this.#clock = clock ?? new RealClock();
    this.#startedAtNs = header.startedAtNs;
    const refused = new Promise<SessionError>((resolve) => (this.#refuse = resolve));
    this.failed = Promise.race([file.failed, refused]);
    this.#encoder = new RecordEncoder(header.startedAtNs, header.servos ?? [], this.#add);
  }

  /** Bytes handed to the file so far. */
  get bytes(): number {
    return this.#log.bytes;
  }

  /** Messages so far; an action and a picture with depth are two each. */
  get messages(): number {
    return this.#log.messages;
  }

  /** Records that came after a failure or after close, and are not in the file. */
  get lost(): number {
    return this.#lost;
  }

  /** Hash of the content so far, in hexadecimal digits: equal for two equal runs. */
  get contentHash(): string {
    return this.#hash.hex;
  }

  write(record: SessionRecord): void {
    if (this.#failure !== undefined || this.#closing !== undefined) {
      this.#lost++;
      return;
    }
    try {
      this.#encoder.encode(record);
    } catch (cause) {
      return this.#stop(record, cause as Error);
    }
    const nowNs = this.#clock.nowNs();
    if (this.#cancelCut === undefined) {
      this.#cutAtNs = nowNs + MAX_CHUNK_AGE_NS;
      this.#cancelCut = this.#clock.at(this.#cutAtNs, () => this.#cut());
    } else if (nowNs >= this.#cutAtNs || this.#log.chunkBytes >= MAX_CHUNK_BYTES) this.#cut();
  }

  /** Puts everything so far on the disk; rejects with the error of `failed` if that is impossible. */
  async flush(): Promise<void> {
    this.#cut();
    await this.#file.settle();
  }

  /** Completes the file; rejects with the error of `failed` if the disk did not take all of it. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  /** As of {@link AppendFile}: says nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close().catch(() => undefined);
  }

  get #failure(): SessionError | undefined {
    return this.#file.failure ?? this.#refused;
  }

  async #close(): Promise<void> {
    this.#cut();
    this.#log.addMetadata(END_METADATA, endMetadata(this.messages, this.contentHash));
    this.#file.append(this.#log.finish());
    await this.#file.close();
    if (this.#refused !== undefined) throw this.#refused;
  }

  #cut(): void {
    this.#cancelCut?.();
    this.#cancelCut = undefined;
    this.#file.append(this.#log.take());
  }

  /** What came before is whole and stays; going on would leave a hole in the middle. */
  #stop(record: SessionRecord, cause: Error): void {
    this.#lost++;
    this.#refused = new SessionError(
      `can't record a ${record.type} of stamp ${record.timeNs} into ${this.#file.path}: ${cause.message}. The session ends before it`,
      { cause },
    );
    this.#refuse(this.#refused);
  }

  readonly #add = (
    topic: string,
    schema: Schema,
    timeNs: number,
    measuredNs: number,
    message: object,
  ): void => {
    const logTime = this.#wallNs(timeNs);
    const publishTime = measuredNs === timeNs ? logTime : this.#wallNs(measuredNs);
    const data = schema.type.encode(message).finish();
    this.#hash.add({ topic, schema: schema.name, timeNs, measuredNs, data });
    this.#log.addMessage(this.#channel(topic, schema), logTime, publishTime, data);
  };

  #wallNs(timeNs: number): bigint {
    if (!Number.isSafeInteger(timeNs))
      throw new RangeError(
        `its stamp ${timeNs} is not a whole number of nanoseconds; round it where it is taken`,
      );
    return this.#startedAtNs + BigInt(timeNs);
  }

  #channel(topic: string, schema: Schema): number {
    const key = topic + schema.name;
    let id = this.#channels.get(key);
    if (id === undefined) {
      id = this.#log.channel({
        topic,
        messageEncoding: "protobuf",
        schema: { name: schema.name, encoding: "protobuf", data: schema.descriptor },
      });
      this.#channels.set(key, id);
    }
    return id;
  }
}
