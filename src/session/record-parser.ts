// Makes records of the bytes of an MCAP file: one whole top-level record at a time, in any order once the
// channels are known.
import { McapStreamReader, Opcode, type TypedMcapRecord } from "@mcap/core";
import { loadDecompressHandlers } from "@mcap/support";
import { FRAME_BYTES, MAX_RECORD_BYTES } from "./find-record.ts";

/** In a chunk: where its size stands, after the start and end times. */
export const CHUNK_SIZE_AT = FRAME_BYTES + 16;
export const NO_RECORD = "found no MCAP record";

export type Parsed =
  | { kind: "records"; records: TypedMcapRecord[] }
  | { kind: "damaged"; reason: string };

/** Parses one whole record at a time; a damaged one does not take the channels before it along. */
export class RecordParser {
  readonly #decompressHandlers: Awaited<ReturnType<typeof loadDecompressHandlers>>;
  readonly #channels: Uint8Array[] = [];
  #reader: McapStreamReader;

  static async open(): Promise<RecordParser> {
    return new RecordParser(await loadDecompressHandlers());
  }

  private constructor(decompressHandlers: Awaited<ReturnType<typeof loadDecompressHandlers>>) {
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
