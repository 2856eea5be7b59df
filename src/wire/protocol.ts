// The protocol between host and board, once, as data. From this table the C header of the firmware is
// generated (c-header.ts), and the encoder and decoder here work. A frame is a Firmata sysex in the
// range left to users: F0 id seq data... crc(7 + 7 + 2 bits) F7, every byte between F0 and F7 of 7 bits,
// CRC-16 over id..data. Stock Firmata boards pass over what they don't know.

/** How a number is put into 7-bit bytes, least significant first. */
export const FIELD_BYTES = { u7: 1, u14: 2, u21: 3, u32: 5 } as const;
export type FieldType = keyof typeof FIELD_BYTES;

/** Fields in their order; one that ends in [] takes what is left, or the stated number of them. */
type FrameFields = Readonly<Record<string, FieldType | "u7[]" | "u14[]" | "u14[12]">>;
export interface FrameShape {
  readonly id: number;
  readonly does: string;
  readonly fields: FrameFields;
}

export const PROTOCOL_VERSION = 1;

export const WIRE_LIMITS = {
  servos: 12,
  coefficients: 6, // curves a servo of a chunk
  levels: 255,
  limbs: 6,
  sensors: 6,
  dataBytes: 126, // of a frame, between seq and crc
} as const;

/** Bits a second that a board can be told to listen at; it begins with the first, Firmata's own. */
export const BAUDS = [57_600, 115_200, 250_000, 500_000] as const;

/** Two in a row stop all pulses before anything queued is read; one alone may be a flipped bit. */
export const ESTOP_BYTE = 0xfc;
/** What `clear` has to say. */
export const CLEAR_WORD = 0x155a;
/** Pulses are told in half microseconds, ticks of a 2 MHz timer; 0 is no pulse. */
export const TICKS_PER_US = 2;
export const PULSE_TICKS = { min: 800, max: 5200 } as const;
/** levels of a codec are amplitudes in 1 / 16383, scales in 1 / 64 degree, ratios in 1 / 256 tick a degree. */
export const LEVEL_ONE = 16_383;
export const SCALE_ONE = 64;
export const RATIO_ONE = 256;

export const HOST_FRAMES = {
  hello: { id: 0x01, does: "asks who is there", fields: { protocol: "u7" } },
  ping: { id: 0x02, does: "asks for the board's time", fields: { token: "u14" } },
  begin: { id: 0x03, does: "forgets what was downloaded, unless it is locked", fields: {} },
  servo: {
    id: 0x04,
    does: "the limits of one output; pin 2 + channel on an Uno",
    fields: {
      channel: "u7",
      minTicks: "u14",
      maxTicks: "u14",
      homeTicks: "u14", // where its first pulse is, from which soft start goes
      slewTicks: "u14", // by how much a pulse may differ from the last, one a frame
      ratio: "u14", // ticks a degree, in 1 / 256
      mirrored: "u7", // 1: more degrees are shorter pulses
    },
  },
  timing: {
    id: 0x05,
    does: "leases, soft start, reports",
    fields: {
      holdMs: "u14", // of no motion command: outputs stand still
      limpMs: "u14", // more of it: no pulses
      softSlewTicks: "u14",
      softMs: "u14",
      statusMs: "u14", // 0: only when asked
      stopPin: "u7", // 1 + analog pin of a normally closed stop switch to ground; 0: none
    },
  },
  codec: {
    id: 0x06,
    does: "how a chunk of motion ids is played: a cosine ramp, then sines",
    fields: { chunkMs: "u14", firstId: "u14", levels: "u14", scales: "u14[]" },
  },
  levels: {
    id: 0x07,
    does: "amplitudes of the levels above the middle one, from an offset on",
    fields: { offset: "u7", amplitudes: "u14[]" },
  },
  limb: {
    id: 0x08,
    does: "the id that opens a motion of these outputs",
    fields: { marker: "u14", channels: "u7[]" },
  },
  sensor: {
    id: 0x09,
    does: "streams an analog input; 0 ends it",
    fields: { input: "u7", periodMs: "u14" },
  },
  lock: {
    id: 0x0a,
    does: "keeps what was downloaded until the board is reset, if it is what the crc says",
    fields: { crc: "u21" },
  },
  targets: {
    id: 0x0b,
    does: "pulses at once, one for each bit of the mask; 0 is limp",
    fields: { mask: "u14", ticks: "u14[]" },
  },
  chunk: {
    id: 0x0c,
    does: "the ids that a policy said: markers of limbs with their motions",
    fields: { ids: "u14[]" },
  },
  clear: {
    id: 0x0d,
    does: "ends an emergency stop; the board stays limp",
    fields: { word: "u14" },
  },
  status: { id: 0x0e, does: "asks for a status", fields: {} },
  baud: { id: 0x0f, does: "another speed, an index of BAUDS", fields: { index: "u7" } },
} as const satisfies Record<string, FrameShape>;

