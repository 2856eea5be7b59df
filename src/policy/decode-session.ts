// Opens a decode file (ONNX) and holds it against the contract in its card: a wrong file is told by
// the first tensor that differs, expected and found.
import { InferenceSession } from "onnxruntime-node";
import { PolicyError } from "../core/errors.ts";
import { type DecodeContract, ENTRIES } from "../core/policy-card.ts";

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

/** The caches of a contract, in the order of its entries. */
export const cachesOf = ({ inputs, layers }: DecodeContract): Tensors =>
  Array.from({ length: layers }, (_, layer) => [`key.${layer}`, `value.${layer}`])
    .flat()
    .map(
      (name) =>
        inputs.find((input) => input.name === name) ?? { name, type: "no tensor", dims: [] },
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
  const known = new Set(contract.inputs.map(({ name }) => name));
  const foreign = session.inputNames.find((name) => !known.has(name));
  if (foreign !== undefined) return `expected no input ${foreign}, which its card does not know`;
  return contradiction(contract);
};

/** What a card says against itself: it was changed by hand, or written by somebody else. */
const contradiction = (contract: DecodeContract): string | undefined => {
  const { sinks, window, block, vocabulary, slots, answers } = contract;
  // A longer block would turn the sinks that it reads itself too far.
  if (block > window) return `expected a block of its window at most, ${window}, found ${block}`;
  const caches = cachesOf(contract);
  const [, heads, , width] = caches[0]!.dims;
  const listed = (dims: Tensors[number]["dims"] | undefined): string =>
    `[${dims?.join(", ") ?? ""}]`;
  for (const { name, dims } of caches) {
    const expected = listed([dims[0] ?? 1, heads ?? 1, sinks + window, width ?? 1]);
    if (listed(dims) !== expected)
      return `expected ${name} ${expected}, of sinks + window places, found ${listed(dims)}`;
  }
  const entries = contract.outputs.find(({ name }) => name === ENTRIES)?.dims;
  if (entries?.[1] !== caches.length * Number(heads) || entries[3] !== width)
    return `expected ${ENTRIES} of the caches' ${caches.length * Number(heads)} heads of ${width}, found ${listed(entries)}`;
  const frames = contract.inputs.find(({ name }) => name === "frames"); // of embeddings
  const sizes = frames
    ? ([["frames", vocabulary, frames]] as const)
    : ([
        ["ids", slots, contract.inputs.find(({ name }) => name === "ids")],
        ["logits", answers, contract.outputs.find(({ name }) => name === "logits")],
      ] as const);
  for (const [name, expected, tensor] of sizes)
    if (tensor?.dims.at(-1) !== expected)
      return `expected ${name} of ${expected} a place, found ${tensor?.dims.at(-1) ?? "none"}`;
  return undefined;
};

/** @throws PolicyError for a file that can't be loaded or does not keep the contract. */
export const openDecodeSession = async (
  file: string,
  contract: DecodeContract,
): Promise<InferenceSession> => {
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
  if (broken === undefined) return session;
  await session.release();
  throw new PolicyError(
    `the model ${file} is not what its card says: ${broken}. Export it by the contract in its card.json.`,
  );
};
