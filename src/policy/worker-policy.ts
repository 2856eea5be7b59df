// A policy in a thread of its own behind the policy port, so that however long it thinks, the servo
// frames and the safety kernel keep their time. A thread that dies fails the step at hand; one that
// hangs never answers, and then the kernel's timeouts do their work: hold, rest, limp. Observations
// go over as copies, since the recorder holds the same arrays; answers are handed over.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { RealClock } from "../core/clock.ts";
import { PolicyError } from "../core/errors.ts";
import type { Answer, Observation, Policy, StepOptions } from "../core/ports.ts";
import type { PolicyMessage, PolicyQuestion } from "./policy-calls.ts";

export interface WorkerPolicyOptions {
  /** A program that opens a policy and serves it (serve-policy.ts). */
  readonly program: string;
  readonly workerData: unknown;
  /** Session time, in which deadlines are told. */
  readonly clock: RealClock;
}

interface Asker {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export class WorkerPolicy implements Policy {
  readonly name: string;
  readonly #worker: Worker;
  readonly #clock: RealClock;
  #asker: Asker | undefined;
  /** Why nothing can be asked any more. */
  #end: PolicyError | undefined;

  /** @throws PolicyError with what kept the thread from opening its policy */
  static async open({ program, workerData, clock }: WorkerPolicyOptions): Promise<WorkerPolicy> {
    const worker = new Worker(program, { workerData });
    const exited = new AbortController();
    worker.once("exit", () => exited.abort());
    try {
      const [message] = await once(worker, "message", { signal: exited.signal });
      const opened = message as PolicyMessage;
      if (opened.type !== "open") throw new TypeError(`expected open, found ${opened.type}`);
      return new WorkerPolicy(opened.name, worker, clock);
    } catch (error) {
      await worker.terminate();
      throw (error as Error).name === "AbortError"
        ? new PolicyError("its thread ended before the policy was open; start the run again")
        : asPolicyError(error);
    }
  }

  private constructor(name: string, worker: Worker, clock: RealClock) {
    this.name = name;
    this.#worker = worker;
    this.#clock = clock;
    worker.on("message", (message: PolicyMessage) => this.#hear(message));
    worker.on("error", (error) => this.#fail(asPolicyError(error)));
    worker.on("exit", (code) =>
      this.#fail(new PolicyError(`its thread ended with code ${code}; start the run again`)),
    );
  }

  step(observation: Observation, { signal, deadlineNs }: StepOptions): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end);
      const hurry = (): void => this.#post({ type: "abort" });
      const done = (): void => {
        signal.removeEventListener("abort", hurry);
        this.#asker = undefined;
      };
      this.#asker = {
        resolve: (answer) => (done(), resolve(answer)),
        reject: (error) => (done(), reject(error)),
      };
      const { originNs } = this.#clock;
      this.#post({ type: "step", observation, deadlineNs: originNs + deadlineNs });
      signal.addEventListener("abort", hurry);
      if (signal.aborted) hurry();
    });
  }

  async close(): Promise<void> {
    this.#fail(new PolicyError("the policy is closed; open another"));
    await this.#worker.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #post(question: PolicyQuestion): void {
    this.#worker.postMessage(question);
  }

  #hear(message: PolicyMessage): void {
    if (message.type === "answer") this.#asker?.resolve(message.answer);
    else if (message.type === "refusal") this.#asker?.reject(new PolicyError(message.reason));
  }

  #fail(error: PolicyError): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    this.#asker?.reject(error);
  }
}

/** An error loses its class on the way between threads, not its words. */
const asPolicyError = (error: unknown): PolicyError =>
  new PolicyError(error instanceof Error ? error.message : String(error), { cause: error });
