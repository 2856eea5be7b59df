// Writes an ONNX model file: protobuf by hand, because the few messages we need are shorter than a
// schema compiler. Field numbers are those of onnx/onnx.proto (IR version 9) and named beside each.

/** Element types by their TensorProto.DataType. */
const DATA_TYPE = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;
export type ElementType = keyof typeof DATA_TYPE;

/** A size; a string names one that is known only when the graph runs. */
export type Dim = number | string;

export interface OnnxValue {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly Dim[];
}

export interface OnnxTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: ArrayBufferView;
}

/** An int, a list of ints or a text; a float is wrapped, since 1 could be either. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

interface OnnxNode {
  readonly operator: string;
  readonly domain: string;
  /** Names; "" stands for an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Version by domain; "" is the standard's own. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const IR_VERSION = 9;
const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;
const utf8 = new TextEncoder();

/** One protobuf message; parts are kept apart until the end, so weights are copied once. */
class Message {
  #parts: Uint8Array[] = [];
  #length = 0;

  int(field: number, value: number): this {
    return this.#tag(field, VARINT).#varint(value);
  }

  float(field: number, value: number): this {
    return this.#tag(field, FIXED32).#raw(new Uint8Array(Float32Array.of(value).buffer));
  }

  text(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#tag(field, LENGTH_DELIMITED).#varint(value.length).#raw(value);
  }

  message(field: number, value: Message): this {
    this.#tag(field, LENGTH_DELIMITED).#varint(value.#length);
    for (const part of value.#parts) this.#raw(part);
    return this;
  }

  finish(): Uint8Array {
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  #tag(field: number, wireType: number): this {
    return this.#varint(field * 8 + wireType);
  }

  /** Negative numbers take ten bytes, as two's complement of 64 bits. */
  #varint(value: number): this {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    bytes.push(Number(rest));
    return this.#raw(Uint8Array.from(bytes));
  }

  #raw(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    return this;
  }
}

const tensorProto = ({ name, type, dims, data }: OnnxTensor): Message => {
  const tensor = new Message();
  for (const dim of dims) tensor.int(1, dim); // dims
  return tensor
    .int(2, DATA_TYPE[type]) // data_type
    .text(8, name) // name
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)); // raw_data, little endian
};

const valueInfoProto = ({ name, type, dims }: OnnxValue): Message => {
  const shape = new Message();
  for (const dim of dims) {
    const size = new Message();
    if (typeof dim === "string") size.text(2, dim); // dim_param
    else size.int(1, dim); // dim_value
    shape.message(1, size); // TensorShapeProto.dim
  }
  const tensorType = new Message().int(1, DATA_TYPE[type]).message(2, shape); // elem_type, shape
  return new Message().text(1, name).message(2, new Message().message(1, tensorType)); // name, type.tensor_type
};

/** AttributeProto: the value's field, and its AttributeType in field 20. */
const attributeProto = (name: string, value: Attribute): Message => {
  const attribute = new Message().text(1, name);
  if (typeof value === "number") return attribute.int(3, value).int(20, 2); // i, INT
  if (typeof value === "string") return attribute.text(4, value).int(20, 3); // s, STRING
  if ("float" in value) return attribute.float(2, value.float).int(20, 1); // f, FLOAT
  for (const item of value) attribute.int(8, item); // ints
  return attribute.int(20, 7); // INTS
};

const nodeProto = ({ operator, domain, inputs, outputs, attributes }: OnnxNode): Message => {
  const node = new Message();
  for (const input of inputs) node.text(1, input); // input
  for (const output of outputs) node.text(2, output); // output
  node.text(3, `${operator}>${outputs[0]}`).text(4, operator); // name, op_type
  for (const [name, value] of Object.entries(attributes))
    node.message(5, attributeProto(name, value)); // attribute
  return node.text(7, domain); // domain
};

const pair = (key: string, value: string): Message => new Message().text(1, key).text(2, value);

/** The bytes of a model file; nodes must stand in an order in which they can run. */
export const encodeModel = (model: OnnxModel): Uint8Array => {
  const graph = new Message();
  for (const node of model.nodes) graph.message(1, nodeProto(node)); // node
  graph.text(2, "efference"); // name
  for (const tensor of model.initializers) graph.message(5, tensorProto(tensor)); // initializer
  for (const input of model.inputs) graph.message(11, valueInfoProto(input)); // input
  for (const output of model.outputs) graph.message(12, valueInfoProto(output)); // output

  const file = new Message().int(1, IR_VERSION).text(2, "efference").message(7, graph); // ir_version, producer_name, graph
  for (const [domain, version] of Object.entries(model.opsets))
    file.message(8, new Message().text(1, domain).int(2, version)); // opset_import
  for (const [key, value] of Object.entries(model.metadata)) file.message(14, pair(key, value)); // metadata_props
  return file.finish();
};
