// What the JSON contender learns from: the stream of the token policy, with each answer spelled as JSON
// calls. What is sensed, and what comes back as the efference copy, stays what it is.
import type { SessionRecord } from "../core/records.ts";
import type { RobotDescription } from "../core/robot.ts";
import { JsonCalls } from "../tokens/json-calls.ts";
import { jsonSpelling } from "../tokens/spelling.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { type LessonWeight, StreamBuilder, type TokenStream } from "./token-stream.ts";

export class JsonStreamBuilder {
  readonly #builder: StreamBuilder;
  readonly #calls: JsonCalls;

  constructor(
    robot: RobotDescription,
    vocabulary: Vocabulary,
    spelling = jsonSpelling(robot, vocabulary),
  ) {
    this.#builder = new StreamBuilder(spelling, vocabulary);
    this.#calls = new JsonCalls(robot, vocabulary);
  }

  add(record: SessionRecord): void {
    const isAnswer = record.type === "tokens_out" || record.type === "advice";
    this.#builder.add(isAnswer ? { ...record, ids: this.#calls.spell(record.ids) } : record);
  }

  stream(weightAt?: LessonWeight): TokenStream {
    return this.#builder.stream(weightAt);
  }
}
