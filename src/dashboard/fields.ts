// Frames as bytes and back, by the tables of protocol.ts; the same code runs in the server and in the
// page. Decoding is total: any bytes whatever give the frames that fit, never an exception.
import type { FieldType, FrameOf, FrameShape, FrameTable, ValuesOf } from "./protocol.ts";

const HEAD_BYTES = 3; // id, length
const MOST_FRAME_BYTES = 0xffff;

const ARRAYS = {
  "u8[]": Uint8Array,
  "u32[]": Uint32Array,
  "i16[]": Int16Array,
  "f32[]": Float32Array,
} as const;
const NUMBER_BYTES = { u8: 1, u16: 2, f32: 4, f64: 8 } as const;

const isNumber = (type: FieldType): type is keyof typeof NUMBER_BYTES => type in NUMBER_BYTES;
const isArray = (type: FieldType): type is keyof typeof ARRAYS => type in ARRAYS;

const toBytes = new TextEncoder();
const toText = new TextDecoder();

/** Collects frames until they are taken as one message; its buffer grows, and is kept. */
export class FrameWriter<T extends FrameTable> {
  readonly #table: T;
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  constructor(table: T) {
    this.#table = table;
  }

  get isEmpty(): boolean {
    return this.#at === 0;
  }

  /** @throws RangeError for a frame of more than 65,535 bytes, and then nothing was added. */
  add<K extends keyof T & string>(name: K, values: ValuesOf<T[K]>): this {
    const { id, fields } = this.#table[name]!;
    const start = this.#at;
    this.#room(HEAD_BYTES);
    this.#at += HEAD_BYTES;
    for (const [field, type] of Object.entries(fields))
      this.#field(type, (values as Record<string, unknown>)[field]);
    const length = this.#at - start - HEAD_BYTES;
    if (length > MOST_FRAME_BYTES) {
      this.#at = start;
      throw new RangeError(
        `frame ${name} has ${length} bytes, expected at most ${MOST_FRAME_BYTES}`,
      );
    }
    this.#view.setUint8(start, id);
    this.#view.setUint16(start + 1, length, true);
    return this;
  }

  /** A copy of what was added since the last time. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.slice(0, this.#at);
    this.#at = 0;
    return taken;
  }

  #field(type: FieldType, value: unknown): void {
    if (isNumber(type)) {
      this.#room(NUMBER_BYTES[type]);
      this.#number(type, value as number);
      return;
    }
    // Typed arrays are little-endian wherever Node and browsers run.
    const list = isArray(type) ? (value as Uint8Array | Float32Array) : undefined;
    const bytes = list
      ? new Uint8Array(list.buffer, list.byteOffset, list.byteLength)
      : toBytes.encode(value as string);
    this.#room(2 + bytes.length);
    this.#number("u16", list?.length ?? bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #number(type: keyof typeof NUMBER_BYTES, value: number): void {
    if (type === "u8") this.#view.setUint8(this.#at, value);
    else if (type === "u16") this.#view.setUint16(this.#at, value, true);
    else if (type === "f32") this.#view.setFloat32(this.#at, value, true);
    else this.#view.setFloat64(this.#at, value, true);
    this.#at += NUMBER_BYTES[type];
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#at + bytes));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** The frames of a message, as far as they fit the table. */
export const readFrames = <T extends FrameTable>(table: T, message: Uint8Array): FrameOf<T>[] => {
  const byId = new Map(Object.entries(table).map(([name, shape]) => [shape.id, name]));
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const frames: FrameOf<T>[] = [];
  let at = 0;
  while (at + HEAD_BYTES <= message.length) {
    const name = byId.get(view.getUint8(at));
    const end = at + HEAD_BYTES + view.getUint16(at + 1, true);
    if (end > message.length) break;
    if (name !== undefined) {
      const values = readFields(table[name]!, view, at + HEAD_BYTES, end);
      if (values) frames.push({ name, values } as unknown as FrameOf<T>);
    }
    at = end;
  }
  return frames;
};

const readFields = (
  { fields }: FrameShape,
  view: DataView,
  from: number,
  end: number,
): Record<string, unknown> | undefined => {
  const values: Record<string, unknown> = {};
  let at = from;
  for (const [field, type] of Object.entries(fields)) {
    const width = isNumber(type) ? NUMBER_BYTES[type] : 2;
    if (at + width > end) return undefined;
    if (isNumber(type)) {
      values[field] = readNumber(type, view, at);
      at += width;
      continue;
    }
    const count = view.getUint16(at, true);
    const bytes = count * (isArray(type) ? ARRAYS[type].BYTES_PER_ELEMENT : 1);
    at += width;
    if (at + bytes > end) return undefined;
    const start = view.byteOffset + at;
    // A copy, since the bytes may lie at an odd place.
    const copy = (view.buffer as ArrayBuffer).slice(start, start + bytes);
    values[field] = isArray(type) ? new ARRAYS[type](copy) : toText.decode(copy);
    at += bytes;
  }
  return at === end ? values : undefined;
};

const readNumber = (type: keyof typeof NUMBER_BYTES, view: DataView, at: number): number => {
  if (type === "u8") return view.getUint8(at);
  if (type === "u16") return view.getUint16(at, true);
  return type === "f32" ? view.getFloat32(at, true) : view.getFloat64(at, true);
};
