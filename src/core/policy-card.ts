// What a policy folder says of its model: card.json beside policy.onnx. The contract is what a model
// exported by anybody must keep (names, shapes and types of the ONNX file); the rest says what the
// model was made from, how good it is and what it can't do.
import { z } from "zod";

/** The output of a decode file that its caches grow by (training/decode-contract.ts). */
export const ENTRIES = "entries";

const count = z.int().positive();

const tensorSchema = z.strictObject({
  name: z.string(),
  type: z.string(),
  /** "tokens", "rows" and "streams" are chosen at each run. */
  dims: z.array(z.union([z.int(), z.string()])),
});

const decodeContractSchema = z.strictObject({
  version: z.literal(3),
  /** Ids that can be read; for embeddings, numbers in a row of what is read. */
  vocabulary: count,
  /** Ids that are read at a place. */
  slots: count,
  /** What can be said: logits there are; of no meaning for embeddings. */
  answers: count,
  layers: count,
  /** First tokens of the stream, never forgotten. */
  sinks: z.int().min(0),
  /** Most recent tokens that a token sees, itself included. */
  window: count,
  /** The most tokens a run may take. */
  block: count,
  inputs: z.array(tensorSchema),
  outputs: z.array(tensorSchema),
});

export const policyCardSchema = z.strictObject({
  format: z.literal(1),
  name: z.string(),
  /**
   * json: says its actions as JSON calls, in byte ids behind the vocabulary's. embedding: reads
   * numbers and answers in degrees (training/embedding-export.ts has its contract).
   */
  kind: z.enum(["token", "json", "embedding"]),
  robot: z.string(),
  vocabulary: z.strictObject({ hash: z.string(), size: count }),
  contract: decodeContractSchema,
  /** SHA-256 of policy.onnx, hex. */
  sha256: z.string(),
  model: z.record(z.string(), z.number()),
  training: z.record(z.string(), z.unknown()),
  data: z.strictObject({ description: z.string(), licence: z.string() }),
  /** What was measured, and by which command. */
  metrics: z.record(z.string(), z.unknown()),
  /** What the policy can't do. */
  limits: z.array(z.string()),
});

export type DecodeContract = z.infer<typeof decodeContractSchema>;
export type PolicyCard = z.infer<typeof policyCardSchema>;
