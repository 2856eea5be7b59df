// A session as the embedding model learns from it. What was sensed comes back as rows of numbers, made
// from the samples by the tokenizer that made the recorded tokens, so that a row stands where its
// tokens stood. What was done is taken from the servo frames, not from ids: an answer's target is where
// the interpreter then took the servos. So one session teaches both kinds of model, and an act that
// lasts longer than a chunk is answered again and again while it plays, as a chunk would have to be.
import type { TokenFrame } from "../core/ports.ts";
import type { SessionRecord } from "../core/records.ts";
import { type RobotDescription, SERVO_PERIOD_NS } from "../core/robot.ts";
import { type FeatureRow, FrameFeatures, motionBasisOf } from "../tokens/frame-features.ts";
import type { MotionBasis } from "../tokens/motion-basis.ts";
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

export class EmbeddingStreamBuilder {
  readonly #tokenizer: Tokenizer;
  readonly #features: FrameFeatures;
  readonly #basis: MotionBasis;
  readonly #servos: number;
  readonly #refillNs: number;
  readonly #waiting = new Map<string, TokenFrame[]>();
  readonly #rows: FeatureRow[] = [];
  readonly #weights: number[] = [];
  readonly #answeredNs: number[] = []; // [rows] when each was answered
  readonly #answers: Answer[] = [];
  readonly #asked: Asked[] = [];
  readonly #playing = new Set<string>();
  #answered = true; // whether the last row has been asked already
  #over = false;

  constructor(robot: RobotDescription, vocabulary: Vocabulary) {
    this.#tokenizer = new Tokenizer(robot, vocabulary);
    this.#features = new FrameFeatures(robot);
    this.#basis = motionBasisOf(robot);
    this.#servos = robot.servos.length;
    this.#refillNs = REFILL_SHARE * this.#basis.frames * SERVO_PERIOD_NS;
  }

  add(record: SessionRecord): void {
    if (this.#over) return;
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
      case "tokens_out":
        return this.#answer(record.timeNs, record.ids.length === 0 || record.ids[0] === END);
      case "motion_out":
        return this.#answer(record.timeNs, false);
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
      case "order":
        this.#over = record.order !== "arm" && record.order !== "clear"; // no longer the policy's
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
    for (const answer of this.#answers) {
      const turnDeg = this.#turnAfter(answer);
      if (weightAt(answer.timeNs) > 0)
        actions.set(answer.row, this.#basis.analyse(turnDeg, this.#servos));
      rows[answer.row + 1] = this.#features.own(answer.timeNs, turnDeg);
    }
    return { rows, weights, actions };
  }

  /** The frame whose tokens a record holds. */
  #sensed({ sensor, timeNs }: SessionRecord & { type: "tokens_in" }): TokenFrame {
    const frame = this.#waiting.get(sensor)?.shift();
    if (frame?.timeNs === timeNs) return frame;
    throw new RangeError(
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

  #answer(timeNs: number, isEmpty: boolean): void {
    if (this.#answered) return; // nothing new: a policy over embeddings is not asked either
    this.#answered = true;
    if (!isEmpty) return; // it counts once something began: the efference copy tells
    const last = this.#answers.at(-1);
    if (this.#playing.size > 0 && last && timeNs - last.timeNs >= this.#refillNs)
      return this.#act(timeNs);
    this.#weights[this.#weights.length - 1] = EMPTY_WEIGHT;
    this.#answeredNs[this.#weights.length - 1] = timeNs;
  }

  /** Something began at this stamp: the last row is answered, and the robot's own row follows it. */
  #act(timeNs: number): void {
    const row = this.#rows.length - 1;
    this.#answers.push({ row, timeNs, asked: this.#asked.length });
    this.#weights[row] = 1;
    this.#answeredNs[row] = timeNs;
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
