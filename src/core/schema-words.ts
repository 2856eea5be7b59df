// Says in words what a schema refused: what was found, and what to write. zod knows the bounds and
// the choices; this file knows the units (from the names) and how to ask a person for a value.
import type { z } from "zod";
import { adviseOneOf } from "./suggest.ts";

const UNITS: readonly (readonly [RegExp, string])[] = [
  [/DegPerS2$/, "degrees per second squared"],
  [/DegPerS$/, "degrees per second"],
  [/Deg$/, "degrees"],
  [/Ms$/, "milliseconds"],
  [/Us$/, "microseconds"],
  [/Hz$/, "hertz"],
  [/M$/, "metres"],
];

const unitOf = (path: readonly PropertyKey[]): string => {
  const name = path.findLast((key) => typeof key === "string");
  const unit = UNITS.find(([ending]) => name !== undefined && ending.test(name))?.[1];
  return unit === undefined ? "" : ` (${unit})`;
};

const NAME = "a name of small letters, digits and _";

/** A found value, short enough for one line. */
export const show = (value: unknown): string => {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value))
    return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  return typeof value === "object" ? "a map" : JSON.stringify(value);
};

/** The bounds that a schema's checks put on a number, or on the length of a list. */
const boundsOf = (schema: z.core.$ZodTypes): string => {
  let [low, high, lowWords, multiple] = [-Infinity, Infinity, "", ""];
  for (const check of schema._zod.def.checks ?? []) {
    const { def } = (check as z.core.$ZodChecks)._zod;
    if (def.check === "greater_than" && Number(def.value) >= low) {
      low = Number(def.value);
      lowWords = `${def.inclusive ? "at least" : "above"} ${low}`;
    } else if (def.check === "less_than") high = Math.min(high, Number(def.value));
    else if (def.check === "min_length") low = def.minimum;
    else if (def.check === "max_length") high = def.maximum;
    else if (def.check === "multiple_of") multiple = `, a multiple of ${def.value}`;
  }
  if (high < Infinity && low > -Infinity)
    return lowWords.startsWith("above")
      ? ` ${lowWords}, at most ${high}${multiple}`
      : ` from ${low} to ${high}${multiple}`;
  return `${lowWords && ` ${lowWords}`}${multiple}`;
};

/** What a schema wants, as the object of "write". */
const wanted = (schema: z.core.$ZodType): string => {
  const typed = schema as z.core.$ZodTypes;
  const { def } = typed._zod;
  if (def.type === "number")
    return `${"format" in def ? "a whole number" : "a number"}${boundsOf(typed)}`;
  if (def.type === "string") return def.checks?.length ? NAME : "text";
  if (def.type === "boolean") return "true or false";
  if (def.type === "literal") return def.values.map(String).join(" or ");
  if (def.type === "union") return def.options.map(wanted).join(" or ");
  if (def.type === "tuple") return `[${def.items.map(wanted).join(", ")}]`;
  if (def.type === "array") return `a list${boundsOf(typed)}, each item ${wanted(def.element)}`;
  if (def.type === "record") return "a map of names to values";
  if (def.type === "object") return `a map with the keys ${Object.keys(def.shape).join(", ")}`;
  if (def.type === "default" || def.type === "prefault") return wanted(def.innerType);
  return `a value of type ${def.type}`;
};

/** zod's error map: `found; advice`, and for unknown keys one line a key in the order of `keys`. */
export const explain = (issue: z.core.$ZodRawIssue): string => {
  const path = issue.path ?? [];
  const found = issue.input === undefined ? "missing" : `found ${show(issue.input)}`;
  const choices = (values: Iterable<unknown>) =>
    `${found}; ${adviseOneOf(issue.input, Array.from(values, String))}`;
  if (issue.code === "unrecognized_keys") {
    const { shape } = (issue.schema as z.ZodObject)._zod.def;
    const written = issue.input as object;
    const free = Object.keys(shape).filter((key) => !(key in written));
    const known = free.length > 0 ? free : Object.keys(shape);
    return (issue.keys as string[])
      .map((key) => `found an unknown key; ${adviseOneOf(key, known)}, or remove it`)
      .join("\n");
  }
  if (issue.code === "invalid_value") return choices(issue.values as unknown[]);
  if (issue.code === "invalid_union" && issue["discriminator"] !== undefined) {
    const written = (issue.input as Record<string, unknown>)[issue["discriminator"] as string];
    const head = written === undefined ? "missing" : `found ${show(written)}`;
    return `${head}; ${adviseOneOf(written, issue["options"] as string[])}`;
  }
  if (issue.code === "invalid_key") return `found the name ${show(issue.input)}; write ${NAME}`;
  if (issue.schema === undefined) return `${found}; see the comments of src/core/robot.ts`;
  return `${found}; write ${wanted(issue.schema)}${unitOf(path)}`;
};

type Issue = z.core.$ZodIssue;

/**
 * Of a union's refusals the one the writer was nearest to: a branch all of whose own keys are
 * there, whatever is wrong inside them.
 */
const nearestBranch = (branches: readonly Issue[][]): readonly Issue[] | undefined =>
  branches.find((issues) =>
    issues.every(
      ({ path, code, message }) =>
        path.length > 1 ||
        code === "unrecognized_keys" ||
        (path.length === 1 && code !== "invalid_value" && !message.startsWith("missing")),
    ),
  );

/** One entry for each thing that a parse refused, inside unions too. */
export const flatten = (
  issues: readonly Issue[],
  parent: readonly PropertyKey[] = [],
): { path: PropertyKey[]; text: string }[] =>
  issues.flatMap((issue) => {
    const path = [...parent, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      const texts = issue.message.split("\n");
      return issue.keys.map((key, i) => ({ path: [...path, key], text: texts[i]! }));
    }
    const branch = issue.code === "invalid_union" ? nearestBranch(issue.errors) : undefined;
    return branch?.length ? flatten(branch, path) : [{ path, text: issue.message }];
  });
