// Runs a decode file (ONNX) over an endless token stream: constant time and memory a token. The key
// and value caches are fed and fetched as the same tensors, so that onnxruntime writes in place.
import { InferenceSession, Tensor } from "onnxruntime-node";
import { PolicyError } from "../core/errors.ts";
import type { DecodeContract } from "../core/policy-card.ts";

type Tensors = DecodeContract["inputs"];

const told = ({ name, type, dims }: Tensors[number]): string =>
  `${name} ${type} [${dims.join(", ")}]`;

const tensorsOf = (values: InferenceSession["inputMetadata"]): Tensors =>
  values.map((value) => ({
    name: value.name,
    type: value.isTensor ? value.type : "no tensor",
    dims: value.isTensor ? [...value.shape] : [],
  }));

/** Whether two tensors agree; a size that is chosen at each run has a name, which may be any. */
const agree = (a: Tensors[number], b: Tensors[number]): boolean =>
  a.type === b.type &&
  a.dims.length === b.dims.length &&
  a.dims.every(
    (dim, i) => dim === b.dims[i] || (typeof dim === "string" && typeof b.dims[i] === "string"),
  );

/** Says the first way in which a file breaks its contract. */
const breach = (session: InferenceSession, contract: DecodeContract): string | undefined => {
  for (const side of ["input", "output"] as const) {
    const found = tensorsOf(session[`${side}Metadata`]);
    for (const expected of contract[`${side}s`]) {
      const same = found.find(({ name }) => name === expected.name);
      if (same !== undefined && agree(expected, same)) continue;
      const instead = same === undefined ? `only ${found.map(told).join("; ")}` : told(same);
      return `expected the ${side} ${told(expected)}, found ${instead}`;
    }
  }
  return undefined;
};

export class Decoder {
  readonly #session: InferenceSession;
  readonly #contract: DecodeContract;
  readonly #caches: Readonly<Record<string, Tensor>>;
  readonly #fetches: Readonly<Record<string, Tensor>>;
  readonly #ids: BigInt64Array; // [block]
  readonly #places: BigInt64Array; // [block]
  readonly #row = BigInt64Array.of(0n);
  readonly #logits: Float32Array; // [vocabulary]
  #read = 0;

  /** @throws PolicyError for a file that can't be loaded or does not keep the contract. */
  static async open(file: string, contract: DecodeContract): Promise<Decoder> {
    let session: InferenceSession;
    try {
      // One thread: a control loop wants its p99, and spinning neighbours take it away.
      session = await InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 });
    } catch (error) {
      throw new PolicyError(
        `can't load the model ${file}: ${(error as Error).message}. Copy the whole policy folder again, or train it anew.`,
        { cause: error },
      );
    }
    const broken = breach(session, contract);
    if (broken !== undefined) {
      await session.release();
      throw new PolicyError(
        `the model ${file} is not what its card says: ${broken}. Export it by the contract in its card.json.`,
      );
    }
    return new Decoder(session, contract);
  }

  private constructor(session: InferenceSession, contract: DecodeContract) {
    this.#session = session;
    this.#contract = contract;
    const caches = contract.inputs.filter(({ name }) => /^(key|value)\./.test(name));
    this.#caches = Object.fromEntries(
      caches.map(({ name, dims }) => {
        const sizes = dims.map(Number);
        const size = sizes.reduce((a, b) => a * b, 1);
        return [name, new Tensor("float32", new Float32Array(size), sizes)] as const;
      }),
    );
    this.#ids = new BigInt64Array(contract.block);
    this.#places = new BigInt64Array(contract.block);
    this.#logits = new Float32Array(contract.vocabulary);
    this.#fetches = {
      ...Object.fromEntries(
        Object.entries(this.#caches).map(([name, tensor]) => [`${name}.next`, tensor]),
      ),
      logits: new Tensor("float32", this.#logits, [1, 1, contract.vocabulary]),
    };
  }

  /** Tokens read since the start of the stream. */
  get tokens(): number {
    return this.#read;
  }

  /**
   * Reads the next `count` ids of the stream, one at least, and returns the logits [vocabulary] of
   * what should follow the last; the array is written over by the next call.
   */
  async read(ids: Int32Array, count = ids.length): Promise<Float32Array> {
    if (!(count >= 1)) throw new RangeError(`a decoder reads at least one token, found ${count}`);
    for (let from = 0; from < count; from += this.#contract.block)
      await this.#run(ids, from, Math.min(this.#contract.block, count - from));
    return this.#logits;
  }

  /** Begins a new stream; the caches need no clearing. */
  reset(): void {
    this.#read = 0;
  }

  async close(): Promise<void> {
    await this.#session.release();
  }

  async #run(ids: Int32Array, from: number, length: number): Promise<void> {
    for (let i = 0; i < length; i++) {
      this.#ids[i] = BigInt(ids[from + i]!);
      this.#places[i] = BigInt(this.#read + i);
    }
    this.#row[0] = BigInt(length - 1);
    const feeds = {
      ids: new Tensor("int64", this.#ids.subarray(0, length), [1, length]),
      places: new Tensor("int64", this.#places.subarray(0, length), [length]),
      rows: new Tensor("int64", this.#row, [1]),
      ...this.#caches,
    };
    await this.#session.run(feeds, this.#fetches);
    this.#read += length;
  }
}
