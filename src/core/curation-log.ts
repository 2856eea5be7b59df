// What curation.json beside a folder's sessions holds: what was decided about their episodes, step by step,
// so that each step can be taken back. Sessions themselves are never edited.
import { z } from "zod";

const stamp = z.number().int();

const decisionSchema = z.strictObject({
  /** The file's name in the folder. */
  session: z.string(),
  /** Its number in the session, as recorded. */
  episode: z.int().min(0),
  /** In the bin: not learned from, and gone for good once the bin is emptied. */
  deleted: z.boolean().default(false),
  /** The stretch that is learned from, nanoseconds since the session's start; all of it where left out. */
  keptNs: z.tuple([stamp, stamp]).optional(),
  /** How much what it teaches counts, beside 1 for all others. */
  weight: z.number().positive().default(1),
});

export const curationLogSchema = z.strictObject({
  version: z.literal(1),
  /** Oldest first. A decision replaces every older one about its episode. */
  steps: z.array(z.strictObject({ does: z.string(), decisions: z.array(decisionSchema) })),
});

export type Decision = z.infer<typeof decisionSchema>;
export type CurationLog = z.infer<typeof curationLogSchema>;