export const BOARD_FRAMES = {
  hello: {
    id: 0x01,
    does: "who is here",
    fields: {
      protocol: "u7",
      major: "u7",
      minor: "u7",
      patch: "u7",
      board: "u7", // index of BOARDS
      servos: "u7",
      resetCause: "u7", // of the chip: 1 power, 2 reset pin, 4 brown-out, 8 watchdog
      locked: "u7",
      crc: "u21", // over what was downloaded so far
    },
  },
  pong: {
    id: 0x02,
    does: "the board's time, microseconds since its reset, modulo 2^31 (35 min)",
    fields: { token: "u14", receivedUs: "u32", sentUs: "u32" },
  },
  reading: {
    id: 0x09,
    does: "an analog input, at the stamp of its conversion",
    fields: { input: "u7", takenUs: "u32", value: "u14" },
  },
  status: {
    id: 0x0e,
    does: "what is on the pins",
    fields: {
      mode: "u7", // index of BOARD_MODES
      locked: "u7",
      taken: "u7", // seq of the last motion command that was taken
      shown: "u7", // of the last one that these pulses know of
      frame: "u14", // number of the frame that these pulses are in
      startedUs: "u32", // when that frame began
      nextUs: "u32", // when the next one will, unless a command starts it earlier
      faults: "u14", // bits of FAULTS since the last clear
      badCrc: "u14",
      broken: "u14", // frames cut off, too long or too short
      refused: "u14", // frames that were whole and not obeyed
      clamped: "u14", // pulses that were asked for outside of their limits
      uart: "u14", // bytes lost or malformed on the line, at least
      pulses: "u14[12]", // ticks, as latched for the frame; 0 is no pulse
    },
  },
} as const satisfies Record<string, FrameShape>;

export const BOARDS = ["native", "uno"] as const;
export const BOARD_MODES = ["limp", "soft", "active", "hold", "estop"] as const;
export type BoardMode = (typeof BOARD_MODES)[number];

/** Bit k of a status says that k happened since the last clear. */
export const FAULTS = [
  "bad_crc",
  "broken_frame",
  "unknown_frame",
  "malformed", // a frame whose data don't fit its shape
  "not_locked", // motion before limits
  "already_locked",
  "wrong_lock", // the lock's crc is not that of what was downloaded
  "clamped",
  "estop",
  "stopped", // motion asked for during an emergency stop
  "lease_over", // no motion command in time
  "uart",
] as const;
export type Fault = (typeof FAULTS)[number];

export type HostFrame = keyof typeof HOST_FRAMES;
export type BoardFrame = keyof typeof BOARD_FRAMES;

type ValueOf<T> = T extends `${string}[${string}` ? readonly number[] : number;
export type ValuesOf<S extends FrameShape> = {
  readonly [K in keyof S["fields"]]: ValueOf<S["fields"][K]>;
};
export type HostValues<K extends HostFrame> = ValuesOf<(typeof HOST_FRAMES)[K]>;
export type BoardValues<K extends BoardFrame> = ValuesOf<(typeof BOARD_FRAMES)[K]>;
