// A policy that says again what a session has: the way a recording is played on another body.
import type { Observation, Policy } from "../core/ports.ts";
import { END } from "../tokens/vocabulary.ts";

export interface RecordedTokens {
  readonly timeNs: number;
  readonly ids: Int32Array;
}

export class RecordedPolicy implements Policy {
  readonly name = "recorded";
  readonly #answers: readonly RecordedTokens[];
  #next = 0;

  /** `answers` in the order of their stamps. */
  constructor(answers: readonly RecordedTokens[]) {
    this.#answers = answers;
  }

  async step({ timeNs }: Observation): Promise<Int32Array> {
    const due: number[] = [];
    for (let answer = this.#answers[this.#next]; answer && answer.timeNs <= timeNs;) {
      due.push(...answer.ids.filter((id) => id !== END));
      answer = this.#answers[++this.#next];
    }
    return Int32Array.from([...due, END]);
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
