// Obey: performs the act of a spoken command, at the pace its tone asks for, once it has been heard
// out. The teacher knows the command as a label; a model will have to hear it.
import { NS_PER_MS } from "../../core/clock.ts";
import { PolicyError } from "../../core/errors.ts";
import type { Cue } from "../../core/ports.ts";
import type { Robot } from "../../core/robot.ts";
import type { PhraseWriter } from "../../tokens/phrases.ts";
import type { Senses } from "./senses.ts";
import type { Skill } from "./skill.ts";

/** So many stretches of 80 ms in which nobody speaks tell a listener that the command is over. */
const SILENT_STACKS = 2;
/** The end of a command is too weak to be told from silence for at most so long. */
const FADING_NS = 240 * NS_PER_MS;
/** Where a room is never silent, the command is over when this was heard after it. */
const HEARD_OUT_NS = 160 * NS_PER_MS;

/** The pace of a command that asks for none; every robot has it (core/robot-checks.ts). */
const DEFAULT_PACE = "normal";

export class Obey implements Skill {
  readonly yields = false;
  readonly #cues: readonly Cue[];
  #heard = 0;

  constructor(robot: Robot, cues: readonly Cue[]) {
    for (const { act, pace = DEFAULT_PACE } of cues) {
      const known = (what: string, name: string, table: object): void => {
        if (!Object.hasOwn(table, name))
          throw new PolicyError(
            `teacher:obey is told to perform the ${what} "${name}", which ${robot.name} does not have; found in its robot.yaml: ${Object.keys(table).join(", ")}`,
          );
      };
      known("act", act, robot.acts);
      known("pace", pace, robot.paces);
    }
    this.#cues = [...cues].sort((a, b) => a.endNs - b.endNs);
  }

  act({ heardNs, silentStacks }: Senses, phrases: PhraseWriter): void {
    const overNs = heardNs + (silentStacks >= SILENT_STACKS ? FADING_NS : -HEARD_OUT_NS);
    let cue = this.#cues[this.#heard];
    while (cue && cue.endNs <= overNs) {
      phrases.act(cue.act, cue.pace ?? DEFAULT_PACE);
      cue = this.#cues[++this.#heard];
    }
  }
}
