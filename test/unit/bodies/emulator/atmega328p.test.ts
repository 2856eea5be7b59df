// The seven points in which stock avr8js is no trustworthy Uno (design: firmware-facts.md), each on a
// program of a few instructions, against what the datasheet says.
import { describe, expect, test } from "vitest";
import { Atmega328p, CLOCK_HZ, FLASH_BYTES } from "../../../../src/bodies/emulator/atmega328p.ts";
import { flashOf } from "../../../../src/bodies/emulator/intel-hex.ts";

const NOP = 0x0000;
const SEI = 0x9478;
const RETI = 0x9518;
const SLEEP = 0x9588;
const WDR = 0x95a8;
const SPM = 0x95e8;
const HERE = 0xcfff; // rjmp .-2
const ldi = (register: number, value: number): number =>
  0xe000 | ((value & 0xf0) << 4) | ((register - 16) << 4) | (value & 0xf);
const out = (address: number, register: number): number =>
  0xb800 | ((address & 0x30) << 5) | (register << 4) | (address & 0xf);
const sts = (address: number, register: number): number[] => [0x9200 | (register << 4), address];
const lds = (register: number, address: number): number[] => [0x9000 | (register << 4), address];
const inc = (register: number): number => 0x9403 | (register << 4);
/** Puts a value into an I/O register, through r16. */
const put = (address: number, value: number): number[] => [ldi(16, value), ...sts(address, 16)];

const TCCR1B = 0x81;
const OCR1AH = 0x89;
const OCR1AL = 0x88;
const TIMSK1 = 0x6f;
const COMPA = 0x16; // vectors, in words
const USART_RX = 0x24;
const MCUSR = 0x54;
const SMCR = 0x53;
const WDTCSR = 0x60;
const UCSR0A = 0xc0;
const UCSR0B = 0xc1;
const UBRR0L = 0xc4;
const UDR0 = 0xc6;
const CODE = 0x80; // words: behind the vectors

const chipOf = (
  program: readonly number[],
  vectors: Readonly<Record<number, readonly number[]>> = {},
  said: (byte: number, cycles: number) => void = () => {},
): Atmega328p => {
  const words = new Uint16Array(FLASH_BYTES / 2);
  words[0] = 0xc000 | (CODE - 1); // rjmp
  for (const [at, code] of Object.entries(vectors)) words.set(code, Number(at));
  words.set(program, CODE);
  return new Atmega328p({ flash: new Uint8Array(words.buffer), hostBaud: 500_000, said });
};
const registers = (chip: Atmega328p) => chip.core.data;

/** Timer1 at the CPU's clock, a match at `ocr`. */
const timerAt = (ocr: number): number[] => [
  ...put(OCR1AH, ocr >> 8),
  ...put(OCR1AL, ocr & 0xff),
  ...put(TIMSK1, 2),
  ...put(TCCR1B, 1),
];

describe("sleep", () => {
  test("lasts until an interrupt, and costs nothing to emulate", () => {
    const sleeper = [...put(SMCR, 1), ...timerAt(50_000), SEI, SLEEP, inc(20), HERE];
    const chip = chipOf(sleeper, { [COMPA]: [inc(21), RETI] });
    let steps = 0;
    const step = chip.core.step.bind(chip.core);
    chip.core.step = () => {
      steps++;
      step();
    };
    chip.runTo(40_000);
    expect(registers(chip)[20]).toBe(0);
    expect(steps).toBeLessThan(40);
    chip.runTo(50_100);
    expect([registers(chip)[21], registers(chip)[20]]).toEqual([1, 1]);
    expect(chip.sleptCycles).toBeGreaterThan(49_000);
  });

  test("without an interrupt to come it ends where time was told to end, and not before", () => {
    const chip = chipOf([...put(SMCR, 1), SLEEP, inc(20), HERE]);
    chip.runTo(1_000_000);
    expect(chip.core.cycles).toBe(1_000_000);
    expect(registers(chip)[20]).toBe(0);
  });
});

