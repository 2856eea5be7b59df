// The bodies that a command line can name.
import { openEmulator } from "../bodies/emulator/emulator-body.ts";
import {
  openSimulation,
  type SimulationBody,
  type SimulationOptions,
} from "../bodies/simulation/simulation-body.ts";

const OPENERS = { simulation: openSimulation, emulator: openEmulator } as const;

export type BodyKind = keyof typeof OPENERS;
export const BODY_KINDS = Object.keys(OPENERS) as readonly BodyKind[];

export const isBodyKind = (name: string): name is BodyKind => name in OPENERS;

export const openBody = (kind: BodyKind, options: SimulationOptions): Promise<SimulationBody> =>
  OPENERS[kind](options);
