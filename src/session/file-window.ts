// A part of a file in memory, so that many small reads near to each other are one of the disk.
import type { FileHandle } from "node:fs/promises";

/** Moved and grown as asked. */
export class FileWindow {
  readonly #file: FileHandle;
  #bytes: Uint8Array;
  #start = 0;
  #length = 0;

  constructor(file: FileHandle, windowBytes: number) {
    this.#file = file;
    this.#bytes = new Uint8Array(windowBytes);
  }

  /** The bytes from `offset` on, valid until the next read. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset < this.#start || offset + length > this.#start + this.#length) {
      if (length > this.#bytes.byteLength) this.#bytes = new Uint8Array(2 * length);
      const { bytesRead } = await this.#file.read(this.#bytes, 0, this.#bytes.byteLength, offset);
      this.#start = offset;
      this.#length = bytesRead;
    }
    const from = offset - this.#start;
    return this.#bytes.subarray(from, Math.min(from + length, this.#length));
  }
}
