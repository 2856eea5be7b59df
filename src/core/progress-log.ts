// What a training or an evaluation says of itself while it goes on: a file of JSON lines, one as it begins, one for
// each look or so many episodes, one as it ends. Whoever opens it sees how far it is; a page shows it as it grows.
import { z } from "zod";

const textTable = z.array(z.array(z.string()));

const progressLineSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("begun"),
    kind: z.enum(["training", "evaluation"]),
    /** What it makes, or whom it judges. */
    name: z.string(),
    /** Words for a person: how much is learned from, which tasks. */
    about: z.string(),
    /** Steps or episodes. */
    total: z.number(),
  }),
  z.object({
    type: z.literal("look"),
    step: z.number(),
    seconds: z.number(),
    /** Mean of the steps since the look before, nats. */
    loss: z.number(),
    heldOutLoss: z.number(),
    /** Share of the held-out answers that were foretold. */
    accuracy: z.number(),
  }),
  z.object({
    type: z.literal("judged"),
    /** Episodes so far. */
    step: z.number(),
    seconds: z.number(),
    /** The figures so far, rows of cells, the first one the header. */
    tables: z.array(z.object({ title: z.string(), rows: textTable })),
  }),
  z.object({ type: z.literal("ended"), seconds: z.number(), words: z.string() }),
]);

export type ProgressLine = z.infer<typeof progressLineSchema>;
export type ProgressLook = Extract<ProgressLine, { type: "look" }>;
export type ProgressJudged = Extract<ProgressLine, { type: "judged" }>;

/** One line, or undefined where it is none: the last one of a file may still be written. */
export const readProgressLine = (text: string): ProgressLine | undefined => {
  try {
    return progressLineSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};
