// A file that only grows, by whole groups of bytes, off the event loop: one write at a time in the
// order of append(), fdatasync behind it. After a failure it is cut back to its last whole group,
// so that what is on the disk can be read.
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { SessionError } from "../core/errors.ts";

/** What may wait for a slow disk before the recording is given up. */
const MAX_QUEUE_BYTES = 64 * 2 ** 20;
const MAX_QUEUE_LENGTH = 1024;

export class AppendFile implements AsyncDisposable {
  readonly path: string;
  /** Resolves at the first failure; then nothing is written any more. */
  readonly failed: Promise<SessionError>;
  readonly #handle: FileHandle;
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #wholeBytes = 0; // the end of the last group that was written
  #syncedBytes = 0; // how much of that the disk has confirmed
  #unsynced = false;
  #writing: Promise<void> | undefined;
  #syncing: Promise<void> | undefined;
  #failure: SessionError | undefined;
  #fail!: (error: SessionError) => void;
  #closing: Promise<void> | undefined;

  /** Creates the file and its folders; one that exists is never touched. */
  static async create(path: string): Promise<AppendFile> {
    try {
      await mkdir(dirname(path), { recursive: true });
      return new AppendFile(path, await open(path, "wx"));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "EEXIST")
        throw new SessionError(
          `${path} already exists, and a recording is never overwritten; choose another name or move it away`,
          { cause },
        );
      throw new SessionError(`can't create ${path}: ${(cause as Error).message}`, { cause });
    }
  }

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
    this.failed = new Promise((resolve) => (this.#fail = resolve));
  }

  /** The first failure, if there was one. */
  get failure(): SessionError | undefined {
    return this.#failure;
  }

  /** Takes the bytes over: the caller must not change them. */
  append(bytes: Uint8Array): void {
    if (this.#failure !== undefined || bytes.byteLength === 0) return;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.byteLength;
    this.#writing ??= this.#writeAll();
    if (this.#queuedBytes > MAX_QUEUE_BYTES || this.#queue.length > MAX_QUEUE_LENGTH)
      this.#giveUp(
        new Error(
          `the disk is ${this.#queue.length} writes and ${this.#queuedBytes >> 20} MiB behind`,
        ),
      );
  }

  /** Resolves when all that was appended is on the disk; rejects with the failure if it isn't. */
  async settle(): Promise<void> {
    while (this.#writing ?? this.#syncing) await (this.#writing ?? this.#syncing);
    if (this.#failure !== undefined) throw this.#failure;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  /** Says nothing: who wants to know whether all of it is there closes it first. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close().catch(() => undefined);
  }

  async #close(): Promise<void> {
    try {
      await this.settle();
    } finally {
      await this.#handle.close();
    }
  }

  async #writeAll(): Promise<void> {
    try {
      for (let group = this.#queue.shift(); group !== undefined; group = this.#queue.shift()) {
        await this.#writeWhole(group);
        this.#wholeBytes += group.byteLength;
        this.#queuedBytes -= group.byteLength;
        this.#unsynced = true;
        this.#syncing ??= this.#sync();
      }
    } catch (cause) {
      // Best effort: recover also reads a file with half a group at its end.
      await this.#handle.truncate(this.#wholeBytes).catch(() => undefined);
      this.#giveUp(cause as Error);
    }
    this.#writing = undefined;
  }

  async #writeWhole(group: Uint8Array): Promise<void> {
    for (let done = 0; done < group.byteLength;) {
      const position = this.#wholeBytes + done;
      const left = group.byteLength - done;
      const { bytesWritten } = await this.#handle.write(group, done, left, position);
      done += bytesWritten; // a disk that fills up takes a part first, and fails on the rest
    }
  }

  async #sync(): Promise<void> {
    try {
      while (this.#unsynced) {
        this.#unsynced = false;
        const writtenBytes = this.#wholeBytes;
        await this.#handle.datasync();
        this.#syncedBytes = writtenBytes;
      }
    } catch (cause) {
      this.#giveUp(cause as Error);
    }
    this.#syncing = undefined;
  }

  #giveUp(cause: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = new SessionError(
      `can't write ${this.path}: ${cause.message}. Its first ${this.#syncedBytes} bytes are safe; free some space, then run: efference recover ${this.path}`,
      { cause },
    );
    this.#queue.length = 0;
    this.#fail(this.#failure);
  }
}
