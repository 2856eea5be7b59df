// Flinch: withdraws the hand that gets hot. A heat sensor "heat_left" is answered by the act
// "withdraw_left", "heat" by "withdraw".
import { PolicyError } from "../../core/errors.ts";
import type { Robot } from "../../core/robot.ts";
import type { PhraseWriter } from "../../tokens/phrases.ts";
import type { Senses } from "./senses.ts";
import type { Skill } from "./skill.ts";

/** Skin reports pain from some 43 to 45 degrees Celsius on. */
const HOT_C = 45;
const COOL_C = 40;

export class Flinch implements Skill {
  readonly yields = false;
  readonly #withdrawals: ReadonlyMap<string, string>;
  readonly #burning = new Set<string>();

  constructor(robot: Robot) {
    const heat = robot.sensors.filter((s) => s.kind === "heat").map((s) => s.name);
    this.#withdrawals = new Map(
      heat
        .map((sensor) => [sensor, sensor.replace("heat", "withdraw")] as const)
        .filter(([, act]) => act in robot.acts),
    );
    if (this.#withdrawals.size === 0)
      throw new PolicyError(
        `teacher:flinch needs a heat sensor and the act that answers it (heat_left: withdraw_left); ${robot.name} has the heat sensors [${heat.join(", ")}] and the acts [${Object.keys(robot.acts).join(", ")}]`,
      );
  }

  act({ samples }: Senses, phrases: PhraseWriter): void {
    for (const sample of samples) {
      const withdrawal = this.#withdrawals.get(sample.sensor);
      if (withdrawal === undefined || sample.kind !== "values") continue;
      const celsius = sample.values[0]!;
      if (celsius < COOL_C) this.#burning.delete(sample.sensor);
      else if (celsius >= HOT_C && !this.#burning.has(sample.sensor)) {
        this.#burning.add(sample.sensor);
        phrases.act(withdrawal, "urgent");
      }
    }
  }
}
