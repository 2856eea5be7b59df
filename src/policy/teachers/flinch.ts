// Flinch: withdraws the hand that gets hot. A heat sensor "heat_left" is answered by the act
// "withdraw_left", "heat" by "withdraw".
import { PolicyError } from "../../core/errors.ts";
import { quickestPace, type Robot } from "../../core/robot.ts";
import type { PhraseWriter } from "../../tokens/phrases.ts";
import type { Senses } from "./senses.ts";
import type { Skill } from "./skill.ts";

/** Skin reports pain from some 43 to 45 degrees Celsius on. */
const HOT_C = 45;
const COOL_C = 40;

/** The acts that answer the heat sensors of a robot, by these. */
export const withdrawalsOf = ({ sensors, acts }: Robot): ReadonlyMap<string, string> =>
  new Map(
    sensors
      .filter(({ kind }) => kind === "heat")
      .map(({ name }) => [name, name.replace("heat", "withdraw")] as const)
      .filter(([, act]) => act in acts),
  );

export class Flinch implements Skill {
  readonly yields = false;
  readonly #withdrawals: ReadonlyMap<string, string>;
  readonly #pace: string;
  readonly #burning = new Set<string>();

  constructor(robot: Robot) {
    this.#withdrawals = withdrawalsOf(robot);
    this.#pace = "urgent" in robot.paces ? "urgent" : quickestPace(robot);
    const heat = robot.sensors.flatMap(({ kind, name }) => (kind === "heat" ? [name] : []));
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
        phrases.act(withdrawal, this.#pace);
      }
    }
  }
}
