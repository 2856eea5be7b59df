// The data of a frame: numbers in 7-bit bytes, by the table of protocol.ts. Decoding is total: data that
// don't fit their shape are undefined, never an exception.
import { FIELD_BYTES, type FieldType, type FrameShape, type ValuesOf } from "./protocol.ts";

interface Field {
  readonly name: string;
  readonly bytes: number;
  /** How many; absent for a single number, Infinity for all that is left. */
  readonly count?: number;
}

export const fieldsOf = (shape: FrameShape): readonly Field[] =>
  Object.entries(shape.fields).map(([name, type]) => {
    const [, base, count] = /^(u\d+)(?:\[(\d*)\])?$/.exec(type)!;
    const bytes = FIELD_BYTES[base as FieldType];
    if (count === undefined) return { name, bytes };
    return { name, bytes, count: count === "" ? Infinity : Number(count) };
  });

/** The most that a field of so many 7-bit bytes can say; a u32 keeps 31 bits, so that it stays a small integer. */
export const largestOf = (bytes: number): number => 2 ** Math.min(31, 7 * bytes) - 1;

/** @throws RangeError for a number that its field can't hold, or a list of another length. */
export const encodeFields = <S extends FrameShape>(shape: S, values: ValuesOf<S>): number[] => {
  const out: number[] = [];
  for (const { name, bytes, count } of fieldsOf(shape)) {
    const value = (values as Record<string, number | readonly number[]>)[name]!;
    const list = typeof value === "number" ? [value] : value;
    if (count !== undefined && Number.isFinite(count) && list.length !== count)
      throw new RangeError(`${name}: found ${list.length} numbers, expected ${count}`);
    for (const number of list) {
      if (!Number.isInteger(number) || number < 0 || number > largestOf(bytes))
        throw new RangeError(
          `${name}: found ${number}, expected a whole number from 0 to ${largestOf(bytes)}`,
        );
      for (let byte = 0; byte < bytes; byte++)
        out.push(Math.floor(number / 2 ** (7 * byte)) & 0x7f);
    }
  }
  return out;
};

/** The numbers in a frame's data, or undefined where the data are too short, too long or cut a number. */
export const decodeFields = <S extends FrameShape>(
  shape: S,
  data: Uint8Array,
): ValuesOf<S> | undefined => {
  const values: Record<string, number | number[]> = {};
  let at = 0;
  const read = (bytes: number): number => {
    let number = 0;
    for (let byte = 0; byte < bytes; byte++) number += data[at++]! * 2 ** (7 * byte);
    return number;
  };
  for (const { name, bytes, count } of fieldsOf(shape)) {
    const left = data.length - at;
    const wanted = count === undefined ? 1 : Number.isFinite(count) ? count : left / bytes;
    if (!Number.isInteger(wanted) || wanted * bytes > left) return undefined;
    const list = Array.from({ length: wanted }, () => read(bytes));
    values[name] = count === undefined ? list[0]! : list;
  }
  return at === data.length ? (values as ValuesOf<S>) : undefined;
};
