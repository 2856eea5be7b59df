// The near end of the library: its thread is started by the first question, and again after one that broke it.
import { Worker } from "node:worker_threads";
import type { Answer, AskedQuestion, GivenAnswer, LibraryData, Question } from "./library-calls.ts";

interface Waiting {
  readonly resolve: (answer: Answer | undefined) => void;
  readonly reject: (error: Error) => void;
}

export class LibraryClient {
  readonly #program: URL;
  readonly #data: LibraryData;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #asked = 0;

  constructor(program: URL, data: LibraryData) {
    this.#program = program;
    this.#data = data;
  }

  /** Rejects where the thread broke. */
  ask(question: Question): Promise<Answer | undefined> {
    this.#worker ??= this.#start();
    const asked: AskedQuestion = { id: this.#asked++, ...question };
    this.#worker.postMessage(asked);
    return new Promise((resolve, reject) => this.#waiting.set(asked.id, { resolve, reject }));
  }

  #start(): Worker {
    const worker = new Worker(this.#program, { workerData: this.#data });
    worker.on("message", ({ id, answer }: GivenAnswer) => {
      this.#waiting.get(id)?.resolve(answer);
      this.#waiting.delete(id);
    });
    worker.on("error", (error) => {
      this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
    return worker;
  }
}
