// Reads the weights back out of a model file that onnx-writer.ts wrote, so that a policy can be taught
// further from its folder alone. Field numbers are those of onnx/onnx.proto, named beside each.
import { PolicyError } from "../core/errors.ts";
import type { NamedTensor } from "./checkpoint.ts";

const FLOAT = 1; // TensorProto.DataType

interface Field {
  readonly number: number;
  /** A varint's value, or where bytes lie. */
  readonly value: number;
  readonly bytes: Uint8Array;
}

const NONE = new Uint8Array(0);

/** The fields of one message, in their order. RangeError where it is cut off. */
function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError(`ends inside a number at byte ${at}`);
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const take = (length: number): Uint8Array => {
    if (at + length > message.length)
      throw new RangeError(`ends at byte ${message.length}, expected ${at + length}`);
    return message.subarray(at, (at += length));
  };
  while (at < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (tag % 8 === 0) yield { number, value: varint(), bytes: NONE };
    else if (tag % 8 === 2) yield { number, value: 0, bytes: take(varint()) };
    else take(tag % 8 === 5 ? 4 : 8);
  }
}

const tensorOf = (proto: Uint8Array): readonly [string, NamedTensor] | undefined => {
  const dims: number[] = [];
  let [name, type, raw]: [string, number, Uint8Array] = ["", 0, NONE];
  for (const { number, value, bytes } of fieldsOf(proto)) {
    if (number === 1) dims.push(value); // dims
    if (number === 2) type = value; // data_type
    if (number === 8) name = new TextDecoder().decode(bytes); // name
    if (number === 9) raw = bytes; // raw_data
  }
  return type === FLOAT
    ? [name, { dims, data: new Float32Array(new Uint8Array(raw).buffer) }]
    : undefined;
};

/** Every float tensor of a model file by its name. @throws PolicyError for what is no such file */
export const readWeights = (file: Uint8Array, path: string): ReadonlyMap<string, NamedTensor> => {
  const weights = new Map<string, NamedTensor>();
  try {
    for (const model of fieldsOf(file)) {
      if (model.number !== 7) continue; // graph
      for (const { number, bytes } of fieldsOf(model.bytes)) {
        const tensor = number === 5 ? tensorOf(bytes) : undefined; // initializer
        if (tensor) weights.set(...tensor);
      }
    }
  } catch (cause) {
    throw new PolicyError(
      `${path} is no whole model (${(cause as Error).message}); copy the policy folder again`,
      { cause },
    );
  }
  return weights;
};
