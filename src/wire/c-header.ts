// The table of protocol.ts as C, for the firmware. Checked in as firmware/protocol.h, which a test
// compares with this: `npm run wire` writes it again.
import {
  BAUDS,
  BOARD_FRAMES,
  BOARD_MODES,
  BOARDS,
  CLEAR_WORD,
  ESTOP_BYTE,
  FAULTS,
  type FrameShape,
  HOST_FRAMES,
  LEVEL_ONE,
  PROTOCOL_VERSION,
  PULSE_TICKS,
  RATIO_ONE,
  SCALE_ONE,
  TICKS_PER_US,
  WIRE_LIMITS,
} from "./protocol.ts";
import { fieldsOf } from "./fields.ts";

const upper = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c}`).toUpperCase();
const hex = (value: number): string => `0x${value.toString(16).padStart(2, "0")}`;
const define = (name: string, value: string | number): string =>
  `#define ${name.padEnd(30)} ${value}`;

/** Ids, sizes and the place of every field; a list that takes what is left only has its place. */
const frameLines = (side: string, name: string, shape: FrameShape): string[] => {
  const prefix = `${side}_${upper(name)}`;
  const lines = [`/* ${shape.does} */`, define(prefix, hex(shape.id))];
  let at = 0;
  let open = false;
  for (const { name: field, bytes, count = 1 } of fieldsOf(shape)) {
    lines.push(define(`${prefix}_AT_${upper(field)}`, `${at} /* ${7 * bytes} bits */`));
    if (Number.isFinite(count)) at += bytes * count;
    else open = true;
  }
  lines.push(define(`${prefix}_${open ? "LEAST" : "SIZE"}`, at));
  return lines;
};

export const cHeader = (): string =>
  [
    "/* Made by `npm run wire` from src/wire/protocol.ts, which says what everything means. Don't edit. */",
    "#ifndef EFFERENCE_PROTOCOL_H",
    "#define EFFERENCE_PROTOCOL_H",
    "",
    define("PROTOCOL_VERSION", PROTOCOL_VERSION),
    ...Object.entries(WIRE_LIMITS).map(([name, value]) => define(`MOST_${upper(name)}`, value)),
    define("ESTOP_BYTE", hex(ESTOP_BYTE)),
    define("CLEAR_WORD", hex(CLEAR_WORD)),
    define("TICKS_PER_US", TICKS_PER_US),
    define("PULSE_MIN_TICKS", PULSE_TICKS.min),
    define("PULSE_MAX_TICKS", PULSE_TICKS.max),
    define("LEVEL_ONE", LEVEL_ONE),
    define("SCALE_ONE", SCALE_ONE),
    define("RATIO_ONE", RATIO_ONE),
    "",
    ...BAUDS.map((baud, index) => define(`BAUD_${index}`, `${baud}UL`)),
    define("BAUDS", BAUDS.length),
    "",
    `enum board { ${BOARDS.map((name) => `BOARD_${upper(name)}`).join(", ")} };`,
    `enum mode { ${BOARD_MODES.map((name) => `MODE_${upper(name)}`).join(", ")} };`,
    ...FAULTS.map((name, bit) => define(`FAULT_${upper(name)}`, `(1u << ${bit})`)),
    "",
    ...Object.entries(HOST_FRAMES).flatMap(([name, shape]) => [
      ...frameLines("HOST", name, shape),
      "",
    ]),
    ...Object.entries(BOARD_FRAMES).flatMap(([name, shape]) => [
      ...frameLines("BOARD", name, shape),
      "",
    ]),
    "#endif",
    "",
  ].join("\n");
