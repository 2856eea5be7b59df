// A session as the embedding model learns from it. What was sensed comes back as rows of numbers, made
// from the samples by the tokenizer that made the recorded tokens, so that a row stands where its
// tokens stood. What was done is taken from the servo frames, not from ids: an answer's target is where
// the interpreter then took the servos. So one session teaches both kinds of model, and an act that
// lasts longer than a chunk is answered again and again while it plays, as a chunk would have to be.
// Where a teacher advised something else, that is learned, as far as it is motion; what was done is read.
import { SessionError } from "../core/errors.ts";
import type { TokenFrame } from "../core/ports.ts";
import type { SessionRecord } from "../core/records.ts";
import { type RobotDescription, SERVO_PERIOD_NS } from "../core/robot.ts";
import { type FeatureRow, FrameFeatures, motionBasisOf } from "../tokens/frame-features.ts";
import { LimbChunks } from "../tokens/limb-chunks.ts";
import type { MotionBasis } from "../tokens/motion-basis.ts";
import { PhraseReader } from "../tokens/phrases.ts";
import { Tokenizer } from "../tokens/tokenizer.ts";
import { END, type Vocabulary } from "../tokens/vocabulary.ts";
import type { LessonWeight } from "./token-stream.ts";

export interface EmbeddingStream {
  readonly rows: readonly FeatureRow[];
  /** How much it counts that the answer after each row is foretold; 0 where there is none. */
  readonly weights: Float32Array;
  /** Amplitudes [curves, servos] in degrees of the answers that acted, by their rows. */
  readonly actions: ReadonlyMap<number, Float32Array>;
}

/** As for tokens: silence is not all there is to learn. */
const EMPTY_WEIGHT = 0.1;
/** Of a chunk, after which an act that still plays is answered anew (LeRobot's half). */
const REFILL_SHARE = 0.5;

/** A servo frame as it was asked for. */
interface Asked {
  readonly timeNs: number;
  readonly targetDeg: Float64Array;
  readonly appliedDeg: Float64Array;
}

interface Answer {
  readonly row: number;
  readonly timeNs: number;
  /** Servo frames before it. */
  readonly asked: number;
}

/** What should have been said instead: turns in degrees [frames] of the servos that it is about. */
type Advice = ReadonlyMap<number, Float64Array>;

export class EmbeddingStreamBuilder {
  readonly #tokenizer: Tokenizer;
  readonly #features: FrameFeatures;
  readonly #basis: MotionBasis;
  readonly #servos: number;
  readonly #refillNs: number;
  readonly #phrases: PhraseReader;
  readonly #limbs: LimbChunks;
  readonly #waiting = new Map<string, TokenFrame[]>();
  readonly #rows: FeatureRow[] = [];
  readonly #weights: number[] = [];
  readonly #answeredNs: number[] = []; // [rows] when each was answered
  readonly #answers: Answer[] = [];
  readonly #corrected = new Map<number, Answer & { readonly advice: Advice | undefined }>(); // by row
  readonly #asked: Asked[] = [];
  readonly #playing = new Set<string>();
  #answered = true; // whether the last row has been asked already
  #advised: Int32Array | undefined;
  #over = false;

  constructor(robot: RobotDescription, vocabulary: Vocabulary) {
    this.#tokenizer = new Tokenizer(robot, vocabulary);
    this.#features = new FrameFeatures(robot);
    this.#basis = motionBasisOf(robot);
    this.#servos = robot.servos.length;
    this.#phrases = new PhraseReader(robot, vocabulary);
    this.#limbs = new LimbChunks(robot);
    this.#refillNs = REFILL_SHARE * this.#basis.frames * SERVO_PERIOD_NS;
  }