test("SPM writes a page of flash, as a boot loader does", () => {
  // r1:r0 = 0xbeef into the buffer at 0x7000, erase, write.
  const spm = (command: number): number[] => [...put(0x57, command), SPM];
  const chip = chipOf([
    ldi(16, 0xef),
    0x2e00, // mov r0, r16
    ldi(17, 0xbe),
    0x2e11, // mov r1, r17
    ldi(30, 0x00),
    ldi(31, 0x70),
    ...spm(1),
    ...spm(3),
    ...spm(5),
    HERE,
  ]);
  chip.runTo(200);
  expect(chip.core.progMem[0x7000 / 2]).toBe(0xbeef);
  expect(chip.core.progMem[0x7002 / 2]).toBe(0xffff);
});

test("a timer that nobody looks at plans an event for each match, not for each count", () => {
  const chip = chipOf([...put(SMCR, 1), ...timerAt(1000), SEI, SLEEP, HERE], {
    [COMPA]: [inc(21), RETI],
  });
  let events = 0;
  const add = chip.core.addClockEvent.bind(chip.core);
  chip.core.addClockEvent = (callback, cycles) => {
    events++;
    return add(callback, cycles);
  };
  chip.runTo(2 * 65_536 + 2000);
  expect(registers(chip)[21]).toBe(3);
  expect(events).toBeLessThan(40);
});

test("an interrupt is entered in 4 cycles, and one instruction runs after SEI and after RETI", () => {
  // The match comes while interrupts are off: entered one instruction after SEI.
  const body = [...timerAt(4), NOP, NOP, NOP, NOP, NOP, NOP, SEI, inc(20), inc(22), HERE];
  const chip = chipOf(body, { [COMPA]: [0x2e34, RETI] }); // mov r3, r20
  const trace: [number, number][] = [];
  const step = chip.core.step.bind(chip.core);
  chip.core.step = () => {
    trace.push([chip.core.pc, chip.core.cycles]);
    step();
  };
  chip.runTo(100);
  expect(registers(chip)[3]).toBe(1); // inc r20 had run, inc r22 had not
  const entered = trace.findIndex(([pc]) => pc === COMPA);
  const [pcBefore, cyclesBefore] = trace[entered - 1]!;
  expect(chip.core.progMem[pcBefore]).toBe(inc(20));
  expect(trace[entered]![1] - cyclesBefore).toBe(1 + 4);
});

test("clock events may cancel and plan others from inside", () => {
  const { core } = chipOf([HERE]);
  const seen: string[] = [];
  const never = (): void => void seen.push("cancelled");
  core.addClockEvent(() => {
    seen.push("first");
    core.clearClockEvent(never);
    core.addClockEvent(() => void seen.push("planned"), 5);
  }, 10);
  core.addClockEvent(never, 11);
  core.addClockEvent(() => void seen.push("last"), 30);
  while (core.cycles < 100) core.step();
  expect(seen).toEqual(["first", "planned", "last"]);
});

