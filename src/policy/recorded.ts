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
    let motion: Float32Array | undefined; // the newest is what the robot would be left doing
    for (let next = this.#answers[this.#next]; next && next.timeNs <= timeNs;) {
      if (next.answer instanceof Float32Array) motion = next.answer;
      else due.push(...next.answer.filter((id) => id !== END));
      next = this.#answers[++this.#next];
    }
    return motion ?? Int32Array.from([...due, END]);
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
