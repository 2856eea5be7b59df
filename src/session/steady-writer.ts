// Writes a session faster than it was lived: the disk is waited for as often as a chunk would close in a run, so
// that no more than that waits in memory.
import type { SessionRecord } from "../core/records.ts";
import type { SessionHeader } from "./session-header.ts";
import { MAX_CHUNK_AGE_NS, SessionWriter } from "./session-writer.ts";

export class SteadyWriter implements AsyncDisposable {
  readonly #session: SessionWriter;
  #flushedNs = -Infinity;

  /** Throws as {@link SessionWriter.open} does. */
  static async open(options: {
    readonly path: string;
    readonly header: SessionHeader;
  }): Promise<SteadyWriter> {
    return new SteadyWriter(await SessionWriter.open(options));
  }

  private constructor(session: SessionWriter) {
    this.#session = session;
  }

  /** Rejects with the writer's own failure. */
  async write(record: SessionRecord): Promise<void> {
    this.#session.write(record);
    if (record.timeNs < this.#flushedNs + MAX_CHUNK_AGE_NS) return;
    this.#flushedNs = record.timeNs;
    await this.#session.flush();
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  /** As of {@link AppendFile}: says nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close().catch(() => undefined);
  }
}
