// Finds where records go on after damage: at a chunk, known by the mark that its compression leaves
// at a fixed place (whether it is whole, its CRC tells later), or where several frames in a row lead
// from one to the next.
import type { FileHandle } from "node:fs/promises";
import { Opcode } from "@mcap/core";

/** Opcode and length, in front of every record. */
export const FRAME_BYTES = 9;
/** A length above it is damage: no picture or sound block comes near. */
export const MAX_RECORD_BYTES = 256 * 2 ** 20;
/** The footer's length never varies. */
export const FOOTER_BYTES = FRAME_BYTES + 20;

const FRAMES_IN_A_ROW = 4;
const ZSTD_MARK = Buffer.from("\x04\0\0\0zstd", "latin1");
/** Start and end time, uncompressed size and CRC stand between a chunk's frame and the name of its compression. */
export const COMPRESSION_AT = FRAME_BYTES + 8 + 8 + 8 + 4;
const LOOK_BYTES = COMPRESSION_AT + ZSTD_MARK.byteLength;
const STEP_BYTES = 2 ** 20;

/** Bytes of the record at `at` with its frame, or undefined where none can begin. */
export const recordLength = (bytes: Uint8Array, at = 0): number | undefined => {
  if (at + FRAME_BYTES > bytes.byteLength || bytes[at] === 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, FRAME_BYTES);
  if (view.getUint32(5, true) !== 0) return undefined; // the upper half of the length
  const length = view.getUint32(1, true);
  return length > MAX_RECORD_BYTES ? undefined : FRAME_BYTES + length;
};

/** Offset of the next record that begins at or after `from`, if there is one. */
export const findRecord = async (
  file: FileHandle,
  from: number,
  size: number,
): Promise<number | undefined> => {
  const window = Buffer.alloc(STEP_BYTES + LOOK_BYTES);
  for (let start = from; start < size; start += STEP_BYTES) {
    const { bytesRead } = await file.read(window, 0, window.byteLength, start);
    const bytes = window.subarray(0, bytesRead);
    for (let at = 0; at < Math.min(bytesRead, STEP_BYTES); at++) {
      const length = isKnown(bytes[at]!) ? recordLength(bytes, at) : undefined;
      if (length === undefined || start + at + length > size) continue;
      if (isChunk(bytes, at) || (await leadsOn(file, start + at, size))) return start + at;
    }
  }
  return undefined;
};

/** Messages stand in chunks only; noise that zstd stores as it is would show those of a cut chunk. */
const isKnown = (opcode: number): boolean =>
  opcode >= Opcode.MIN && opcode <= Opcode.MAX && opcode !== Opcode.MESSAGE;

const isChunk = (bytes: Buffer, at: number): boolean =>
  bytes[at] === Opcode.CHUNK &&
  bytes.subarray(at + COMPRESSION_AT, at + LOOK_BYTES).equals(ZSTD_MARK);

/** Whether frames follow each other from `offset` on, to the end of the file or for long enough. */
const leadsOn = async (file: FileHandle, offset: number, size: number): Promise<boolean> => {
  const frame = Buffer.alloc(FRAME_BYTES);
  for (let count = 0; count < FRAMES_IN_A_ROW; count++) {
    await file.read(frame, 0, FRAME_BYTES, offset);
    const length = isKnown(frame[0]!) ? recordLength(frame) : undefined;
    if (length === undefined || offset + length > size) return false;
    offset += length;
    if (offset === size || (frame[0] === Opcode.FOOTER && length === FOOTER_BYTES)) return true;
  }
  return true;
};
