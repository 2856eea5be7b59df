// What a board is told before anything moves, as frames in the order in which they go out, and the CRC by
// which the lock proves that it holds just that.
import { crc16 } from "./crc16.ts";
import { encodeFields } from "./fields.ts";
import { frameBytes } from "./frame.ts";
import { HOST_FRAMES, type HostFrame, type HostValues, WIRE_LIMITS } from "./protocol.ts";

export interface BoardSetup {
  readonly servos: readonly HostValues<"servo">[];
  readonly timing: HostValues<"timing">;
  /** Absent where the board plays no motion ids. */
  readonly codec?: HostValues<"codec"> & {
    /** Of the levels above the middle one, in 1 / LEVEL_ONE. */
    readonly amplitudes: readonly number[];
  };
  readonly limbs: readonly HostValues<"limb">[];
}

/** Amplitudes in a frame of levels. */
const PIECE = Math.floor((WIRE_LIMITS.dataBytes - 1) / 2);

const partsOf = ({ servos, timing, codec, limbs }: BoardSetup): [HostFrame, object][] => {
  const frames: [HostFrame, object][] = servos.map((servo) => ["servo", servo]);
  frames.push(["timing", timing]);
  if (codec === undefined) return frames;
  const { amplitudes, ...shape } = codec;
  frames.push(["codec", shape]);
  for (let offset = 0; offset < amplitudes.length; offset += PIECE)
    frames.push(["levels", { offset, amplitudes: amplitudes.slice(offset, offset + PIECE) }]);
  for (const limb of limbs) frames.push(["limb", limb]);
  return frames;
};

/** `begin`, the setup and `lock`; and the crc that a locked board then says in its hello. */
export const download = (
  setup: BoardSetup,
  nextSeq: () => number,
): { readonly frames: readonly Uint8Array[]; readonly crc: number } => {
  const frames = [frameBytes(HOST_FRAMES.begin.id, nextSeq(), [])];
  let crc = crc16([]);
  for (const [name, values] of partsOf(setup)) {
    const shape = HOST_FRAMES[name];
    const data = encodeFields(shape, values as never);
    crc = crc16([shape.id, ...data], crc);
    frames.push(frameBytes(shape.id, nextSeq(), data));
  }
  frames.push(frameBytes(HOST_FRAMES.lock.id, nextSeq(), encodeFields(HOST_FRAMES.lock, { crc })));
  return { frames, crc };
};
