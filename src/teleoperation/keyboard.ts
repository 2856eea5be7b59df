// A keyboard as an operator's device, in any terminal: digits and letters begin acts, the arrows turn
// the servo that is selected. A key moves a little and no more, since no terminal tells when it was let
// go: whoever stops pressing stops the robot.
import type { RobotDescription } from "../core/robot.ts";
import type { Key } from "./key-reader.ts";
import type { OperatorCommand } from "./operator-command.ts";
import type { OperatorClient, OperatorPort } from "./operator-port.ts";

/** Keys of acts, in the order of robot.yaml; those left out mean something else. */
const ACT_KEYS = "1234567890weduioghjkvbm";
const STEP_DEG = 3;
const SPEED_STEP = 1.25;
const SLOWEST = 0.02;

export class Keyboard {
  readonly #client: OperatorClient;
  readonly #port: OperatorPort;
  readonly #servos: readonly string[];
  readonly #acts: ReadonlyMap<Key, string>;
  readonly #paces: readonly string[];
  #servo = 0;
  #pace: number;

  constructor(robot: RobotDescription, port: OperatorPort) {
    this.#port = port;
    this.#client = port.connect("keyboard");
    this.#servos = robot.servos.map(({ name }) => name);
    const names = Object.keys(robot.acts).slice(0, ACT_KEYS.length);
    this.#acts = new Map(names.map((name, i) => [ACT_KEYS[i]!, name]));
    this.#paces = Object.keys(robot.paces);
    this.#pace = Math.max(0, this.#paces.indexOf("normal"));
  }

  /** The keys in words, some lines. */
  get help(): string {
    const acts = [...this.#acts].map(([key, act]) => `${key} ${act}`);
    return [
      `acts    ${acts.slice(0, 6).join("  ")}`,
      ...(acts.length > 6 ? [`        ${acts.slice(6).join("  ")}`] : []),
      `servos  up/down turn it ${STEP_DEG} degrees   tab [ ] choose another   + - speed   p pace`,
    ].join("\n");
  }

  /** What a key would act on. */
  get line(): string {
    const speed = Math.round(this.#port.state.speedShare * 100);
    return `${this.#servos[this.#servo]} · ${speed} % speed · ${this.#paces[this.#pace]}`;
  }

  /** Obeys a key; returns the words why it could not. Keys without a meaning here do nothing. */
  press(key: Key): string | undefined {
    const act = this.#acts.get(key);
    if (act !== undefined) return this.#say({ kind: "act", act, pace: this.#paces[this.#pace]! });
    switch (key) {
      case "up":
      case "down": {
        const turnDeg = key === "up" ? STEP_DEG : -STEP_DEG;
        return this.#say({ kind: "turn", servo: this.#servos[this.#servo]!, turnDeg });
      }
      case "tab":
      case "]":
      case "right":
        return this.#select(1);
      case "shift-tab":
      case "[":
      case "left":
        return this.#select(-1);
      case "+":
      case "=":
        return this.#scale(SPEED_STEP);
      case "-":
        return this.#scale(1 / SPEED_STEP);
      case "p":
        this.#pace = (this.#pace + 1) % this.#paces.length;
        return undefined;
      default:
        return undefined;
    }
  }

  /** Takes the robot in hand, or gives it back. */
  take(): string | undefined {
    return this.#client.engage() ? undefined : `${this.#port.state.holder} holds the clutch`;
  }

  giveBack(): void {
    this.#client.release();
  }

  #select(by: number): undefined {
    this.#servo = (this.#servo + by + this.#servos.length) % this.#servos.length;
  }

  #scale(by: number): string | undefined {
    const share = Math.min(1, Math.max(SLOWEST, this.#port.state.speedShare * by));
    return this.#say({ kind: "speed", share });
  }

  #say(command: OperatorCommand): string | undefined {
    return this.take() ?? this.#client.command(command);
  }
}
