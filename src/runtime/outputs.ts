// The last step: frames from the kernel go to the body, and what the body says of them is believed
// only as far as it goes. A body that falls behind gets the newest frame, not a queue; one that goes
// silent, or keeps its power when told to drop it, is broken.
import { type Clock, NS_PER_MS, pause, SimulatedClock } from "../core/clock.ts";
import { BodyError } from "../core/errors.ts";
import type { Body, BodyStatus } from "../core/ports.ts";
import type { Applied } from "../safety/kernel.ts";
import { Pending } from "./lockstep.ts";

export interface OutputsOptions {
  readonly body: Body;
  readonly clock: Clock;
  /** The frame of `frameNs` is on the outputs; it was sent at `sentNs` on the clock. */
  readonly onApplied: (status: BodyStatus, frameNs: number, sentNs: number) => void;
  /** The body is broken: told once. */
  readonly onBroken: (error: Error) => void;
}

/** More frames than this on their way, and the next that says nothing new is left out: a stop must not queue. */
const MOST_IN_FLIGHT = 2;
const ANSWER_LIMIT_MS = 500;
/** A frame that was found overdue is looked for once more so much later. */
const LOOK_AGAIN_NS = 40 * NS_PER_MS;

export class Outputs {
  readonly #options: OutputsOptions;
  readonly #pending = new Pending();
  readonly #sentNs: number[] = []; // of the frames on their way, oldest first
  #overdue: { readonly sentNs: number; readonly foundNs: number } | undefined;
  #broken = false;
  #isOff = true;
  #sent = 0;
  #lastPowered = 0; // of the frames sent, counted from 1

  constructor(options: OutputsOptions) {
    this.#options = options;
  }

  /** Whether the body has confirmed that the last frame it was sent is on, and without power. */
  get isOff(): boolean {
    return this.#isOff && this.#sentNs.length === 0;
  }

  send({ timeNs, angleDeg, powered }: Applied): void {
    const nowNs = this.#options.clock.nowNs();
    if (this.#isSilent(nowNs)) this.#break(this.#silence());
    const isNews = !powered && this.#lastPowered === this.#sent; // the first frame without power always goes
    if (this.#sentNs.length >= MOST_IN_FLIGHT && !isNews) return;
    this.#isOff = false;
    this.#sent++;
    if (powered) this.#lastPowered = this.#sent;
    this.#sentNs.push(nowNs);
    void this.#pending.add(this.#deliver({ timeNs, angleDeg, powered }, nowNs));
  }

  /** Resolves when the body has answered all frames, on the real clock after its limit at most. */
  async settled(): Promise<void> {
    const { clock } = this.#options;
    if (clock instanceof SimulatedClock) return this.#pending.settled();
    const patience = new AbortController();
    await Promise.race([this.#pending.settled(), pause(clock, this.#limitMs, patience.signal)]);
    patience.abort();
  }

  async #deliver(
    frame: Pick<Applied, "timeNs" | "angleDeg" | "powered">,
    sentNs: number,
  ): Promise<void> {
    const { body, onApplied } = this.#options;
    const number = this.#sent;
    const { timeNs, powered } = frame; // the frame is the kernel's own and changes meanwhile
    try {
      const status = await body.send(frame);
      this.#isOff = !status.powered;
      onApplied(status, timeNs, sentNs);
      // A board out of reach can't be told; its own lease ends its pulses, and until then it is not off. And one
      // that was told to wake meanwhile answers both at once, where its first answer was lost.
      const isDefied = !powered && status.powered && this.#lastPowered < number;
      if (isDefied && status.away === undefined)
        this.#break(
          new BodyError(
            `the body "${body.kind}" still drives its servos after it was told to stop; cut the servo power by hand`,
          ),
        );
    } catch (error) {
      this.#break(error instanceof Error ? error : new BodyError(String(error)));
    } finally {
      this.#sentNs.splice(this.#sentNs.indexOf(sentNs), 1);
    }
  }

  /** A host that stood still itself must first look at what has come meanwhile, and answers take some turns of its loop. */
  #isSilent(nowNs: number): boolean {
    const oldestNs = this.#sentNs[0];
    if (oldestNs === undefined || nowNs - oldestNs <= this.#limitMs * NS_PER_MS) return false;
    if (this.#overdue?.sentNs !== oldestNs) this.#overdue = { sentNs: oldestNs, foundNs: nowNs };
    return nowNs - this.#overdue.foundNs >= LOOK_AGAIN_NS;
  }

  get #limitMs(): number {
    return this.#options.body.answerLimitMs ?? ANSWER_LIMIT_MS;
  }

  #silence(): BodyError {
    const { kind, answerLimitMs } = this.#options.body;
    const advice =
      answerLimitMs === undefined
        ? "cut the servo power by hand if they still push, and look at its cable"
        : "this machine has no time for it: end what else runs here";
    return new BodyError(`the body "${kind}" has not answered for ${this.#limitMs} ms; ${advice}`);
  }

  #break(error: Error): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#options.onBroken(error);
  }
}