  add(record: SessionRecord): void {
    if (record.type === "order") this.#over = record.order !== "arm" && record.order !== "clear";
    if (this.#over && !isSensed(record)) return; // after a stop, until the robot is the policy's again
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- most records teach nothing
    switch (record.type) {
      case "sample": {
        const frame = this.#tokenizer.encode(record.sample);
        if (!frame) return;
        const queue = this.#waiting.get(frame.sensor);
        if (queue) queue.push(frame);
        else this.#waiting.set(frame.sensor, [frame]);
        return;
      }
      case "tokens_in":
        if (record.sensor === "self") return this.#act(record.timeNs);
        for (const row of this.#features.rows(this.#sensed(record))) this.#push(row);
        return;
      case "advice":
        this.#advised = record.ids;
        return;
      case "tokens_out":
        return this.#answer(record.timeNs, record.ids);
      case "motion_out":
        return this.#answer(record.timeNs);
      case "act":
        if (record.phase === "started") this.#playing.add(record.name);
        else this.#playing.delete(record.name);
        return;
      case "action":
        this.#asked.push({
          timeNs: record.timeNs,
          targetDeg: record.targetDeg.slice(),
          appliedDeg: record.appliedDeg.slice(),
        });
        return;
      default:
    }
  }

  /** What was answered at stamps that are not to be learned stays among the rows, and counts nothing. */
  stream(weightAt: LessonWeight = () => 1): EmbeddingStream {
    const weights = Float32Array.from(this.#weights, (weight, row) =>
      weight === 0 ? 0 : weight * weightAt(this.#answeredNs[row]!),
    );
    const rows = this.#rows.slice();
    const actions = new Map<number, Float32Array>();
    const learn = (row: number, timeNs: number, turnDeg: Float64Array): void => {
      if (weightAt(timeNs) > 0) actions.set(row, this.#basis.analyse(turnDeg, this.#servos));
    };
    for (const answer of this.#answers) {
      const turnDeg = this.#turnAfter(answer);
      if (!this.#corrected.has(answer.row)) learn(answer.row, answer.timeNs, turnDeg);
      rows[answer.row + 1] = this.#features.own(answer.timeNs, turnDeg);
    }
    for (const [row, { advice, ...answer }] of this.#corrected) {
      if (!advice) continue;
      const turnDeg = this.#turnAfter(answer);
      for (const [servo, way] of advice)
        for (const [frame, deg] of way.entries()) turnDeg[frame * this.#servos + servo] = deg;
      learn(row, answer.timeNs, turnDeg);
    }
    return { rows, weights, actions };
  }

  /** The frame whose tokens a record holds. */
  #sensed({ sensor, timeNs }: SessionRecord & { type: "tokens_in" }): TokenFrame {
    const frame = this.#waiting.get(sensor)?.shift();
    if (frame?.timeNs === timeNs) return frame;
    throw new SessionError(
      `the tokens of ${sensor} at ${timeNs} ns have no sample; learn from sessions that this version recorded`,
    );
  }

  #push(row: FeatureRow): void {
    for (const next of this.#rows.length === 0 ? [this.#features.begin(row.timeNs), row] : [row]) {
      this.#rows.push(next);
      this.#weights.push(0);
    }
    this.#answered = false;
  }

  /** `said`: ids, where it was said in such. */
  #answer(timeNs: number, said?: Int32Array): void {
    const advised = this.#advised;
    this.#advised = undefined;
    if (this.#answered) return; // nothing new: a policy over embeddings is not asked either
    this.#answered = true;
    if (said && advised && !isSame(said, advised)) return this.#correct(timeNs, said, advised);
    if (said === undefined || !isEmpty(said)) return; // it counts once something began: the efference copy tells
    const last = this.#answers.at(-1);
    if (this.#playing.size > 0 && last && timeNs - last.timeNs >= this.#refillNs)
      return this.#act(timeNs);
    this.#weigh(EMPTY_WEIGHT, timeNs);
  }

  /** Of acts, advised or said, nothing is learned: where they would have taken the servos was never played. */
  #correct(timeNs: number, said: Int32Array, advised: Int32Array): void {
    const [wanted, instead] = [advised, said].map((ids) => this.#turns(ids));
    const still = new Float64Array(this.#basis.frames);
    const held = instead && new Map(Array.from(instead.keys(), (servo) => [servo, still]));
    const advice = wanted && held && !isEmpty(advised) ? new Map([...held, ...wanted]) : undefined;
    const row = this.#rows.length - 1;
    this.#corrected.set(row, { row, timeNs, asked: this.#asked.length, advice });
    if (isEmpty(advised)) this.#weigh(EMPTY_WEIGHT, timeNs);
    else if (advice) this.#weigh(1, timeNs);
  }

  /** What motion phrases say, none where there are acts among them; as turns from the pose at hand, however they are told. */
  #turns(ids: Int32Array): Advice | undefined {
    const fromDeg = this.#asked.at(-1)?.appliedDeg ?? new Float64Array(this.#servos);
    const turns = new Map<number, Float64Array>();
    for (const phrase of this.#phrases.read(ids).phrases) {
      if (phrase.kind === "act") return undefined;
      const limb = this.#limbs.limbs.find(({ name }) => name === phrase.limb)!;
      const chunk = this.#limbs.decode(limb, fromDeg, phrase.ids);
      const width = limb.servos.length;
      for (const [i, servo] of limb.servos.entries())
        turns.set(
          servo,
          chunk.filter((_, at) => at % width === i).map((deg) => deg - fromDeg[servo]!),
        );
    }
    return turns;
  }

  /** How much it counts what the last row is answered. */
  #weigh(weight: number, timeNs: number): void {
    const row = this.#weights.length - 1;
    this.#weights[row] = weight;
    this.#answeredNs[row] = timeNs;
  }

  /** Something began at this stamp: the last row is answered, and the robot's own row follows it. */
  #act(timeNs: number): void {
    const row = this.#rows.length - 1;
    this.#answers.push({ row, timeNs, asked: this.#asked.length });
    if (!this.#corrected.has(row)) this.#weigh(1, timeNs);
    this.#push(this.#features.begin(timeNs)); // stands for the robot's own until the motion is known
  }

  /** Where the servos were taken, [frames, servos] degrees against where they were. */
  #turnAfter({ timeNs, asked }: Answer): Float64Array {
    const before = this.#asked[asked - 1] ?? this.#asked[asked];
    const { frames } = this.#basis;
    const turnDeg = new Float64Array(frames * this.#servos);
    let next = asked;
    for (let frame = 0; frame < frames && before; frame++) {
      const dueNs = timeNs + frame * SERVO_PERIOD_NS;
      while (next < this.#asked.length - 1 && this.#asked[next]!.timeNs < dueNs) next++;
      const to = this.#asked[next] ?? before;
      const from = next > asked ? this.#asked[next - 1]! : to;
      const share =
        to.timeNs > from.timeNs
          ? Math.min(1, (dueNs - from.timeNs) / (to.timeNs - from.timeNs))
          : 1;
      for (let servo = 0; servo < this.#servos; servo++) {
        const atDeg =
          from.targetDeg[servo]! + share * (to.targetDeg[servo]! - from.targetDeg[servo]!);
        turnDeg[frame * this.#servos + servo] = atDeg - before.appliedDeg[servo]!;
      }
    }
    return turnDeg;
  }
}

/** What is sensed goes on whoever has the robot. */
const isSensed = (record: SessionRecord): boolean =>
  record.type === "sample" ||
  record.type === "act" ||
  (record.type === "tokens_in" && record.sensor !== "self");

const isEmpty = (ids: Int32Array): boolean => (ids[0] ?? END) === END;

const isSame = (a: Int32Array, b: Int32Array): boolean =>
  (isEmpty(a) && isEmpty(b)) || (a.length === b.length && a.every((id, i) => id === b[i]));

/** Degrees that are 1 to a model: the root mean square of each curve's amplitudes, all servos together. */
export const actionScaleDeg = (
  streams: readonly EmbeddingStream[],
  curves: number,
  servos: number,
): number[] => {
  const squares = new Float64Array(curves);
  let acts = 0;
  for (const { actions } of streams)
    for (const amplitudes of actions.values()) {
      acts++;
      for (const [i, deg] of amplitudes.entries()) squares[Math.floor(i / servos)]! += deg * deg;
    }
  const LEAST_DEG = 0.5;
  return Array.from(squares, (sum) =>
    Math.max(LEAST_DEG, Math.sqrt(sum / Math.max(1, acts) / servos)),
  );
};
