// The bodies that a command can choose by name.
import { InvalidArgumentError, Option } from "commander";
import { adviseOneOf } from "../core/suggest.ts";

const BODY_KINDS = ["simulation"] as const;
export type BodyKind = (typeof BODY_KINDS)[number];

const bodyKindOf = (text: string): BodyKind => {
  const kind = BODY_KINDS.find((known) => known === text);
  if (kind !== undefined) return kind;
  throw new InvalidArgumentError(`found ${text}; ${adviseOneOf(text, BODY_KINDS)}.`);
};

export const bodyOption = (): Option =>
  new Option("--body <kind>", `what moves: ${BODY_KINDS.join(", ")}`)
    .argParser(bodyKindOf)
    .default("simulation");
