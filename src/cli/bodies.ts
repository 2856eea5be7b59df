// The bodies that a command can choose by name.
import { InvalidArgumentError, Option } from "commander";
import { openEmulator } from "../bodies/emulator/emulator-body.ts";
import {
  openSimulation,
  type SimulationBody,
  type SimulationOptions,
} from "../bodies/simulation/simulation-body.ts";
import { adviseOneOf } from "../core/suggest.ts";

const OPENERS = { simulation: openSimulation, emulator: openEmulator } as const;

export type BodyKind = keyof typeof OPENERS;
export const BODY_KINDS = Object.keys(OPENERS) as readonly BodyKind[];

export const isBodyKind = (name: string): name is BodyKind => name in OPENERS;

const bodyKindOf = (text: string): BodyKind => {
  if (isBodyKind(text)) return text;
  throw new InvalidArgumentError(`found ${text}; ${adviseOneOf(text, BODY_KINDS)}.`);
};

export const bodyOption = (): Option =>
  new Option("--body <kind>", `what moves: ${BODY_KINDS.join(", ")}`)
    .argParser(bodyKindOf)
    .default("simulation");

export const openBody = (kind: BodyKind, options: SimulationOptions): Promise<SimulationBody> =>
  OPENERS[kind](options);
