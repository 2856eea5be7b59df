// Reads an MCAP file from its first byte to the end of its data, a top-level record at a time, and
// tells damage from a cut: a chunk whose CRC fails is one bad piece, a frame that makes no sense is
// bad up to where records go on, and a file that merely ends too early is cut.
import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { Opcode, type TypedMcapRecord } from "@mcap/core";
import { FileWindow } from "./file-window.ts";
import { COMPRESSION_AT, findRecord, FRAME_BYTES, recordLength } from "./find-record.ts";
import { CHUNK_SIZE_AT, NO_RECORD, type Parsed, RecordParser } from "./record-parser.ts";

export const MAGIC_BYTES = 8;
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
  const window = new FileWindow(file, WINDOW_BYTES);
  const parser = await RecordParser.open();
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
    const own = ownLength(bytes);
    yield { offset, length: own, ...found };
    offset += own;
    crc = crc32(bytes, crc);
    if (own === bytes.byteLength) continue;
    // Its content is whole, its length is not: by that length the next chunk would be passed over.
    yield { offset, length: 0, kind: "damaged", reason: WRONG_LENGTH };
    damaged = true;
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

/** Of a chunk, by what it says of its parts; of another record, what it has. */
const ownLength = (bytes: Uint8Array): number => {
  const { byteLength } = bytes;
  if (bytes[0] !== Opcode.CHUNK || byteLength < COMPRESSION_AT + 4) return byteLength;
  const view = new DataView(bytes.buffer, bytes.byteOffset, byteLength);
  const recordsAt = COMPRESSION_AT + 4 + view.getUint32(COMPRESSION_AT, true) + 8;
  if (recordsAt > byteLength) return byteLength;
  return Math.min(byteLength, recordsAt + Number(view.getBigUint64(recordsAt - 8, true)));
};

const WRONG_LENGTH = "a chunk's length is not that of its parts";
const WRONG_CRC = "the CRC of all data before it is wrong";
