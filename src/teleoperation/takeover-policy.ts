// A policy whose place a person can take. While they drive, it goes on sensing and thinking, so that it
// knows what happened when it gets the robot back, but nobody waits for its answers. The session keeps when
// that was: what is said meanwhile corrects the policy (HG-DAgger, Kelly et al. 2019).
import type { Answer, Observation, Policy, StepOptions, TokenFrame } from "../core/ports.ts";
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
  #unread: TokenFrame[] = [];
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
    const isTaken = port.state.inHand;
    if (isTaken !== this.#isTaken) onChange(timeNs, isTaken ? "started" : "ended");
    this.#isTaken = isTaken;
    this.#unread.push(...observation.frames);
    const answer = await operator.step(observation); // also when it is not heard: its hand must let go
    if (isTaken) {
      this.#think(timeNs, options);
      return answer;
    }
    await this.#aside;
    if (this.#failure) throw this.#failure;
    return policy.step({ timeNs, frames: this.#takeUnread() }, options);
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
    this.#aside = this.#options.policy
      .step({ timeNs, frames: this.#takeUnread() }, options)
      .catch((error: unknown) => {
        this.#failure = error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => (this.#aside = undefined));
  }

  #takeUnread(): TokenFrame[] {
    const frames = this.#unread;
    this.#unread = [];
    return frames;
  }
}