describe("the serial port", () => {
  const BYTE = (CLOCK_HZ / 500_000) * 10; // cycles
  const open = [...put(UCSR0A, 2), ...put(UBRR0L, 3), ...put(UCSR0B, 0x18)]; // 500 kbaud

  test("holds three bytes, loses the fourth, and says so with the next that is read", () => {
    const read = [...lds(20, UCSR0A), ...lds(21, UDR0)];
    const late = Array.from({ length: 5 * BYTE }, () => NOP);
    const chip = chipOf([
      ...open,
      ...late,
      ...read,
      ...sts(0x100, 20),
      ...sts(0x110, 21),
      ...read,
      ...sts(0x101, 20),
      ...sts(0x111, 21),
      ...read,
      ...sts(0x102, 20),
      ...sts(0x112, 21),
      HERE,
    ]);
    chip.runTo(100);
    chip.usart.receive([1, 2, 3, 4]);
    chip.runTo(6 * BYTE + 200);
    expect(chip.usart.lost).toBe(1);
    expect(Array.from(registers(chip).slice(0x110, 0x113))).toEqual([1, 2, 4]);
    expect(Array.from(registers(chip).slice(0x100, 0x103), (flags) => flags & 0x08)).toEqual([
      0, 0, 8,
    ]);
  });

  test("takes bytes at the host's speed, and garbles them where the two differ too much", () => {
    const echo = { [USART_RX]: [...lds(20, UDR0), ...lds(23, UCSR0A), ...sts(UDR0, 20), RETI] };
    const program = [...put(UCSR0A, 2), ...put(UBRR0L, 3), ...put(UCSR0B, 0x98), SEI, HERE];
    for (const [hostBaud, isRight] of [
      [500_000, true],
      [510_000, true],
      [250_000, false],
    ] as const) {
      const heard: number[] = [];
      const chip = chipOf(program, echo, (byte) => heard.push(byte));
      chip.usart.hostBaud = hostBaud;
      chip.runTo(100);
      const before = chip.core.cycles;
      chip.usart.receive([0x55, 0x0f]);
      while (heard.length < 2) chip.runTo(chip.core.cycles + 10);
      const byte = (CLOCK_HZ / hostBaud) * 10;
      expect(chip.core.cycles - before).toBeGreaterThan(2 * byte + BYTE);
      expect(chip.core.cycles - before).toBeLessThan(2 * byte + BYTE + 60);
      expect(heard[0] === 0x55 && heard[1] === 0x0f).toBe(isRight);
    }
  });
});

describe("a watchdog reset", () => {
  const bark = [
    ...lds(24, MCUSR),
    ...sts(0x120, 24),
    ldi(16, 0xff),
    out(0x0a, 16),
    out(0x0b, 16), // port D high
    ...put(WDTCSR, 0x18),
    ...put(WDTCSR, 0x08), // 16 ms
    HERE,
  ];

  test("puts pins and registers back, keeps RAM, and says that it was one", () => {
    const chip = chipOf(bark);
    const levels: number[] = [];
    chip.ports.d.addListener((value) => levels.push(value));
    chip.runTo(100);
    chip.core.data[0x200] = 42;
    expect(registers(chip)[0x120]).toBe(1);
    chip.runTo(0.02 * CLOCK_HZ);
    expect(chip.resets).toBe(2);
    expect(levels).toContain(0);
    expect(registers(chip)[0x120]).toBe(8);
    expect(registers(chip)[0x200]).toBe(42);
  });

  test("leaves the watchdog running at its shortest time, until the program turns it off", () => {
    const chip = chipOf([HERE]);
    chip.reset("watchdog");
    chip.runTo(0.1 * CLOCK_HZ);
    expect(chip.resets).toBeGreaterThan(5);
  });

  test("does not come to whoever resets it in time", () => {
    const chip = chipOf([...put(WDTCSR, 0x18), ...put(WDTCSR, 0x08), WDR, 0xcffe]); // rjmp to wdr
    chip.runTo(0.1 * CLOCK_HZ);
    expect(chip.resets).toBe(1);
  });
});

test("a hex file that was cut off or changed is refused, with its line", () => {
  const good = ":0400000001020304F2\n:00000001FF\n";
  expect([...flashOf(good, 8)]).toEqual([1, 2, 3, 4, 255, 255, 255, 255]);
  expect(() => flashOf(good.slice(0, 20), 8)).toThrow("no last line");
  expect(() => flashOf(good.replace("F2", "F3"), 8)).toThrow(
    "line 1 of the firmware has a wrong checksum",
  );
  expect(() => flashOf("hello", 8)).toThrow('line 1 of the firmware is "hello"');
  expect(() => flashOf(good, 2)).toThrow("writes up to byte 4, expected at most 2");
});
