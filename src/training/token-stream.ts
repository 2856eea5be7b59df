// A session as a model learns from it: one stream of chords (tokens/chords.ts), exactly as
// policy/chord-stream.ts reads and speaks it. After the frames of a tick the last chord foretells the
// first token of the answer. An answer that acts stays in the stream, closed by END; an empty one leaves
// no trace. Only answers are learned.
import type { SessionRecord } from "../core/records.ts";
import type { Random } from "../core/random.ts";
import { inRange } from "../tokens/action-ids.ts";
import { REST_NOTE } from "../tokens/chords.ts";
import type { Spelling } from "../tokens/spelling.ts";
import { END, rangeNamed, type TokenRange, type Vocabulary } from "../tokens/vocabulary.ts";
import type { Batch } from "./batch.ts";
import { type Window, Windows } from "./windows.ts";

export interface TokenStream {
  /** The notes of all chords, one behind the other. */
  readonly notes: Int32Array;
  /** [places + 1] where each chord begins, and where the last ends. */
  readonly starts: Int32Array;
  /** [places] what should be answered to each, as its number among the answers; of no meaning where the weight is 0. */
  readonly targets: Int32Array;
  /** [places] how much it counts that the target was foretold. */
  readonly weights: Float32Array;
  /** Token ids that were read, of which a chord holds several. */
  readonly tokens: number;
  /** Of all rows, how many are cut from it; as many as its length makes where left out. */
  readonly share?: number;
}

/** Whether what was done at a stamp is to be learned. */
export type LessonWeight = (timeNs: number) => number;

/** Most answers are "nothing": an empty one counts less than one that acts, or silence is all a model learns. */
const EMPTY_WEIGHT = 0.1;
/** Motion is told many times a second, an act once in a while; and which bin is the best matters little. */
const MOTION_WEIGHT = 0.2;
/** A pace is told once an act, and is harder to hear than the act. */
const PACE_WEIGHT = 2;

export class StreamBuilder {
  readonly #spelling: Spelling;
  readonly #motion: TokenRange;
  readonly #pace: TokenRange;
  readonly #classOf: ReadonlyMap<number, number>;
  readonly #notes: number[] = [];
  readonly #starts: number[] = [];
  readonly #targets: number[] = [];
  readonly #weights: number[] = [];
  readonly #answeredNs: number[] = []; // [places] when what it foretells was said
  #tokens = 0;
  #answerNs = 0;
  #advice: Int32Array | undefined;

  constructor(spelling: Spelling, vocabulary: Vocabulary) {
    this.#spelling = spelling;
    this.#motion = rangeNamed(vocabulary, "motion");
    this.#pace = rangeNamed(vocabulary, "pace");
    this.#classOf = new Map(Array.from(spelling.answers, (id, index) => [id, index]));
    this.#push(spelling.chords.begin());
  }

  /** What was said goes into the stream; where there was advice, that is what is learned. */
  add(record: SessionRecord): void {
    if (record.type === "tokens_in") {
      this.#tokens += record.ids.length;
      this.#spelling.chords.frame(record.ids, this.#push);
    } else if (record.type === "advice") this.#advice = record.ids;
    else if (record.type === "tokens_out") {
      this.#answerNs = record.timeNs;
      this.#answer(record.ids, this.#advice ?? record.ids);
      this.#advice = undefined;
    }
  }

