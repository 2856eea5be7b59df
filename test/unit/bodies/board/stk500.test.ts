// Writing programs through the boot loaders of real boards, on the emulated chip.
import { describe, expect, test } from "vitest";
import {
  type BootBoard,
  type BootLine,
  writeProgram,
} from "../../../../src/bodies/board/stk500.ts";
import { FLASH_BYTES } from "../../../../src/bodies/emulator/atmega328p.ts";
import { flashOf } from "../../../../src/bodies/emulator/intel-hex.ts";
import { EmulatedUno } from "../../../../src/bodies/emulator/uno.ts";
import { HEX } from "../emulator/board-fixture.ts";
import {
  lacksBootLoaders,
  lacksCompiler,
  oldNanoHex,
  optibootHex,
} from "../emulator/boot-loaders.ts";

const EMPTY = ":00000001FF\n";
const MINUTE = 60_000;

/** An Uno with nothing but a boot loader in it, in its own time. */
class EmulatedBootLine implements BootLine {
  readonly name = "the emulated port";
  readonly uno: EmulatedUno;
  #came: number[] = [];

  constructor(bootLoader: string) {
    this.uno = new EmulatedUno({
      hex: EMPTY,
      bootLoader,
      baud: 115_200,
      said: (byte) => this.#came.push(byte),
    });
  }

  async restart(baud: number): Promise<void> {
    this.uno.baud = baud;
    this.uno.reset("pin");
    this.uno.run(100);
  }

  write(bytes: Uint8Array): void {
    this.uno.write(bytes);
  }

  async read(count: number, ms: number): Promise<Uint8Array> {
    const endNs = this.uno.timeNs + ms * 1e6;
    while (this.#came.length < count && this.uno.timeNs < endNs) this.uno.run(0.2);
    return Uint8Array.from(this.#came.splice(0, count));
  }

  flush(): void {
    this.#came = [];
  }
}

const flash = (): Uint8Array => flashOf(HEX, FLASH_BYTES);

const LOADERS: readonly [string, BootBoard, () => string, boolean][] = [
  ["optiboot", "uno", optibootHex, lacksBootLoaders() || lacksCompiler()],
  ["the old Nano's boot loader", "nano", oldNanoHex, lacksBootLoaders()],
];

for (const [name, board, hexOf, isMissing] of LOADERS)
  describe.skipIf(isMissing)(`through ${name}`, () => {
    test(
      "the whole firmware is written, read back, and started",
      async () => {
        const line = new EmulatedBootLine(hexOf());
        const seen: number[] = [];
        const bytes = await writeProgram(line, {
          board,
          program: flash(),
          progress: (done, total) => seen.push(done / total),
        });
        const end = flash().findLastIndex((byte) => byte !== 0xff) + 1;
        expect(bytes).toBe(Math.ceil(end / 128) * 128);
        const { progBytes } = line.uno.chip.core;
        expect(progBytes.subarray(0, bytes)).toEqual(flash().subarray(0, bytes));
        expect(seen).toEqual(seen.toSorted((a, b) => a - b));
        expect(seen.at(-1)).toBe(1);
        line.uno.baud = 57_600;
        line.uno.run(1500); // the boot loader's last second, and the firmware's start
        line.flush();
        line.write(Uint8Array.of(0xf9));
        expect([...(await line.read(3, 100))]).toEqual([0xf9, 2, 5]);
      },
      MINUTE,
    );
  });

test.skipIf(lacksBootLoaders())(
  "a bit that did not keep is found, with its byte",
  async () => {
    const line = new EmulatedBootLine(oldNanoHex());
    const writing = writeProgram(line, {
      board: "nano",
      program: flash().subarray(0, 1280),
      progress: (done, total) => {
        if (2 * done === total) line.uno.chip.core.progBytes[1000]! ^= 4;
      },
    });
    await expect(writing).rejects.toThrow(/^byte 1000 of the board's flash reads .., expected/);
  },
  MINUTE,
);

describe("says what it found", () => {
  /** The far side of a line that answers a command by its first byte. */
  const lineOf = (answers: Readonly<Record<number, readonly number[]>>): BootLine => {
    let came: number[] = [];
    return {
      name: "port",
      restart: async () => {},
      write: (bytes) => came.push(...(answers[bytes[0]!] ?? [])),
      read: async (count) => Uint8Array.from(came.splice(0, count)),
      flush: () => void (came = []),
    };
  };
  const order = { board: "uno", program: Uint8Array.of(1, 2, 3) } as const;
  const inSync = { 0x20: [0x14, 0x10], 0x30: [0x14, 0x10] };

  test("where nobody answers, with which boards to try", async () => {
    await expect(writeProgram(lineOf({}), order)).rejects.toThrow(
      "no boot loader answered at port as an uno's does (115200 baud): is it another board (--board nano)?",
    );
  });

  test("where another chip answers, with both signatures", async () => {
    const mega = lineOf({ ...inSync, 0x75: [0x14, 0x1e, 0x98, 0x01, 0x10] });
    await expect(writeProgram(mega, order)).rejects.toThrow(
      "has a chip with the signature 1e 98 01 (ATmega2560, of a Mega), expected 1e 95 0f",
    );
  });

  test("where a boot loader stops in the middle", async () => {
    const lost = lineOf({ ...inSync, 0x75: [0x14, 0x1e, 0x95, 0x0f, 0x10] });
    await expect(writeProgram(lost, order)).rejects.toThrow(
      "answered nothing when asked for an address, expected 2 bytes from 14 to 10",
    );
  });
});
