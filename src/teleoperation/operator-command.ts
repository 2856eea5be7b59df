// What a person can tell a robot, whatever they hold in their hands: plain data, so that a page can send
// it as JSON. Reading it is total: anything at all becomes a command or the words why it is none.
import { type RobotDescription, servoIndex } from "../core/robot.ts";

export type OperatorCommand =
  /** Begins an act; without a pace a normal one. */
  | { readonly kind: "act"; readonly act: string; readonly pace?: string }
  /** Turns a servo by so much and no further: one press of a key. */
  | { readonly kind: "turn"; readonly servo: string; readonly turnDeg: number }
  /** Speeds by servo, -1..1 of the operator's top speed, kept up until told otherwise: a stick. */
  | { readonly kind: "drive"; readonly speeds: Readonly<Record<string, number>> }
  /** Angles by servo to go to, degrees: a leader's pose, a slider. */
  | { readonly kind: "pose"; readonly anglesDeg: Readonly<Record<string, number>> }
  /** Sets the operator's top speed, as a share (0..1] of what the servos can do. */
  | { readonly kind: "speed"; readonly share: number };

const KINDS = ["act", "turn", "drive", "pose", "speed"] as const;

type Words = string;

/** Anything in words; an object might have no words of its own. */
const shown = (value: unknown): string =>
  typeof value === "object" ? "an object" : String(value as string);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export class CommandReader {
  readonly #robot: RobotDescription;
  readonly #servos: ReadonlyMap<string, number>;

  constructor(robot: RobotDescription) {
    this.#robot = robot;
    this.#servos = servoIndex(robot);
  }

  /** The command that `value` is, or why it is none. */
  read(value: unknown): OperatorCommand | Words {
    if (!isRecord(value)) return `found ${typeof value}; a command is an object`;
    switch (value["kind"]) {
      case "act":
        return this.#act(value);
      case "turn": {
        const { servo, turnDeg } = value;
        const wrong = this.#number(servo, turnDeg, 360);
        return wrong ?? { kind: "turn", servo: servo as string, turnDeg: turnDeg as number };
      }
      case "drive": {
        const wrong = this.#numbers(value["speeds"], 1);
        return wrong ?? { kind: "drive", speeds: value["speeds"] as Record<string, number> };
      }
      case "pose": {
        const wrong = this.#numbers(value["anglesDeg"], 360);
        return wrong ?? { kind: "pose", anglesDeg: value["anglesDeg"] as Record<string, number> };
      }
      case "speed": {
        const { share } = value;
        if (typeof share === "number" && share > 0 && share <= 1) return { kind: "speed", share };
        return `found the speed ${shown(share)}; write a share above 0, 1 at most`;
      }
      default:
        return `found the kind ${shown(value["kind"])}; write one of ${KINDS.join(", ")}`;
    }
  }

  #act({ act, pace }: Record<string, unknown>): OperatorCommand | Words {
    const { acts, paces } = this.#robot;
    if (typeof act !== "string" || !Object.hasOwn(acts, act))
      return `found the act ${shown(act)}; write one of ${Object.keys(acts).join(", ")}`;
    if (pace === undefined) return { kind: "act", act };
    if (typeof pace !== "string" || !Object.hasOwn(paces, pace))
      return `found the pace ${shown(pace)}; write one of ${Object.keys(paces).join(", ")}`;
    return { kind: "act", act, pace };
  }

  #numbers(values: unknown, most: number): Words | undefined {
    if (!isRecord(values)) return "found no numbers by servo";
    for (const [servo, value] of Object.entries(values)) {
      const wrong = this.#number(servo, value, most);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }

  #number(servo: unknown, value: unknown, most: number): Words | undefined {
    if (typeof servo !== "string" || !this.#servos.has(servo))
      return `found the servo ${shown(servo)}; write one of ${[...this.#servos.keys()].join(", ")}`;
    if (typeof value === "number" && Math.abs(value) <= most) return undefined;
    return `found ${shown(value)} for ${servo}; write a number from ${-most} to ${most}`;
  }
}
