// What a trainer learns from, and how it is fed to a graph.
import { Tensor } from "onnxruntime-node";
import type { BatchShape } from "./learner.ts";
import type { TokenModel } from "./token-model.ts";

/** Sequences of one length, flat. */
export interface Batch {
  /** [rows, length, slots] what is read at each place; an id that is there twice counts once */
  readonly ids: Int32Array;
  /** [rows, length] the answer that should follow each */
  readonly targets: Int32Array;
  /** [rows, length] how much each counts, as a share of the sum; 0 is not learned and costs less */
  readonly weights: Float32Array;
}

/** The sum of the weights; RangeError where a batch does not fit, or has nothing to learn. */
export const checkBatch = (
  batch: Batch,
  rows: number,
  length: number,
  { vocabulary, slots, answers }: Pick<TokenModel, "vocabulary" | "slots" | "answers">,
): number => {
  for (const [name, size] of [
    ["ids", slots],
    ["targets", 1],
    ["weights", 1],
  ] as const)
    if (batch[name].length !== rows * length * size)
      throw new RangeError(
        `batch.${name} holds ${batch[name].length} numbers, expected ${rows} rows of ${length}${size === 1 ? "" : ` x ${size}`}`,
      );
  const check = (what: string, id: number, below: number): void => {
    if (id >= 0 && id < below) return;
    throw new RangeError(
      `the batch holds the ${what} ${id}, expected 0 to ${below - 1}; encode it with the model's vocabulary`,
    );
  };
  const { ids, targets, weights } = batch;
  for (let i = 0; i < ids.length; i++) check("token id", ids[i]!, vocabulary);
  for (const [at, answer] of targets.entries())
    if (weights[at] !== 0) check("answer", answer, answers);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0))
    throw new RangeError(
      `the batch's weights sum to ${total}, expected more than 0; leave out batches with nothing to learn`,
    );
  return total;
};

/**
 * Which ids there are, rising, and which of them sound at each place: [places, notes], 1 where one does. Plain loops: half a
 * million ids a step.
 */
const sounding = (
  ids: Int32Array,
  slots: number,
): { readonly notes: BigInt64Array; readonly hot: Float32Array } => {
  let most = 0;
  for (let i = 0; i < ids.length; i++) if (ids[i]! > most) most = ids[i]!;
  const rankOf = new Int32Array(most + 1);
  for (let i = 0; i < ids.length; i++) rankOf[ids[i]!] = 1;
  const notes: bigint[] = [];
  for (let id = 0; id <= most; id++) if (rankOf[id] === 1) rankOf[id] = notes.push(BigInt(id)) - 1;
  const hot = new Float32Array((ids.length / slots) * notes.length);
  for (let i = 0, row = 0; i < ids.length; row += notes.length)
    for (const end = i + slots; i < end; i++) hot[row + rankOf[ids[i]!]!] = 1;
  return { notes: BigInt64Array.from(notes), hot };
};

/**
 * One run's part of a batch: only places of weight are listed, as the loss of the graphs wants them, and only
 * `notes`, ids that are read somewhere; `hot` says which of those sound at each place.
 */
export const feedsOf = (
  { ids, targets, weights }: Batch,
  run: number,
  { batch, length }: BatchShape,
  totalWeight: number,
): Record<string, Tensor> => {
  const slots = ids.length / targets.length;
  const from = run * batch * length;
  const to = from + batch * length;
  const learned: number[] = [];
  for (let at = from; at < to; at++) if (weights[at] !== 0) learned.push(at);
  const count = learned.length;
  const rows = BigInt64Array.from(learned, (at) => BigInt(at - from));
  const wanted = Int32Array.from(learned, (at) => targets[at]!);
  const shares = Float32Array.from(learned, (at) => weights[at]! / totalWeight);
  const { notes, hot } = sounding(ids.subarray(from * slots, to * slots), slots);
  return {
    notes: new Tensor("int64", notes, [notes.length]),
    hot: new Tensor("float32", hot, [to - from, notes.length]),
    rows: new Tensor("int64", rows, [count]),
    targets: new Tensor("int32", wanted, [count, 1]),
    weights: new Tensor("float32", shares, [count, 1]),
  };
};
