// A gamepad at the browser: what the Gamepad API tells becomes the events of teleoperation/gamepad.ts, so that the
// rules of clutch and dead-man are those of `teleoperate`. It is read with each frame; a page that stands still or
// is hidden says nothing, and what it said last is stale by the operator port's own rule.
import { Gamepad } from "../../../teleoperation/gamepad.ts";
import type { OperatorClient } from "../../../teleoperation/operator-port.ts";
import type { Hello } from "../../hello.ts";
import type { Connection } from "../connection.ts";

/** The axes of the API's standard gamepad, by their numbers in Linux's xpad driver. */
const AXES = [0, 1, 3, 4];
const PERIOD_MS = 50;

/** The page's hand at the operator port, which is at the other end of the line and refuses what is not in order. */
const clientOf = (connection: Connection): OperatorClient => ({
  name: "gamepad",
  engage: () => {
    connection.send("engage", {});
    return true;
  },
  command: (command) => {
    connection.send("operate", { json: JSON.stringify(command) });
    return undefined;
  },
  release: () => connection.send("release", {}),
  close: () => connection.send("release", {}),
});

export class PagePad {
  readonly #robot: Pick<Hello, "limbs" | "acts">;
  readonly #connection: Connection;
  #pad: Gamepad | undefined;
  #index: number | undefined;
  #buttons: number[] = [];
  #axes: number[] = [];
  #toldMs = -Infinity;

  constructor(robot: Pick<Hello, "limbs" | "acts">, connection: Connection) {
    this.#robot = robot;
    this.#connection = connection;
  }

  /** What can be done with it; undefined while there is none. */
  get help(): string | undefined {
    return this.#pad?.help;
  }

  /** Reads it, with each animation frame. */
  poll(nowMs: number): void {
    const found = navigator
      .getGamepads()
      .find((pad) => pad?.connected && pad.mapping === "standard");
    if (!found || found.index !== this.#index) this.close();
    if (!found) return;
    const isInitial = this.#pad === undefined;
    this.#pad ??= this.#open();
    this.#index = found.index;
    this.#feed(found, isInitial);
    if (nowMs - this.#toldMs < PERIOD_MS - 4) return;
    this.#toldMs = nowMs;
    this.#pad.keepUp();
  }

  /** The gamepad is gone, or the page is. */
  close(): void {
    this.#pad?.close();
    this.#pad = this.#index = undefined;
    this.#buttons = [];
    this.#axes = [];
  }

  #open(): Gamepad {
    const { limbs, acts } = this.#robot;
    const named = Object.fromEntries(acts.map((act) => [act.name, act]));
    return new Gamepad({ limbs, acts: named }, clientOf(this.#connection));
  }

  #feed({ buttons, axes }: globalThis.Gamepad, isInitial: boolean): void {
    for (const [number, { pressed }] of buttons.entries()) {
      const value = Number(pressed);
      if (value === (this.#buttons[number] ?? 0)) continue;
      this.#buttons[number] = value;
      this.#pad!.take({ kind: "button", number, value, isInitial });
    }
    for (const [i, number] of AXES.entries()) {
      const value = axes[i] ?? 0;
      if (value === (this.#axes[i] ?? 0)) continue;
      this.#axes[i] = value;
      this.#pad!.take({ kind: "axis", number, value, isInitial });
    }
  }
}
