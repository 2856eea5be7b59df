// What the JSON contender learns from: the stream of the token policy, with each answer spelled as JSON
// calls. What is sensed, and what comes back as the efference copy, stays what it is.
import type { SessionRecord } from "../core/records.ts";
import type { RobotDescription } from "../core/robot.ts";
import { JsonCalls } from "../tokens/json-calls.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { StreamBuilder, type TokenStream } from "./token-stream.ts";

export class JsonStreamBuilder {
  readonly #builder = new StreamBuilder();
  readonly #calls: JsonCalls;

  constructor(robot: RobotDescription, vocabulary: Vocabulary) {
    this.#calls = new JsonCalls(robot, vocabulary);
  }

  /** Ids of the model in all, bytes included. */
  get vocabularySize(): number {
    return this.#calls.size;
  }

  add(record: SessionRecord): void {
    const isAnswer = record.type === "tokens_out";
    this.#builder.add(isAnswer ? { ...record, ids: this.#calls.spell(record.ids) } : record);
  }

  stream(): TokenStream {
    return this.#builder.stream();
  }
}
