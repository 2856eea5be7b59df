import fc from "fast-check";
import { expect, it } from "vitest";
import { FrameWriter, readFrames } from "../../../src/dashboard/fields.ts";
import {
  type FieldType,
  type FrameTable,
  PAGE_FRAMES,
  SERVER_FRAMES,
} from "../../../src/dashboard/protocol.ts";

const VALUES: Readonly<Record<FieldType, fc.Arbitrary<unknown>>> = {
  u8: fc.nat(0xff),
  u16: fc.nat(0xffff),
  f32: fc.float(),
  f64: fc.double(),
  text: fc.string({ unit: "grapheme", maxLength: 40 }),
  "u8[]": fc.uint8Array({ maxLength: 30 }),
  "u32[]": fc.uint32Array({ maxLength: 30 }),
  "i16[]": fc.int16Array({ maxLength: 30 }),
  "f32[]": fc.float32Array({ maxLength: 30 }),
};

const framesOf = (table: FrameTable): fc.Arbitrary<{ name: string; values: object }[]> =>
  fc.array(
    fc.oneof(
      ...Object.entries(table).map(([name, { fields }]) =>
        fc.record({
          name: fc.constant(name),
          values: fc.record(
            Object.fromEntries(
              Object.entries(fields).map(([field, type]) => [field, VALUES[type]]),
            ),
            { noNullPrototype: true },
          ),
        }),
      ),
    ),
    { maxLength: 12 },
  );

const TABLES: Readonly<Record<string, FrameTable>> = { server: SERVER_FRAMES, page: PAGE_FRAMES };

for (const [end, table] of Object.entries(TABLES)) {
  it(`what the ${end} says is what the other end reads, in its order`, () => {
    fc.assert(
      fc.property(framesOf(table), (frames) => {
        const writer = new FrameWriter<FrameTable>(table);
        for (const { name, values } of frames) writer.add(name, values as never);
        expect(readFrames<FrameTable>(table, writer.take())).toEqual(frames);
        expect(writer.isEmpty).toBe(true);
      }),
    );
  });

  it(`any bytes whatever from the ${end} decode to frames that fit the table`, () => {
    const ids = Object.values(table).map(({ id }) => id);
    const anyFrame = fc
      .tuple(fc.oneof(fc.constantFrom(...ids), fc.nat(255)), fc.uint8Array({ maxLength: 40 }))
      .map(([id, data]) => [id, data.length, 0, ...data]);
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(anyFrame).map((frames) => Uint8Array.from(frames.flat())),
    );
    fc.assert(
      fc.property(bytes, (message) => {
        for (const { name, values } of readFrames<FrameTable>(table, message))
          expect(Object.keys(values)).toEqual(Object.keys(table[name]!.fields));
      }),
    );
  });
}

it("a frame that was cut or is unknown leaves the ones before and after it", () => {
  const frame = (reason: string): Uint8Array =>
    new FrameWriter(SERVER_FRAMES)
      .add("safety", { timeMs: 1, reason, servo: "", detail: "" })
      .take();
  const unknown = Uint8Array.of(250, 2, 0, 9, 9);
  const message = Uint8Array.from([
    ...frame("a"),
    ...unknown,
    ...frame("b"),
    ...frame("c").slice(0, 9),
  ]);
  expect(readFrames(SERVER_FRAMES, message).map(({ values }) => values)).toMatchObject([
    { reason: "a" },
    { reason: "b" },
  ]);
});

it("a frame that is too long is refused whole, and the others stay", () => {
  const writer = new FrameWriter(SERVER_FRAMES);
  writer.add("missed", { batches: 1 });
  expect(() => writer.add("scene", { json: "x".repeat(70_000) })).toThrow(/at most 65535/);
  writer.add("missed", { batches: 2 });
  expect(readFrames(SERVER_FRAMES, writer.take()).map(({ values }) => values)).toEqual([
    { batches: 1 },
    { batches: 2 },
  ]);
});
