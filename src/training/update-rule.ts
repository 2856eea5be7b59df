// What an optimiser's rule is: adamw.ts and muon.ts are two, optimiser.ts chooses.
import type { Value } from "./graph.ts";

/** The change of a parameter, to be subtracted, from its gradient before clipping; keeps its own moments. */
export type Rule = (name: string, parameter: Value, gradient: Value) => Value;
