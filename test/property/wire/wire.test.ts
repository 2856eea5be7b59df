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

const frame = fc.record({
  id: fc.integer({ min: 1, max: 15 }),
  seq: fc.integer({ min: 0, max: 127 }),
  data: fc.array(fc.integer({ min: 0, max: 127 }), { maxLength: 126 }),
});
/** Noise, in which sysex starts, ends and ids of ours are common. */
const noise = fc.array(
  fc.oneof(
    fc.constantFrom(0xf0, 0xf7, 0xfc, 0xe0, 0xf4, 0x01, 0x0b, 0x0c),
    fc.integer({ min: 0, max: 255 }),
  ),
  { maxLength: 100 },
);
const written = frame.map(({ id, seq, data }) => frameBytes(id, seq, data));
const cutOff = fc
  .tuple(written, fc.nat(130))
  .map(([stream, length]) => stream.slice(0, length % stream.length));
/** Longer than a parser holds. */
const endless = fc
  .integer({ min: 1000, max: 1100 })
  .map((length) => [0xf0, ...new Uint8Array(length), 0xf7]);
/** Frames whole, cut off and too long, and noise between them. */
const anyStream = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: written },
      { weight: 2, arbitrary: cutOff },
      { weight: 2, arbitrary: noise },
      { weight: 1, arbitrary: endless },
    ),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.flatMap((piece) => [...piece]));

const told = ({ id, seq, data }: { id: number; seq: number; data: readonly number[] }) => ({
  type: "frame",
  id,
  seq,
  data: Uint8Array.from(data),
});

test("any bytes are taken, in whatever pieces they come", () => {
  fc.assert(
    fc.property(anyStream, fc.nat(2 ** 20), (stream, place) => {
      const whole = eventsOf(stream);
      const cut = place % (stream.length + 1);
      expect(eventsOf(stream.slice(0, cut), stream.slice(cut))).toEqual(whole);
      expect(eventsOf(...Array.from(stream, (byte) => [byte]))).toEqual(whole);
    }),
  );
});

test("a frame after anything is read", () => {
  fc.assert(
    fc.property(anyStream, frame, (stream, one) => {
      const last = frameBytes(one.id, one.seq, one.data);
      expect(eventsOf(stream, last).at(-1)).toEqual(told(one));
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

/** Data as long as a shape says, of numbers that its fields can hold. */
const dataOf = (shape: FrameShape): fc.Arbitrary<number[]> => {
  const fields = fieldsOf(shape).map(({ bytes, count = 1 }) => {
    const highest = Math.floor(largestOf(bytes) / 2 ** (7 * (bytes - 1)));
    const number = fc.tuple(
      ...Array.from({ length: bytes }, (_, byte) => fc.nat(byte < bytes - 1 ? 127 : highest)),
    );
    const [minLength, maxLength] = Number.isFinite(count) ? [count, count] : [0, 20];
    return fc.array(number, { minLength, maxLength }).map((numbers) => numbers.flat());
  });
  return fc.tuple(...fields).map((all) => all.flat());
};

test("data of a shape decode to values that say the same again", () => {
  for (const shape of shapes)
    fc.assert(
      fc.property(dataOf(shape), (data) => {
        const values = decodeFields(shape, Uint8Array.from(data));
        expect(encodeFields(shape, values!)).toEqual(data);
      }),
      { numRuns: 50 },
    );
});

test("data that do not fit their shape say nothing", () => {
  const bytes = fc.uint8Array({ max: 127, maxLength: 126 });
  fc.assert(
    fc.property(fc.constantFrom(...shapes), bytes, (shape, data) => {
      const widths = fieldsOf(shape);
      const least = widths.reduce(
        (sum, { bytes: width, count = 1 }) => sum + (Number.isFinite(count) ? width * count : 0),
        0,
      );
      const rest = widths.find(({ count = 1 }) => !Number.isFinite(count));
      const left = data.length - least;
      const fits = left === 0 || (rest !== undefined && left > 0 && left % rest.bytes === 0);
      expect(decodeFields(shape, data) !== undefined).toBe(fits);
    }),
  );
});
