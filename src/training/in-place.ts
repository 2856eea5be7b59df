// Runs a graph that carries its state from run to run: an output X.next is written into the very tensor that
// is fed as X. onnxruntime-node 1.30 writes into a tensor given as fetch (and gives back a copy all the same);
// what makes reading and writing one tensor safe is said in optimiser.ts.
import { InferenceSession, type Tensor } from "onnxruntime-node";

const NEXT = /\.next$/;

/** Name of the output that succeeds an input. */
export const nextName = (name: string): string => `${name}.next`;

export type Tensors = ReadonlyMap<string, Tensor>;
export type Feeds = Readonly<Record<string, Tensor>>;

/** Feeds the graph's inputs from `state` and `feeds`; gives the outputs named, all where left out. */
export const runInPlace = async (
  session: InferenceSession,
  state: Tensors,
  feeds: Feeds,
  wanted: readonly string[] = session.outputNames,
): Promise<Feeds> => {
  const fed = session.inputNames.map((name) => [name, feeds[name] ?? state.get(name)!] as const);
  const fetched = wanted.map((name) => {
    const kept = NEXT.test(name) ? state.get(name.replace(NEXT, "")) : undefined;
    return [name, kept ?? null] as const;
  });
  const outputs = await session.run(Object.fromEntries(fed), Object.fromEntries(fetched));
  return outputs as Feeds;
};
