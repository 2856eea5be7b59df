// A session as a model learns from it: one stream of ids, exactly as policy/token-policy.ts reads and
// speaks it. After the frames of a tick the last token foretells the first of the answer. An answer
// that acts stays in the stream, closed by END; an empty one leaves no trace. Only answers are learned.
import type { SessionRecord } from "../core/records.ts";
import { inRange } from "../tokens/action-ids.ts";
import { BEGIN, END, rangeNamed, type TokenRange, type Vocabulary } from "../tokens/vocabulary.ts";
import type { Batch } from "./batch.ts";
import type { Random } from "../core/random.ts";
import { Windows } from "./windows.ts";

export interface TokenStream {
  readonly ids: Int32Array;
  /** What each id should be answered by; of no meaning where the weight is 0. */
  readonly targets: Int32Array;
  /** How much it counts that the target was foretold. */
  readonly weights: Float32Array;
  /** How many times oftener than its length says rows are cut from it; once where left out. */
  readonly often?: number;
}

/** Most answers are "nothing": an empty one counts less than one that acts, or silence is all a model learns. */
const EMPTY_WEIGHT = 0.1;
/** Motion is told many times a second, an act once in a while; and which bin is the best matters little. */
const MOTION_WEIGHT = 0.2;

export class StreamBuilder {
  readonly #ids: number[] = [BEGIN];
  readonly #targets: number[] = [END];
  readonly #weights: number[] = [0];
  readonly #motion: TokenRange | undefined;
  #advice: Int32Array | undefined;

  /** Without a vocabulary all that acts counts the same. */
  constructor(vocabulary?: Vocabulary) {
    this.#motion = vocabulary && rangeNamed(vocabulary, "motion");
  }

  /** What was said goes into the stream; where there was advice, that is what is learned. */
  add(record: SessionRecord): void {
    if (record.type === "tokens_in") for (const id of record.ids) this.#push(id);
    else if (record.type === "advice") this.#advice = record.ids;
    else if (record.type === "tokens_out") {
      this.#answer(record.ids, this.#advice ?? record.ids);
      this.#advice = undefined;
    }
  }

  stream(): TokenStream {
    return {
      ids: Int32Array.from(this.#ids),
      targets: Int32Array.from(this.#targets),
      weights: Float32Array.from(this.#weights),
    };
  }

  #answer(said: Int32Array, wanted: Int32Array): void {
    const first = wanted[0] ?? END;
    this.#expect(first, first === END ? EMPTY_WEIGHT : 1);
    if (said.length === 0 || said[0] === END) return;
    // Once another way was taken, what the rest of the advice would follow was never said.
    let isAlike = true;
    for (const [i, id] of said.entries()) {
      this.#push(id);
      isAlike &&= id === wanted[i] || (this.#isMotion(id) && this.#isMotion(wanted[i]));
      if (isAlike && id !== END) this.#expectNext(wanted[i + 1] ?? END);
    }
    if (said.at(-1) !== END) this.#push(END);
  }

  #isMotion(id: number | undefined): boolean {
    return this.#motion !== undefined && id !== undefined && inRange(this.#motion, id);
  }

  #expectNext(id: number): void {
    this.#expect(id, this.#isMotion(id) ? MOTION_WEIGHT : 1);
  }

  /** The token before an answer is asked for it. */
  #expect(id: number, weight: number): void {
    this.#targets[this.#targets.length - 1] = id;
    this.#weights[this.#weights.length - 1] = weight;
  }

  #push(id: number): void {
    this.#ids.push(id);
    this.#targets.push(END);
    this.#weights.push(0);
  }
}

/** The streams end to end, to be cut through where each is shorter than a row. */
export const joined = (streams: readonly TokenStream[]): TokenStream => {
  const total = streams.reduce((sum, { ids }) => sum + ids.length, 0);
  const all = {
    ids: new Int32Array(total),
    targets: new Int32Array(total),
    weights: new Float32Array(total),
  };
  let at = 0;
  for (const { ids, targets, weights } of streams) {
    all.ids.set(ids, at);
    all.targets.set(targets, at);
    all.weights.set(weights, at);
    at += ids.length;
  }
  return all;
};

/** Rows of `length` tokens cut from streams at random places, the longer ones oftener. */
export class Batches {
  readonly #windows: Windows<TokenStream>;
  readonly #rows: number;
  readonly #length: number;

  /** @throws RangeError when no stream is as long as a row. */
  constructor(streams: readonly TokenStream[], rows: number, length: number) {
    const stretch = ({ ids, often = 1 }: TokenStream) => ({ size: ids.length, often });
    this.#windows = new Windows(streams, stretch, length, "tokens");
    this.#rows = rows;
    this.#length = length;
  }

  next(random: Random): Batch {
    const size = this.#rows * this.#length;
    const batch = {
      ids: new Int32Array(size),
      targets: new Int32Array(size),
      weights: new Float32Array(size),
    };
    for (let row = 0; row < this.#rows; row++) {
      const { stream, from } = this.#windows.draw(random);
      const { ids, targets, weights } = stream;
      batch.ids.set(ids.subarray(from, from + this.#length), row * this.#length);
      batch.targets.set(targets.subarray(from, from + this.#length), row * this.#length);
      batch.weights.set(weights.subarray(from, from + this.#length), row * this.#length);
    }
    return batch;
  }
}