  /** Of what was answered at stamps that are not to be learned, the stream holds what was read and said. */
  stream(weightAt: LessonWeight = () => 1): TokenStream {
    const weights = Float32Array.from(this.#weights, (weight, place) =>
      weight === 0 ? 0 : weight * weightAt(this.#answeredNs[place]!),
    );
    return {
      notes: Int32Array.from(this.#notes),
      starts: Int32Array.from([...this.#starts, this.#notes.length]),
      targets: Int32Array.from(this.#targets),
      weights,
      tokens: this.#tokens,
    };
  }

  #answer(said: Int32Array, wanted: Int32Array): void {
    const first = wanted[0] ?? END;
    // Nothing new was sensed since the last answer: nothing is asked, here as in the policy.
    if (this.#weights.at(-1) !== 0) return;
    if (!this.#classOf.has(first)) return; // nothing that can be said
    this.#notes.push(this.#spelling.chords.asked);
    this.#expect(first, first === END ? EMPTY_WEIGHT : 1);
    if (said.length === 0 || said[0] === END) return;
    this.#tokens += said.length;
    const closed = said.at(-1) === END ? said : Int32Array.of(...said, END);
    // Once another way was taken, what the rest of the advice would follow was never said.
    let isAlike = true;
    let i = 0;
    this.#spelling.read(closed, 0, (chord) => {
      const id = closed[i]!;
      this.#push(chord);
      isAlike &&= id === wanted[i] || (this.#isMotion(id) && this.#isMotion(wanted[i]));
      i++;
      if (isAlike && id !== END) this.#expectNext(wanted[i] ?? END);
    });
  }

  #isMotion(id: number | undefined): boolean {
    return id !== undefined && inRange(this.#motion, id);
  }

  #expectNext(id: number): void {
    if (this.#isMotion(id)) this.#expect(id, MOTION_WEIGHT);
    else this.#expect(id, inRange(this.#pace, id) ? PACE_WEIGHT : 1);
  }

  /** The chord before an answer is asked for it. */
  #expect(id: number, weight: number): void {
    const target = this.#classOf.get(id);
    if (target === undefined) return;
    this.#targets[this.#targets.length - 1] = target;
    this.#weights[this.#weights.length - 1] = weight;
    this.#answeredNs[this.#weights.length - 1] = this.#answerNs;
  }

  readonly #push = (chord: Int32Array): void => {
    this.#starts.push(this.#notes.length);
    for (const note of chord) this.#notes.push(note);
    this.#targets.push(0);
    this.#weights.push(0);
  };
}

/** The streams end to end, to be cut through where each is shorter than a row. */
export const joined = (streams: readonly TokenStream[]): TokenStream => {
  const sum = (size: (stream: TokenStream) => number): number =>
    streams.reduce((total, stream) => total + size(stream), 0);
  const places = sum(({ targets }) => targets.length);
  const all = {
    notes: new Int32Array(sum(({ notes }) => notes.length)),
    starts: new Int32Array(places + 1),
    targets: new Int32Array(places),
    weights: new Float32Array(places),
    tokens: sum(({ tokens }) => tokens),
  };
  let [at, noted] = [0, 0];
  for (const { notes, starts, targets, weights } of streams) {
    all.notes.set(notes, noted);
    all.targets.set(targets, at);
    all.weights.set(weights, at);
    for (let i = 0; i < targets.length; i++) all.starts[at + i] = noted + starts[i]!;
    at += targets.length;
    noted += notes.length;
  }
  all.starts[places] = noted;
  return all;
};

/** Chords of fewer notes are read whole: a reading that is missed is no reading. */
const MANY_NOTES = 8;

/**
 * Rows of `length` places cut from streams (windows.ts). A row begins with the sinks of its stream, which a
 * model never forgets, as it will when it runs: then comes the window.
 */
export class Batches {
  readonly #windows: Windows<TokenStream>;
  readonly #rows: number;
  readonly #length: number;
  readonly #slots: number;
  readonly #sinks: number;
  readonly #missed: number;

  /**
   * A chord has at most `slots` notes. Of one with many, each note is `missed` with that chance, so that
   * no model relies on a few of them (Srivastava et al. 2014, "Dropout"); never the first and the last,
   * which say what it is, and that an answer is asked for.
   * @throws SessionError when no stream is as long as a row.
   */
  constructor(
    streams: readonly TokenStream[],
    rows: number,
    length: number,
    model: { readonly slots: number; readonly sinks: number },
    missed = 0,
  ) {
    const { slots, sinks } = model;
    const stretch = ({ targets, share }: TokenStream) => ({
      size: targets.length,
      ...(share !== undefined && { share }),
    });
    this.#windows = new Windows(streams, stretch, length, "places", sinks);
    this.#rows = rows;
    this.#length = length;
    this.#slots = slots;
    this.#sinks = sinks;
    this.#missed = missed;
  }

  *drawn(random: Random): Generator<Batch, never> {
    const windows = this.#windows.drawn(random);
    for (;;) yield this.#batch(windows, random);
  }

  #batch(windows: Generator<Window<TokenStream>, never>, random: Random): Batch {
    const length = this.#length;
    const size = this.#rows * length;
    const batch = {
      ids: new Int32Array(size * this.#slots).fill(REST_NOTE),
      targets: new Int32Array(size),
      weights: new Float32Array(size),
    };
    for (let row = 0; row < this.#rows; row++) {
      const { stream, from } = windows.next().value;
      const { notes, starts, targets, weights } = stream;
      batch.targets.set(targets.subarray(from, from + length), row * length);
      batch.weights.set(weights.subarray(from, from + length), row * length);
      const sinks = from === 0 ? 0 : this.#sinks;
      batch.weights.fill(0, row * length, row * length + sinks);
      for (let i = 0; i < length; i++) {
        const place = i < sinks ? i : from + i;
        const chord = notes.subarray(starts[place], starts[place + 1]);
        const at = (row * length + i) * this.#slots;
        batch.ids.set(chord, at);
        if (this.#missed === 0 || chord.length < MANY_NOTES) continue;
        for (let note = 1; note < chord.length - 1; note++)
          if (random.uniform() < this.#missed) batch.ids[at + note] = REST_NOTE;
      }
    }
    return batch;
  }
}
