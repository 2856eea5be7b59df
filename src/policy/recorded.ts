// A policy that says again what a session has: the way a recording is played on another body.
import type { Answer, Observation, Policy } from "../core/ports.ts";
import { END } from "../tokens/vocabulary.ts";

export interface RecordedAnswer {
  readonly timeNs: number;
  readonly answer: Answer;
}

export class RecordedPolicy implements Policy {
  readonly name = "recorded";
  readonly #answers: readonly RecordedAnswer[];
  #next = 0;

  /** `answers` in the order of their stamps. */
  constructor(answers: readonly RecordedAnswer[]) {
    this.#answers = answers;
  }

  async step({ timeNs }: Observation): Promise<Answer> {
    const due: number[] = [];
    let motion: Float32Array | undefined; // of several the newest, which the robot would be left doing
    for (; this.#answers[this.#next]; this.#next++) {
      const { timeNs: saidNs, answer } = this.#answers[this.#next]!;
      if (saidNs > timeNs) break;
      // An answer is degrees or ids: what was said after one kind waits for the next step.
      if (answer instanceof Float32Array) {
        if (due.length > 0) break;
        motion = answer;
      } else {
        const ids = answer.filter((id) => id !== END);
        if (motion && ids.length > 0) break;
        due.push(...ids);
      }
    }
    return motion ?? Int32Array.from([...due, END]);
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
