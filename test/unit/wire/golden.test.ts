// test/golden/wire.txt is read by the native test of the firmware's C as well (firmware/test/golden.c).
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { boardFrame, hostFrame } from "../../../src/wire/frame.ts";
import { decodeFields } from "../../../src/wire/fields.ts";
import { WireParser } from "../../../src/wire/parser.ts";
import { BOARD_FRAMES, HOST_FRAMES } from "../../../src/wire/protocol.ts";

const hexOf = (bytes: Iterable<number>): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.trim().split(" "), (byte) => Number.parseInt(byte, 16));

const golden = readFileSync(new URL("../../golden/wire.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split(" > ") as [string, string]);

const eventsOf = (stream: Uint8Array): string => {
  const told: string[] = [];
  new WireParser((event) => {
    if (event.type === "frame") told.push(`frame ${hexOf([event.id, event.seq, ...event.data])}`);
    else if (event.type === "sysex") told.push(`sysex ${hexOf(event.data)}`);
    else if (event.type === "message") told.push(`message ${hexOf([event.status, ...event.data])}`);
    else told.push(event.fault);
  }).push(stream);
  return told.join(", ");
};

test("the parser reads the golden bytes as they are told", () => {
  expect(golden.length).toBeGreaterThan(15);
  for (const [stream, events] of golden)
    expect({ stream, events: eventsOf(bytesOf(stream)) }).toEqual({ stream, events });
});

test("the encoder writes the golden bytes", () => {
  const streams = golden.map(([stream]) => stream);
  expect(streams[0]).toBe(hexOf(hostFrame("hello", 0, { protocol: 1 })));
  expect(streams[1]).toBe(hexOf(hostFrame("targets", 5, { mask: 0b101, ticks: [3000, 0] })));
  expect(streams[2]).toBe(hexOf(hostFrame("chunk", 127, { ids: [13, 900, 1026, 771] })));
  expect(streams[3]).toBe(hexOf(hostFrame("begin", 16, {})));
});

test("a status reads as it was written, by hand", () => {
  const data = [
    [2, 1, 6, 5], // mode active, locked, 6 taken, 5 shown
    [0x2c, 0x02], // frame 300
    [0x40, 0x04, 0x3d, 0x00, 0x00], // begun at 1,000,000 us
    [0x60, 0x20, 0x3e, 0x00, 0x00], // the next at 1,020,000 us
    [0x01, 0x00], // faults: bad_crc
    [3, 0, 0, 1, 7, 0, 9, 0, 0, 0], // bad crc 3, broken 128, refused 7, clamped 9, uart 0
    [0x38, 0x17], // 1500 us
    Array.from({ length: 22 }, () => 0), // no other pulse
  ].flat();
  const status = decodeFields(BOARD_FRAMES.status, Uint8Array.from(data))!;
  expect(status).toEqual({
    mode: 2,
    locked: 1,
    taken: 6,
    shown: 5,
    frame: 300,
    startedUs: 1_000_000,
    nextUs: 1_020_000,
    faults: 1,
    badCrc: 3,
    broken: 128,
    refused: 7,
    clamped: 9,
    uart: 0,
    pulses: [3000, ...Array.from({ length: 11 }, () => 0)],
  });
  expect(Array.from(boardFrame("status", 0, status).slice(3, -4))).toEqual(data);
});

test("numbers that a field can't hold are refused, with what was expected", () => {
  const ping = (token: number) => () => hostFrame("ping", 0, { token });
  expect(ping(16_384)).toThrow("token: found 16384, expected a whole number from 0 to 16383");
  expect(ping(-1)).toThrow(RangeError);
  expect(ping(0.5)).toThrow(RangeError);
  expect(() => hostFrame("ping", 128, { token: 0 })).toThrow("found the byte 128");
  const ids = Array.from({ length: 64 }, () => 0);
  expect(() => hostFrame("chunk", 0, { ids })).toThrow("128 bytes of data, expected at most 126");
});

test("data that don't fit their shape are no values", () => {
  expect(decodeFields(HOST_FRAMES.ping, Uint8Array.of(1))).toBeUndefined();
  expect(decodeFields(HOST_FRAMES.ping, Uint8Array.of(1, 2, 3))).toBeUndefined();
  expect(decodeFields(HOST_FRAMES.chunk, Uint8Array.of(1, 2, 3))).toBeUndefined();
  expect(decodeFields(HOST_FRAMES.chunk, Uint8Array.of())).toEqual({ ids: [] });
});
