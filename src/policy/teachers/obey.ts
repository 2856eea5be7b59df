// Obey: performs the act of a spoken command, at the pace its tone asks for, once it has been heard
// out. The teacher knows the command as a label; a model will have to hear it.
import { NS_PER_MS } from "../../core/clock.ts";
import { PolicyError } from "../../core/errors.ts";
import type { Cue, Observation } from "../../core/ports.ts";
import type { Robot } from "../../core/robot.ts";
import type { PhraseWriter } from "../../tokens/phrases.ts";
import type { Skill } from "./skill.ts";

/** So much silence tells a listener that the word is over; a model can't know it sooner. */
const SILENCE_NS = 160 * NS_PER_MS;

export class Obey implements Skill {
  readonly name = "obey";
  readonly #cues: readonly Cue[];
  #heard = 0;

  constructor(robot: Robot, cues: readonly Cue[]) {
    for (const { act, pace } of cues) {
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

  act(observation: Observation, phrases: PhraseWriter): void {
    let cue = this.#cues[this.#heard];
    while (cue && cue.endNs + SILENCE_NS <= observation.timeNs) {
      phrases.act(cue.act, cue.pace);
      cue = this.#cues[++this.#heard];
    }
  }
}
