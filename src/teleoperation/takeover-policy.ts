// A policy whose place a person can take. While they drive, it goes on sensing and thinking, so that it
// knows what happened when it gets the robot back, but nobody waits for its answers. The session keeps when
// that was: what is said meanwhile corrects the policy (HG-DAgger, Kelly et al. 2019).
import { FrameQueue } from "../core/frame-queue.ts";
import type { Answer, Observation, Policy, StepOptions } from "../core/ports.ts";
import { END } from "../tokens/vocabulary.ts";
import type { OperatorPolicy } from "./operator-policy.ts";
import type { OperatorPort } from "./operator-port.ts";

export interface TakeoverPolicyOptions {
  /** What it is called where it is not certain that anybody will correct it. */
  readonly name?: string;
  readonly policy: Policy;
  readonly operator: OperatorPolicy;
  readonly port: OperatorPort;
  /** Told before the first answer that is given by the other one. */
  readonly onChange: (timeNs: number, phase: "started" | "ended") => void;
}

export class TakeoverPolicy implements Policy {
  readonly name: string;
  readonly #options: TakeoverPolicyOptions;
  #isTaken = false;
  #wasInHand = false;
  readonly #unread = new FrameQueue();
  /** A step of the policy that nobody waits for. */
  #aside: Promise<unknown> | undefined;
  #failure: Error | undefined;

  constructor(options: TakeoverPolicyOptions) {
    this.#options = options;
    this.name = options.name ?? `${options.policy.name}, corrected by a person`;
  }

  /** Whether a person drives. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  async step(observation: Observation, options: StepOptions): Promise<Answer> {
    const { operator, port, policy, onChange } = this.#options;
    const { timeNs } = observation;
    const { inHand } = port.state;
    if (inHand && !this.#isTaken) operator.takeHold();
    for (const frame of observation.frames) this.#unread.push(frame);
    const answer = await operator.step(observation); // also when it is not heard: its hand must let go
    // The last words of a hand that lets go stop what it had begun: they are heard before the policy is.
    const isTaken = inHand || (this.#wasInHand && answer.length > 1);
    this.#wasInHand = inHand;
    if (isTaken !== this.#isTaken) onChange(timeNs, isTaken ? "started" : "ended");
    this.#isTaken = isTaken;
    if (isTaken) {
      this.#think(timeNs, options);
      return answer;
    }
    if (await this.#isTakenBefore(this.#aside)) return Int32Array.of(END);
    if (this.#failure) throw this.#failure;
    const thinking = policy.step({ timeNs, frames: this.#unread.take() }, options);
    if (await this.#isTakenBefore(thinking)) {
      this.#setAside(thinking);
      return Int32Array.of(END);
    }
    const own = await thinking;
    if (own instanceof Int32Array) operator.heed(own, timeNs);
    return own;
  }

  async close(): Promise<void> {
    await this.#options.policy.close();
    await this.#options.operator.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** A person's robot outlives the policy: what breaks meanwhile is told when it would drive again. */
  #think(timeNs: number, options: StepOptions): void {
    if (this.#aside !== undefined || this.#failure !== undefined) return;
    this.#setAside(this.#options.policy.step({ timeNs, frames: this.#unread.take() }, options));
  }

  #setAside(thinking: Promise<unknown>): void {
    this.#aside = thinking
      .catch((error: unknown) => {
        this.#failure = error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => (this.#aside = undefined));
  }

  /** Waits for a step, but not while somebody takes the robot out of its hands: one that hangs must not keep them out. */
  async #isTakenBefore(thinking: Promise<unknown> | undefined): Promise<boolean> {
    const { port } = this.#options;
    if (port.state.inHand) return true;
    const taken = new Promise<boolean>((resolve) => (port.onTaken = () => resolve(true)));
    try {
      return await Promise.race([taken, Promise.allSettled([thinking]).then(() => false)]);
    } finally {
      port.onTaken = () => {};
    }
  }
}
