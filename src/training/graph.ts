// A graph of tensors and its gradients. Operators (operators/*.ts) append ONNX nodes and note, beside
// each input, how a gradient flows back to it; backward() walks those notes in reverse and appends
// the backward pass with the same operators. One session.run then does forward and backward both.
import {
  type Attribute,
  type Dim,
  type ElementType,
  encodeModel,
  type OnnxTensor,
  type OnnxValue,
} from "./onnx-writer.ts";

/** A size known only when the graph runs; operators pass it on, at most one a tensor. */
export const UNKNOWN = -1;

/** A tensor of a graph: a name and a shape, no data. */
export interface Value {
  readonly graph: Graph;
  readonly dims: readonly number[];
  readonly type: ElementType;
  /** Whether a parameter is upstream, so that a gradient has somewhere to go. */
  readonly learns: boolean;
}

/** An input of an operator, and its gradient from the gradients of the operator's outputs. */
export type Flow = readonly [input: Value, gradient: (...outputs: Value[]) => Value];

interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly domain?: string;
  readonly type?: ElementType;
}

interface Node extends Required<NodeOptions> {
  readonly operator: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
}

/** Sizes multiplied; a RangeError where one is known only when the graph runs. */
export const sizeOf = (dims: readonly number[]): number => {
  if (dims.includes(UNKNOWN)) throw new RangeError(`the size of [${dims.join(", ")}] is not known`);
  return dims.reduce((product, dim) => product * dim, 1);
};

/** The domain of onnxruntime's own operators. */
export const MICROSOFT = "com.microsoft";
const OPSETS = { "": 20, [MICROSOFT]: 1 };

const typeOfData = (data: ArrayBufferView): ElementType => {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof BigInt64Array) return "int64";
  if (data instanceof Uint8Array) return "bool";
  throw new TypeError(`no element type for ${data.constructor.name}`);
};

export class Graph {
  readonly #nodes: Node[] = [];
  readonly #tape: { outputs: readonly Value[]; flows: readonly Flow[] }[] = [];
  readonly #names = new Map<Value, string>();
  readonly #inputs: OnnxValue[] = [];
  readonly #outputs: Value[] = [];
  readonly #constants: OnnxTensor[] = [];
  readonly #constantOf = new Map<string, Value>();
  #recording = true;

  /** A tensor fed at each run; a size given by name is known only then. */
  input(name: string, dims: readonly Dim[], type: ElementType = "float32"): Value {
    this.#inputs.push({ name, dims, type });
    const known = dims.map((dim) => (typeof dim === "string" ? UNKNOWN : dim));
    return this.#value(known, type, false, name);
  }

  /** An input that is learned: backward() gives its gradient. */
  parameter(name: string, dims: readonly number[]): Value {
    this.#inputs.push({ name, dims, type: "float32" });
    return this.#value(dims, "float32", true, name);
  }

  /** A tensor that is part of the file; Uint8Array holds booleans. */
  constant(data: ArrayBufferView, dims: readonly number[], name?: string): Value {
    const value = this.#value(dims, typeOfData(data), false, name);
    this.#constants.push({ name: this.#names.get(value)!, type: value.type, dims, data });
    return value;
  }

  scalar(value: number): Value {
    return this.#once(`scalar ${value}`, () => this.constant(Float32Array.of(value), []));
  }

  /** A list of whole numbers, as shapes and axes are given; int64 [list]. */
  integers(list: readonly number[]): Value {
    return this.#once(`integers ${list.join()}`, () =>
      this.constant(BigInt64Array.from(list, BigInt), [list.length]),
    );
  }

  zeros(dims: readonly number[]): Value {
    return this.#once(`zeros ${dims.join()}`, () =>
      this.constant(new Float32Array(sizeOf(dims)), dims),
    );
  }

  #once(key: string, make: () => Value): Value {
    const found = this.#constantOf.get(key) ?? make();
    this.#constantOf.set(key, found);
    return found;
  }

  /** Appends an ONNX node of one output; its type is the first input's where none is given. */
  node(
    operator: string,
    inputs: readonly (Value | undefined)[],
    dims: readonly number[],
    options: NodeOptions = {},
  ): Value {
    return this.nodes(operator, inputs, [dims], options)[0]!;
  }

  /** Appends an ONNX node of several outputs. */
  nodes(
    operator: string,
    inputs: readonly (Value | undefined)[],
    shapes: readonly (readonly number[])[],
    { attributes = {}, domain = "", type = inputs[0]?.type ?? "float32" }: NodeOptions = {},
  ): Value[] {
    const learns = this.#recording && inputs.some((input) => input?.learns);
    const outputs = shapes.map((dims) => this.#value(dims, type, learns));
    this.#nodes.push({ operator, inputs, outputs, attributes, domain, type });
    return outputs;
  }

  /** Notes how gradients flow back from the outputs of what an operator has just appended. */
  record(outputs: readonly Value[], flows: readonly Flow[]): void {
    const learning = flows.filter(([input]) => input.learns);
    if (this.#recording && learning.length > 0) this.#tape.push({ outputs, flows: learning });
  }

  /** Appends the backward pass of a scalar, once a graph; gives the gradient of each parameter. */
  backward(loss: Value): ReadonlyMap<Value, Value> {
    this.#recording = false;
    const gradients = new Map<Value, Value>([[loss, this.scalar(1)]]);
    for (const { outputs, flows } of this.#tape.toReversed()) {
      if (!outputs.some((output) => gradients.has(output))) continue;
      const above = outputs.map((output) => gradients.get(output) ?? this.zeros(output.dims));
      for (const [input, gradient] of flows) {
        const before = gradients.get(input);
        const flown = gradient(...above);
        gradients.set(
          input,
          before === undefined ? flown : this.node("Add", [before, flown], input.dims),
        );
      }
    }
    return gradients;
  }

  /** Makes a tensor an output of the graph under a name of its own. */
  output(name: string, value: Value): void {
    const taken =
      this.#outputs.includes(value) ||
      this.#inputs.some((input) => input.name === this.#names.get(value)) ||
      this.#constants.some((tensor) => tensor.name === this.#names.get(value));
    const own = taken ? this.node("Identity", [value], value.dims) : value;
    this.#names.set(own, name);
    this.#outputs.push(own);
  }

  /** The model file, without constants that nothing reads; `metadata` goes into its metadata_props. */
  encode(metadata: Readonly<Record<string, string>> = {}): Uint8Array {
    const nameOf = (value: Value | undefined): string =>
      value === undefined ? "" : this.#names.get(value)!;
    const read = new Set(this.#nodes.flatMap(({ inputs }) => inputs.map(nameOf)));
    return encodeModel({
      nodes: this.#nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(nameOf),
        outputs: node.outputs.map(nameOf),
      })),
      initializers: this.#constants.filter(({ name }) => read.has(name)),
      inputs: this.#inputs,
      outputs: this.#outputs.map((value) => ({
        name: nameOf(value),
        type: value.type,
        dims: value.dims.map((dim, axis) => (dim === UNKNOWN ? `${nameOf(value)}.${axis}` : dim)),
      })),
      opsets: OPSETS,
      metadata,
    });
  }

  #value(dims: readonly number[], type: ElementType, learns: boolean, name?: string): Value {
    const value: Value = { graph: this, dims, type, learns };
    this.#names.set(value, name ?? `t${this.#names.size}`);
    return value;
  }
}
