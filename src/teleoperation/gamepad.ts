// A gamepad as an operator's device: the left shoulder button is the clutch and must be held, the sticks
// drive the servos of a limb, the right shoulder button chooses the next limb, A B X Y begin the first four
// acts. Numbers of buttons and axes are those of Linux's xpad driver.
import type { JsEvent } from "./js-event.ts";
import type { OperatorClient } from "./operator-port.ts";

const CLUTCH = 4;
const NEXT_LIMB = 5;
const ACT_BUTTONS = 4;
/** Axes in the order of a limb's servos, with the sign that makes left and up positive. */
const STICKS = [
  { axis: 0, sign: -1 },
  { axis: 1, sign: -1 },
  { axis: 4, sign: -1 },
  { axis: 3, sign: -1 },
] as const;
/** A stick at rest is nowhere near its exact middle. */
const DEAD_ZONE = 0.15;

/** What a gamepad has to know of a robot, which a page knows, too. */
export interface Driven {
  readonly limbs: Readonly<Record<string, readonly string[]>>;
  readonly acts: Readonly<Record<string, unknown>>;
}

export class Gamepad {
  readonly #client: OperatorClient;
  readonly #limbs: readonly (readonly [string, readonly string[]])[];
  readonly #acts: readonly string[];
  readonly #axes = new Map<number, number>();
  #isHeld = false;
  #limb = 0;

  constructor(robot: Driven, client: OperatorClient) {
    this.#client = client;
    this.#limbs = Object.entries(robot.limbs);
    this.#acts = Object.keys(robot.acts).slice(0, ACT_BUTTONS);
  }

  /** The buttons in words. */
  get help(): string {
    const acts = this.#acts.map((act, i) => `${"ABXY"[i]} ${act}`).join("  ");
    return `gamepad hold the left shoulder button to move   sticks drive the ${this.limb}   right shoulder button next limb   ${acts}`;
  }

  /** The limb that the sticks drive. */
  get limb(): string {
    return this.#limbs[this.#limb]![0];
  }

  take({ kind, number, value, isInitial }: JsEvent): void {
    if (kind === "axis") this.#axes.set(number, value);
    // A driver whose queue ran over tells anew what holds, as it did at first: a clutch that is up is up.
    else if (number === CLUTCH && (!isInitial || value === 0)) this.#hold(value === 1);
    else if (value === 1 && !isInitial) this.#press(number);
  }

  /** To be called ten times a second or oftener while the device is there: it tells only what changes. */
  keepUp(): void {
    if (!this.#isHeld || !this.#client.engage()) return;
    const servos = this.#limbs[this.#limb]![1];
    const speeds: Record<string, number> = {};
    for (const [i, { axis, sign }] of STICKS.entries()) {
      const servo = servos[i];
      if (servo !== undefined) speeds[servo] = sign * beyondDeadZone(this.#axes.get(axis) ?? 0);
    }
    this.#client.command({ kind: "drive", speeds });
  }

  /** The device is gone. */
  close(): void {
    this.#isHeld = false;
    this.#client.close();
  }

  #hold(isHeld: boolean): void {
    if (this.#isHeld && !isHeld) this.#client.release();
    this.#isHeld = isHeld;
  }

  #press(number: number): void {
    if (number === NEXT_LIMB) this.#limb = (this.#limb + 1) % this.#limbs.length;
    const act = this.#acts[number];
    if (act !== undefined && this.#isHeld && this.#client.engage())
      this.#client.command({ kind: "act", act });
  }
}

/** 0 inside the dead zone, and from its edge on up to 1 without a jump. */
const beyondDeadZone = (value: number): number => {
  const beyond = Math.max(0, Math.abs(value) - DEAD_ZONE) / (1 - DEAD_ZONE);
  return Math.sign(value) * Math.min(1, beyond);
};
