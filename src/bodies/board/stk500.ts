// Writes a program through a boot loader that speaks STK500 version 1, as an Uno's and a Nano's do (Atmel
// AVR061; the subset that optiboot has). Each command ends in 20 and is answered by 14, its data, and 10.
// Every page is read back and compared: what the boot loader says of itself is not believed.
import { BodyError } from "../../core/errors.ts";

/** A serial line with a boot loader at its end. */
export interface BootLine {
  /** How a person calls it. */
  readonly name: string;
  /** Resets the chip, whose boot loader then listens for a second, and talks at this speed. */
  restart(baud: number): Promise<void>;
  write(bytes: Uint8Array): void;
  /** Takes bytes that came, or will within `ms`; fewer than `count` where no more do. */
  read(count: number, ms: number): Promise<Uint8Array>;
  /** Forgets what came. */
  flush(): void;
}

const [OK, IN_SYNC, END] = [0x10, 0x14, 0x20];
const GET_SYNC = 0x30;
/** What a boot loader listens at, and what is said to find it. */
const OPTIBOOT = { baud: 115_200, hail: [END] };
const OLD_LOADER = { baud: 57_600, hail: [GET_SYNC, END] };
/** Boards, and the room that their boot loaders leave to programs. */
export const BOOT_BOARDS = {
  uno: { loaders: [OPTIBOOT], programBytes: 32_256 },
  nano: { loaders: [OPTIBOOT, OLD_LOADER], programBytes: 30_720 },
} as const;
export type BootBoard = keyof typeof BOOT_BOARDS;

const LEAVE = 0x51;
const LOAD_ADDRESS = 0x55;
const PROGRAM_PAGE = 0x64;
const READ_PAGE = 0x74;
const READ_SIGNATURE = 0x75;
const FLASH = 0x46; // "F": of the memories of the chip
const PAGE_BYTES = 128;
const SIGNATURE = "1e 95 0f";
const CHIPS: Readonly<Record<string, string>> = {
  [SIGNATURE]: "ATmega328P",
  "1e 95 14": "ATmega328",
  "1e 95 87": "ATmega32U4, of a Leonardo or Micro",
  "1e 94 06": "ATmega168, of an old Nano",
  "1e 98 01": "ATmega2560, of a Mega",
};
const TRIES = 10;
/** Twice of it may go by between two bytes: a boot loader gives up after 1 s. */
const HEARING_MS = 400;
const PATIENCE_MS = 2000;

export interface WriteOptions {
  readonly board: BootBoard;
  /** The flash from byte 0 on; what is FF at its end is left alone. */
  readonly program: Uint8Array;
  /** Pages written or read back, of all that will be. */
  readonly progress?: (done: number, total: number) => void;
}

/**
 * Writes the program, verifies it, and starts it.
 * @returns how many bytes were written and read back
 * @throws BodyError that says what was found at the port, and what to do
 */
export const writeProgram = async (
  line: BootLine,
  { board, program, progress }: WriteOptions,
): Promise<number> => {
  const pages = pagesOf(program);
  await synchronise(line, board);
  const signature = hexOf(await ask(line, "its signature", [READ_SIGNATURE], 3));
  if (signature !== SIGNATURE)
    throw new BodyError(
      `${line.name} has a chip with the signature ${signature} (${CHIPS[signature] ?? "unknown"}), ` +
        `expected ${SIGNATURE} (${CHIPS[SIGNATURE]}, of an Uno or Nano); nothing was written`,
    );
  const total = 2 * pages.length;
  for (const [index, page] of pages.entries()) {
    await loadAddress(line, index);
    await ask(line, `page ${index}`, [PROGRAM_PAGE, 0, PAGE_BYTES, FLASH, ...page]);
    progress?.(index + 1, total);
  }
  for (const [index, page] of pages.entries()) {
    await loadAddress(line, index);
    const held = await ask(line, `page ${index}`, [READ_PAGE, 0, PAGE_BYTES, FLASH], PAGE_BYTES);
    const at = held.findIndex((byte, i) => byte !== page[i]);
    if (at >= 0)
      throw new BodyError(
        `byte ${index * PAGE_BYTES + at} of the board's flash reads ${hexOf([held[at]!])}, expected ` +
          `${hexOf([page[at]!])}: it was not written right; flash it again, with another cable if need be`,
      );
    progress?.(pages.length + index + 1, total);
  }
  await ask(line, "the end", [LEAVE]);
  return pages.length * PAGE_BYTES;
};

const pagesOf = (program: Uint8Array): readonly Uint8Array[] => {
  const end = program.findLastIndex((byte) => byte !== 0xff) + 1;
  return Array.from({ length: Math.ceil(end / PAGE_BYTES) }, (_, index) => {
    const page = new Uint8Array(PAGE_BYTES).fill(0xff);
    page.set(program.subarray(index * PAGE_BYTES, (index + 1) * PAGE_BYTES));
    return page;
  });
};

const hexOf = (bytes: Iterable<number>): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

/** Addresses are told in words. */
const loadAddress = (line: BootLine, page: number): Promise<Uint8Array> => {
  const word = (page * PAGE_BYTES) / 2;
  return ask(line, "an address", [LOAD_ADDRESS, word & 0xff, word >> 8]);
};

const answers = async (line: BootLine, bytes: readonly number[]): Promise<boolean> => {
  line.flush(); // half an answer to the last try
  line.write(Uint8Array.from(bytes));
  const [first, second] = await line.read(2, HEARING_MS);
  return first === IN_SYNC && second === OK;
};

const hush = async (line: BootLine): Promise<void> => {
  while ((await line.read(64, HEARING_MS)).length > 0);
};

/**
 * A boot loader that blinks at first keeps some of the bytes that come meanwhile. optiboot answers any
 * command that ends in 20 and gives up at one that doesn't, so that it is told nothing but 20, of which
 * each second one is a command, until it is known which. The old one counts those as mistakes, and is
 * asked outright.
 */
const synchronise = async (line: BootLine, board: BootBoard): Promise<void> => {
  const { loaders } = BOOT_BOARDS[board];
  for (const { baud, hail } of loaders) {
    await line.restart(baud);
    for (let tried = 0; tried < TRIES; tried++) {
      if (!(await answers(line, hail))) continue;
      await hush(line);
      if (hail.length === 1 && !(await answers(line, hail))) await answers(line, hail);
      if (await answers(line, [GET_SYNC, END])) return;
    }
  }
  const others = Object.keys(BOOT_BOARDS).filter((other) => other !== board);
  throw new BodyError(
    `no boot loader answered at ${line.name} as ${board === "uno" ? "an" : "a"} ${board}'s does ` +
      `(${loaders.map(({ baud }) => baud).join(" or ")} baud): is it another board (--board ${others.join(", ")})? Is another ` +
      "program at the port? Press the board's reset button as this starts, and try again",
  );
};

/** Asks and returns the data of the answer. */
const ask = async (
  line: BootLine,
  what: string,
  command: readonly number[],
  dataBytes = 0,
): Promise<Uint8Array> => {
  line.write(Uint8Array.of(...command, END));
  const answer = await line.read(dataBytes + 2, PATIENCE_MS);
  if (answer.length === dataBytes + 2 && answer[0] === IN_SYNC && answer.at(-1) === OK)
    return answer.subarray(1, -1);
  const found = answer.length === 0 ? "nothing" : hexOf(answer.subarray(0, 8));
  throw new BodyError(
    `the boot loader at ${line.name} answered ${found} when asked for ${what}, expected ` +
      `${dataBytes + 2} bytes from 14 to 10; look at the cable, and flash it again`,
  );
};
