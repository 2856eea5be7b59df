import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeFields, encodeFields, fieldsOf, largestOf } from "../../../src/wire/fields.ts";
import { frameBytes } from "../../../src/wire/frame.ts";
import { type WireEvent, WireParser } from "../../../src/wire/parser.ts";
import { BOARD_FRAMES, type FrameShape, HOST_FRAMES } from "../../../src/wire/protocol.ts";

const eventsOf = (...pieces: readonly Iterable<number>[]): WireEvent[] => {
  const events: WireEvent[] = [];
  const parser = new WireParser((event) => events.push(event));
  for (const piece of pieces) parser.push(piece);
  return events;
};

const bytes = fc.uint8Array({ maxLength: 400 });
/** Streams in which sysex starts, ends and ids of ours are common. */
const likely = fc.array(
  fc.oneof(
    fc.constantFrom(0xf0, 0xf7, 0xfc, 0xe0, 0xf4, 0x01, 0x0b, 0x0c),
    fc.integer({ min: 0, max: 255 }),
  ),
  { maxLength: 400 },
);
const frame = fc.record({
  id: fc.integer({ min: 1, max: 15 }),
  seq: fc.integer({ min: 0, max: 127 }),
  data: fc.array(fc.integer({ min: 0, max: 127 }), { maxLength: 126 }),
});
const told = ({ id, seq, data }: { id: number; seq: number; data: readonly number[] }) => ({
  type: "frame",
  id,
  seq,
  data: Uint8Array.from(data),
});

test("any bytes are taken, in whatever pieces they come", () => {
  fc.assert(
    fc.property(fc.oneof(bytes, likely), fc.nat(400), (stream, cut) => {
      const whole = eventsOf(stream);
      expect(eventsOf(stream.slice(0, cut), stream.slice(cut))).toEqual(whole);
      expect(eventsOf(...Array.from(stream, (byte) => [byte]))).toEqual(whole);
    }),
  );
});

test("a frame after any noise is read", () => {
  fc.assert(
    fc.property(fc.oneof(bytes, likely), frame, (noise, one) => {
      const stream = frameBytes(one.id, one.seq, one.data);
      expect(eventsOf(noise, stream).at(-1)).toEqual(told(one));
    }),
  );
});

test("frames one after the other are all read", () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), (frames) => {
      const streams = frames.map(({ id, seq, data }) => frameBytes(id, seq, data));
      expect(eventsOf(...streams)).toEqual(frames.map(told));
    }),
  );
});

test("up to three wrong bits inside a frame are never obeyed", () => {
  const flips = fc.uniqueArray(fc.nat(131 * 7 - 1), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(frame, flips, ({ id, seq, data }, places) => {
      const stream = frameBytes(id, seq, data);
      const bits = (stream.length - 2) * 7;
      // Two wrong bits at one place would be none.
      const unique = new Set(places.map((place) => place % bits));
      for (const place of unique) stream[1 + Math.floor(place / 7)]! ^= 1 << (place % 7);
      for (const event of eventsOf(stream)) expect(event.type).not.toBe("frame");
    }),
    { numRuns: 500 },
  );
});

const shapes: readonly FrameShape[] = [
  ...Object.values(HOST_FRAMES),
  ...Object.values(BOARD_FRAMES),
];

test("values of every shape come back as they were", () => {
  for (const shape of shapes) {
    const fields = fieldsOf(shape).map(({ name, bytes: width, count }) => {
      const number = fc.integer({ min: 0, max: largestOf(width) });
      if (count === undefined) return [name, number] as const;
      const [minLength, maxLength] = Number.isFinite(count) ? [count, count] : [0, 20];
      return [name, fc.array(number, { minLength, maxLength })] as const;
    });
    const values = fc.record(Object.fromEntries(fields as [string, fc.Arbitrary<unknown>][]));
    fc.assert(
      fc.property(values, (some) => {
        const data = encodeFields(shape, some as never);
        expect(data.every((byte) => byte >= 0 && byte <= 127)).toBe(true);
        expect(decodeFields(shape, Uint8Array.from(data))).toEqual({ ...some });
      }),
      { numRuns: 50 },
    );
  }
});

test("any data of any shape decode to values that say the same again, or to none", () => {
  const data = fc.uint8Array({ max: 127, maxLength: 126 });
  fc.assert(
    fc.property(fc.constantFrom(...shapes), data, (shape, some) => {
      const values = decodeFields(shape, some);
      // 32 bits take five bytes, whose upper four bits are not sent.
      if (values === undefined || JSON.stringify(shape.fields).includes("u32")) return;
      expect(encodeFields(shape, values)).toEqual([...some]);
    }),
  );
});
