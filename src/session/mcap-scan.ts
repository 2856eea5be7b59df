// Reads an MCAP file from its first byte to the end of its data, a top-level record at a time, and
// tells damage from a cut: a chunk whose CRC fails is one bad piece, a frame that makes no sense is
// bad up to where records go on, and a file that merely ends too early is cut.
import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { McapStreamReader, Opcode, type TypedMcapRecord } from "@mcap/core";
import { loadDecompressHandlers } from "@mcap/support";
import { findRecord, FRAME_BYTES, MAX_RECORD_BYTES, recordLength } from "./find-record.ts";

export const MAGIC_BYTES = 8;
const CHUNK_SIZE_AT = FRAME_BYTES + 16; // after the start and end times
const WINDOW_BYTES = 2 ** 20;

/** What stands at `offset`, `length` bytes long. */
export type Piece = { readonly offset: number; readonly length: number } & (
  | { readonly kind: "records"; readonly records: readonly TypedMcapRecord[] }
  | { readonly kind: "damaged"; readonly reason: string }
  | { readonly kind: "cut" } // the file ends here without having been closed
);

/** Log times, nanoseconds since the epoch. */
export interface LogStretch {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** Of `stretch` alone where it is given: chunks that hold nothing of it are passed over, unread. */
export async function* scanMcap(
  file: FileHandle,
  stretch?: LogStretch,
): AsyncGenerator<Piece, void> {
  const { size } = await file.stat();
  const window = new Window(file);
  const parser = new Parser(await loadDecompressHandlers());
  let crc = crc32(await window.read(0, Math.min(MAGIC_BYTES, size)));
  let damaged = false;
  for (let offset = MAGIC_BYTES; ;) {
    const frame = await window.read(offset, Math.min(FRAME_BYTES, size - offset));
    const length = recordLength(frame);
    const isThere = length !== undefined && offset + length <= size;
    const bytes = isThere ? await window.read(offset, length) : undefined;
    const found: Parsed =
      bytes === undefined
        ? { kind: "damaged", reason: NO_RECORD }
        : stretch && isBeside(bytes, stretch)
          ? { kind: "records", records: [] }
          : parser.parse(bytes);
    if (found.kind === "damaged" || bytes === undefined) {
      // The length may be what is damaged, so the search begins right here.
      const next = await findRecord(file, offset + 1, size);
      const isCut = !isThere && (length !== undefined || frame.byteLength < FRAME_BYTES);
      if (next === undefined && isCut) yield { offset, length: size - offset, kind: "cut" };
      else yield { offset, length: (next ?? size) - offset, ...found };
      if (next === undefined) return;
      damaged = true;
      offset = next;
      continue;
    }
    const [end] = found.records;
    if (end?.type === "DataEnd") {
      const isRight = damaged || end.dataSectionCrc === 0 || end.dataSectionCrc === crc;
      if (!isRight) yield { offset, length: 0, kind: "damaged", reason: WRONG_CRC };
      return;
    }
    crc = crc32(bytes, crc);
    yield { offset, length: bytes.byteLength, ...found };
    offset += bytes.byteLength;
  }
}

/** Whether a record is a chunk of other times. */
const isBeside = (bytes: Uint8Array, { startNs, endNs }: LogStretch): boolean => {
  if (bytes[0] !== Opcode.CHUNK || bytes.byteLength < CHUNK_SIZE_AT) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (
    view.getBigUint64(FRAME_BYTES, true) > endNs ||
    view.getBigUint64(FRAME_BYTES + 8, true) < startNs
  );
};

const NO_RECORD = "found no MCAP record";
const WRONG_CRC = "the CRC of all data before it is wrong";

type Parsed = { kind: "records"; records: TypedMcapRecord[] } | { kind: "damaged"; reason: string };

/** Parses one whole record at a time; a damaged one does not take the channels before it along. */
class Parser {
  readonly #decompressHandlers: Awaited<ReturnType<typeof loadDecompressHandlers>>;
  readonly #channels: Uint8Array[] = [];
  #reader: McapStreamReader;

  constructor(decompressHandlers: Awaited<ReturnType<typeof loadDecompressHandlers>>) {
    this.#decompressHandlers = decompressHandlers;
    this.#reader = this.#newReader();
  }

  parse(bytes: Uint8Array): Parsed {
    const records: TypedMcapRecord[] = [];
    try {
      if (bytes[0] === Opcode.CHUNK) refuseHugeChunk(bytes);
      this.#reader.append(bytes);
      for (let record; (record = this.#reader.nextRecord());) records.push(record);
      if (records.length === 0 && bytes[0] !== Opcode.CHUNK) throw new Error(NO_RECORD);
    } catch (error) {
      this.#reader = this.#newReader(); // the old one is in an unknown state
      return { kind: "damaged", reason: (error as Error).message };
    }
    if (bytes[0] === Opcode.CHANNEL) this.#channels.push(bytes.slice());
    return { kind: "records", records };
  }

  #newReader(): McapStreamReader {
    const decompressHandlers = this.#decompressHandlers;
    const reader = new McapStreamReader({ noMagicPrefix: true, decompressHandlers });
    for (const channel of this.#channels) {
      reader.append(channel);
      reader.nextRecord();
    }
    return reader;
  }
}

/** A damaged size must not reach the decompressor, which would ask for that much memory. */
const refuseHugeChunk = (bytes: Uint8Array): void => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getBigUint64(CHUNK_SIZE_AT, true);
  if (size > MAX_RECORD_BYTES) throw new Error(`a chunk of ${size} bytes`);
};

/** A part of the file in memory, moved and grown as asked. */
class Window {
  readonly #file: FileHandle;
  #bytes = new Uint8Array(WINDOW_BYTES);
  #start = 0;
  #length = 0;

  constructor(file: FileHandle) {
    this.#file = file;
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
