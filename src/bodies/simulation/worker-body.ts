// The near end of a simulation that runs in a worker thread: questions out, answers and samples in.
// Node 20 can't run TypeScript in a worker, so the worker always comes from the build.
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { defer, type Observable, Subject } from "rxjs";
import type { RealClock } from "../../core/clock.ts";
import { BodyError } from "../../core/errors.ts";
import type {
  BodyStatus,
  Oracle,
  Sample,
  SceneMove,
  ServoFrame,
  WorldState,
} from "../../core/ports.ts";
import type { SceneOptions, SimulationBody, SimulationOptions } from "./simulation-port.ts";
import { ANSWER_LIMIT_MS, type Message, type Question, type WorkerCalls } from "./worker-calls.ts";

// The same place seen from src/bodies/simulation and from dist/bodies/simulation.
const WORKER = fileURLToPath(new URL("../../../dist/bodies/simulation/worker.js", import.meta.url));

interface Asker {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

export class WorkerBody implements SimulationBody {
  readonly kind: string;
  readonly answerLimitMs = ANSWER_LIMIT_MS;
  readonly samples: Observable<Sample>;
  readonly states: Observable<WorldState>;
  readonly oracle: Oracle;
  readonly script: readonly SceneMove[];
  readonly #worker: Worker;
  readonly #clock: RealClock;
  #begun = false;
  readonly #samples = new Subject<Sample>();
  readonly #states = new Subject<WorldState>();
  readonly #askers = new Map<number, Asker>();
  #asked = 0;
  #joules = 0;
  /** Why nothing can be asked any more. */
  #end: BodyError | undefined;

  /** `program`: what the thread runs, a world with a board in it as well. */
  static async open(
    options: SimulationOptions & { readonly clock: RealClock },
    kind = "simulation",
    program = WORKER,
  ): Promise<WorkerBody> {
    const { clock, signal, ...scene } = options;
    signal?.throwIfAborted();
    if (!existsSync(program))
      throw new BodyError(`found no ${program}, which runs the ${kind}; make it: npm run build`);
    const workerData: SceneOptions = scene;
    const worker = new Worker(program, { workerData });
    let script: readonly SceneMove[];
    try {
      const [opened] = await once(worker, "message", signal === undefined ? {} : { signal });
      ({ script } = opened as Message & { type: "open" });
    } catch (error) {
      await worker.terminate();
      signal?.throwIfAborted();
      throw asBodyError(error);
    }
    return new WorkerBody(kind, worker, clock, script);
  }

  private constructor(
    kind: string,
    worker: Worker,
    clock: RealClock,
    script: readonly SceneMove[],
  ) {
    this.kind = kind;
    this.#worker = worker;
    this.script = script;
    this.#clock = clock;
    const begun = <T>(events: Observable<T>): Observable<T> =>
      defer(() => {
        this.#begin();
        return events;
      });
    this.samples = begun(this.#samples);
    this.states = begun(this.#states);
    this.oracle = {
      position: (name) => this.#ask("position", name),
      reach: (limb, pointM) => this.#ask("reach", limb, pointM),
    };
    worker.on("message", (message: Message) => this.#hear(message));
    worker.on("error", (error) => this.#fail(asBodyError(error)));
  }

  get actuationJoules(): number {
    return this.#joules;
  }

  async send(frame: ServoFrame): Promise<BodyStatus> {
    const { angleDeg, powered } = frame;
    this.#begin();
    return this.#ask("command", angleDeg, powered);
  }

  move(move: Omit<SceneMove, "atMs">): Promise<number> {
    return this.#ask("move", move);
  }

  async close(): Promise<void> {
    if (this.#end === undefined) {
      this.#finish(new BodyError("the simulation is closed; open another"));
      this.#samples.complete();
      this.#states.complete();
    }
    await this.#worker.terminate();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The world goes from the first listener or frame on, so that nothing of it is missed. */
  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#ask("begin", this.#clock.originNs).catch(() => {}); // a dead worker tells every listener
  }

  #ask<K extends keyof WorkerCalls>(
    call: K,
    ...args: Parameters<WorkerCalls[K]>
  ): Promise<ReturnType<WorkerCalls[K]>> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end);
      const question: Question = { id: this.#asked++, call, args };
      this.#askers.set(question.id, { resolve, reject });
      this.#worker.postMessage(question);
    });
  }

  #hear(message: Message): void {
    if (this.#end !== undefined || message.type === "open") return;
    if (message.type === "event") {
      this.#joules = message.joules;
      if ("kind" in message.event) this.#samples.next(message.event);
      else this.#states.next(message.event);
      return;
    }
    const asker = this.#askers.get(message.id)!;
    this.#askers.delete(message.id);
    if (message.type === "answer") asker.resolve(message.answer as never);
    else
      asker.reject(
        message.error instanceof RangeError ? message.error : asBodyError(message.error),
      );
  }

  #fail(error: BodyError): void {
    if (this.#end !== undefined) return;
    this.#finish(error);
    this.#samples.error(error);
    this.#states.error(error);
  }

  #finish(end: BodyError): void {
    this.#end = end;
    for (const { reject } of this.#askers.values()) reject(end);
    this.#askers.clear();
  }
}

/** An error loses its class on the way between threads, not its words. */
const asBodyError = (error: unknown): BodyError =>
  new BodyError(error instanceof Error ? error.message : String(error), { cause: error });
