// Takes the records of one piece into the session that is made. One that begins in the midst of a recording is told
// to a tokenizer that is new, as to a robot that wakes there: what was told before it, nobody knows any more.
import type { SessionRecord } from "../../core/records.ts";
import { parseRobot } from "../../core/robot-file.ts";
import { Tokenizer } from "../../tokens/tokenizer.ts";
import { vocabularyFromJson } from "../../tokens/vocabulary.ts";
import type { Episode } from "../episodes.ts";
import type { SteadyWriter } from "../steady-writer.ts";
import { shifted } from "./shifted.ts";
import type { Piece } from "./source.ts";

export interface PieceOptions {
  readonly piece: Piece;
  readonly session: SteadyWriter;
  /** Added to all stamps. */
  readonly byNs: number;
  /** The number of its first episode. */
  readonly firstIndex: number;
}

/** A mark of an episode, and the first stamp that comes behind it. */
interface Mark {
  readonly beforeNs: number;
  readonly record: SessionRecord;
}

export class PieceWriter {
  readonly #options: PieceOptions;
  readonly #tokenizer: Tokenizer | undefined;
  /** Where other recordings begin in it, which begin with everything told. */
  readonly #partsNs: number[];
  readonly #marks: Mark[];

  constructor(options: PieceOptions) {
    this.#options = options;
    const { source, startNs, episodes } = options.piece;
    if (startNs > source.startNs) this.#tokenizer = tokenizerOf(source.reader.header);
    this.#partsNs = (source.reader.header.partsNs ?? []).filter((ns) => ns > startNs);
    this.#marks = episodes.flatMap((episode, i) => marksOf(episode, options.firstIndex + i));
  }

  /** A record of the piece; episodes, and who drove in them, are marked anew. */
  async write(record: SessionRecord): Promise<void> {
    if (record.type === "episode" || record.type === "takeover") return;
    await this.#markUntil(record.timeNs);
    if (record.timeNs >= this.#partsNs[0]!) {
      this.#partsNs.shift();
      this.#tokenizer?.reset();
    }
    if (record.type === "tokens_in" && this.#tokenizer && record.sensor !== "self") return;
    await this.#put(record);
    if (record.type !== "sample" || !this.#tokenizer) return;
    const frame = this.#tokenizer.encode(record.sample);
    if (!frame) return;
    const { timeNs, sensor, ids } = frame;
    await this.#put({ type: "tokens_in", timeNs, sensor, ids });
  }

  end(): Promise<void> {
    return this.#markUntil(Infinity);
  }

  async #markUntil(timeNs: number): Promise<void> {
    while (this.#marks.length > 0 && this.#marks[0]!.beforeNs <= timeNs)
      await this.#put(this.#marks.shift()!.record);
  }

  #put(record: SessionRecord): Promise<void> {
    const { session, byNs } = this.#options;
    return session.write(shifted(record, byNs));
  }
}

/** What begins stands before the records of its stamp, what ends behind them. */
const marksOf = ({ task, startNs, endNs, outcome, takeovers }: Episode, index: number): Mark[] => {
  const began = (record: SessionRecord): Mark => ({ beforeNs: record.timeNs, record });
  const ended = (record: SessionRecord): Mark => ({ beforeNs: record.timeNs + 1, record });
  const mark = { type: "episode", index, task } as const;
  const last = { ...mark, timeNs: endNs, phase: "ended" } as const;
  return [
    began({ ...mark, timeNs: startNs, phase: "started" }),
    ...takeovers.flatMap((taken) => {
      const [fromNs, toNs] = [Math.max(startNs, taken.startNs), Math.min(endNs, taken.endNs)];
      return [
        began({ type: "takeover", timeNs: fromNs, phase: "started" }),
        ended({ type: "takeover", timeNs: toNs, phase: "ended" }),
      ];
    }),
    ended(outcome === undefined ? last : { ...last, outcome }),
  ];
};

const tokenizerOf = (header: Piece["source"]["reader"]["header"]): Tokenizer => {
  const { robotFile: text, sceneFile: sceneSource, robotName, vocabularyJson } = header;
  const robot = parseRobot({ text, file: `${robotName} as recorded`, sceneSource });
  return new Tokenizer(robot, vocabularyFromJson(vocabularyJson));
};
