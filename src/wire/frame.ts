// Frames as bytes: what the host says, and, for tests and emulated boards, what a board says.
import { crc16 } from "./crc16.ts";
import { encodeFields } from "./fields.ts";
import {
  BOARD_FRAMES,
  type BoardFrame,
  type BoardValues,
  HOST_FRAMES,
  type HostFrame,
  type HostValues,
  WIRE_LIMITS,
} from "./protocol.ts";

export const SYSEX_START = 0xf0;
export const SYSEX_END = 0xf7;

/** @throws RangeError for what is not of 7 bits, or longer than a board takes. */
export const frameBytes = (id: number, seq: number, data: readonly number[]): Uint8Array => {
  if (data.length > WIRE_LIMITS.dataBytes)
    throw new RangeError(
      `a frame with id ${id} has ${data.length} bytes of data, expected at most ${WIRE_LIMITS.dataBytes}`,
    );
  const body = [id, seq, ...data];
  const odd = body.find((byte) => !Number.isInteger(byte) || byte < 0 || byte > 0x7f);
  if (odd !== undefined)
    throw new RangeError(`found the byte ${odd} in a frame, expected 0 to 127`);
  const crc = crc16(body);
  return Uint8Array.of(SYSEX_START, ...body, crc & 0x7f, (crc >> 7) & 0x7f, crc >> 14, SYSEX_END);
};

/** @param seq 0 to 127, one more for each frame, so that repeats and losses can be told */
export const hostFrame = <K extends HostFrame>(
  name: K,
  seq: number,
  values: HostValues<K>,
): Uint8Array => {
  const shape = HOST_FRAMES[name];
  return frameBytes(shape.id, seq, encodeFields(shape, values as never));
};

export const boardFrame = <K extends BoardFrame>(
  name: K,
  seq: number,
  values: BoardValues<K>,
): Uint8Array => {
  const shape = BOARD_FRAMES[name];
  return frameBytes(shape.id, seq, encodeFields(shape, values as never));
};
