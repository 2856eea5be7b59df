// One episode of a data set as the records of a session: frame k was sensed and answered at k / fps, what was done
// follows until (k + 1) / fps. Between the frames servos went straight from pose to pose.
import { NS_PER_S } from "../../core/clock.ts";
import { SessionError } from "../../core/errors.ts";
import type { ImageSample, Sample } from "../../core/ports.ts";
import type { EpisodeOutcome, SessionRecord } from "../../core/records.ts";
import { type Robot, SERVO_PERIOD_NS } from "../../core/robot.ts";
import { selfMarker } from "../../tokens/action-ids.ts";
import { Tokenizer } from "../../tokens/tokenizer.ts";
import { END, type Vocabulary } from "../../tokens/vocabulary.ts";
import { INTERVENTION, SUCCESS, TOKENS, TRUNCATED } from "./feature-names.ts";
import type { ImportPlan, JointVector } from "./import-plan.ts";
import { frameNs } from "./layout.ts";
import { numbersOf, type Row } from "./parquet-reader.ts";
import { ToldMotion } from "./told-motion.ts";

export interface EpisodeToImport {
  /** Names it in an error. */
  readonly what: string;
  readonly task: string;
  readonly rows: readonly Row[];
  /** The pictures of the next frame. */
  readonly pictures: (timeNs: number) => Promise<readonly ImageSample[]>;
}

/** How far the tokens are from the data set's own actions, over all servos and frames. */
export interface ToldError {
  readonly rmseDeg: number;
  readonly worstDeg: number;
}

/** An action so far outside of a servo's range is asked for, not rounded. */
const BEYOND_DEG = 0.5;

export class EpisodeImporter {
  /** Frames that ask a servo to leave its range, by the servo. */
  readonly beyond = new Map<string, number>();
  readonly #robot: Robot;
  readonly #plan: ImportPlan;
  readonly #fps: number;
  readonly #hasOwnTokens: boolean;
  readonly #vocabularySize: number;
  readonly #selfMarker: number;
  readonly #tokenizer: Tokenizer;
  readonly #motion: ToldMotion;
  #errors = 0;
  #squaredDeg = 0;
  #worstDeg = 0;

  /** `hasOwnTokens`: the data set's tokens are the robot's, and taken as they are. */
  constructor(options: {
    readonly robot: Robot;
    readonly vocabulary: Vocabulary;
    readonly plan: ImportPlan;
    readonly fps: number;
    readonly hasOwnTokens: boolean;
  }) {
    const { robot, vocabulary, plan, fps, hasOwnTokens } = options;
    this.#robot = robot;
    this.#plan = plan;
    this.#fps = fps;
    this.#hasOwnTokens = hasOwnTokens;
    this.#vocabularySize = vocabulary.size;
    this.#selfMarker = selfMarker(vocabulary);
    this.#tokenizer = new Tokenizer(robot, vocabulary);
    this.#motion = new ToldMotion(robot, vocabulary);
  }

  /** Undefined where the data set's own tokens were taken. */
  get toldError(): ToldError | undefined {
    if (this.#errors === 0) return undefined;
    const rmseDeg = Math.sqrt(this.#squaredDeg / this.#errors);
    return { rmseDeg, worstDeg: this.#worstDeg };
  }

  /** @throws SessionError that names the frame whose values are no use */
  async *records(episode: EpisodeToImport): AsyncGenerator<SessionRecord, void> {
    const { rows, task, pictures } = episode;
    const poses = this.#poses(episode); // [frames + 1]
    const every = Math.max(1, Math.round(this.#fps / this.#robot.policyRateHz)); // frames an answer
    let isTakenOver = false;
    this.#tokenizer.reset();
    this.#motion.begin(poses[0]!);
    yield { type: "episode", timeNs: 0, index: 0, task, phase: "started" };
    yield this.#action(0, poses[0]!);
    for (const [k, row] of rows.entries()) {
      const [timeNs, endNs] = [frameNs(k, this.#fps), frameNs(k + 1, this.#fps)];
      const isNowTaken = row[INTERVENTION] === true;
      if (isNowTaken !== isTakenOver)
        yield { type: "takeover", timeNs, phase: isNowTaken ? "started" : "ended" };
      isTakenOver = isNowTaken;
      for (const sample of [...this.#sensed(episode, k), ...(await pictures(timeNs))])
        yield* this.#tell(sample);
      const moved = [...this.#moved(timeNs, endNs, poses)];
      if (this.#hasOwnTokens) {
        const said = [...this.#ownTokens(episode, k)];
        yield* [...said, ...moved].sort((a, b) => a.timeNs - b.timeNs); // what is said at a stamp comes first
        continue;
      }
      if (k % every === 0) yield* this.#told(timeNs, frameNs(k + every, this.#fps), poses);
      yield* moved;
      this.#measure(endNs, poses[k + 1]!);
    }
    const timeNs = frameNs(rows.length, this.#fps);
    if (isTakenOver) yield { type: "takeover", timeNs, phase: "ended" };
    const outcome = outcomeOf(rows);
    const ended = { type: "episode", timeNs, index: 0, task, phase: "ended" } as const;
    yield outcome === undefined ? ended : { ...ended, outcome };
  }

  /** Where the episode begins, and where each frame ends: [servos] degrees each. */
  #poses(episode: EpisodeToImport): Float64Array[] {
    const { action, state } = this.#plan;
    const ends = episode.rows.map((_, k) => this.#joints(episode, k, action));
    const start = state ? this.#joints(episode, 0, state) : ends[0]!;
    for (const pose of ends)
      for (const [i, { name, angleDeg }] of this.#robot.servos.entries())
        if (pose[i]! < angleDeg[0] - BEYOND_DEG || pose[i]! > angleDeg[1] + BEYOND_DEG)
          this.beyond.set(name, (this.beyond.get(name) ?? 0) + 1);
    return [start, ...ends];
  }

  #joints(episode: EpisodeToImport, k: number, { feature, order }: JointVector): Float64Array {
    const found = this.#numbers(episode, k, feature, order.length);
    return Float64Array.from(order, (at) => found[at]!);
  }

  #numbers({ rows, what }: EpisodeToImport, k: number, feature: string, count: number): number[] {
    const found = numbersOf(rows[k]![feature]);
    if (found?.length === count && found.every(Number.isFinite)) return found;
    throw new SessionError(
      `frame ${k} of ${what} has ${JSON.stringify(found ?? "nothing")} for ${feature}, expected ${count} numbers; efference check lerobot tells more`,
    );
  }

  *#sensed(episode: EpisodeToImport, k: number): Generator<Sample, void> {
    const { state, scalars } = this.#plan;
    const timeNs = frameNs(k, this.#fps);
    if (state)
      yield {
        kind: "values",
        sensor: state.sensor,
        timeNs,
        values: this.#joints(episode, k, state),
      };
    for (const { feature, sensor } of scalars) {
      const values = Float64Array.from(this.#numbers(episode, k, feature, 1));
      yield { kind: "values", sensor, timeNs, values };
    }
  }

  *#tell(sample: Sample): Generator<SessionRecord, void> {
    const { timeNs } = sample;
    yield { type: "sample", timeNs, sample };
    const frame = this.#tokenizer.encode(sample);
    if (frame) yield { type: "tokens_in", timeNs, sensor: frame.sensor, ids: frame.ids };
  }

  *#told(timeNs: number, nextNs: number, poses: readonly Float64Array[]): Generator<SessionRecord> {
    const ids = this.#motion.answer(timeNs, nextNs, (servo, atNs) => this.#at(poses, servo, atNs));
    yield { type: "tokens_out", timeNs, ids };
    if (ids.length > 1) yield this.#did(timeNs, ids);
  }

  #did(timeNs: number, executed: Int32Array): SessionRecord {
    const ids = Int32Array.of(this.#selfMarker, ...executed);
    return { type: "tokens_in", timeNs, sensor: "self", ids };
  }

  /** What was said in a frame, spread over it; what began of each answer follows it. */
  *#ownTokens(episode: EpisodeToImport, k: number): Generator<SessionRecord, void> {
    const [action, executed, advice] = [TOKENS.action, TOKENS.executed, TOKENS.advice].map(
      (feature) => this.#answers(episode, k, feature),
    ) as [Int32Array[], Int32Array[], Int32Array[]];
    const [fromNs, toNs] = [frameNs(k, this.#fps), frameNs(k + 1, this.#fps)];
    let timeNs = fromNs;
    for (const [i, ids] of action.entries()) {
      timeNs = fromNs + Math.floor((i * (toNs - fromNs)) / action.length);
      const advised = advice.shift();
      if (advised) yield { type: "advice", timeNs, ids: advised };
      yield { type: "tokens_out", timeNs, ids };
      const next = executed[0];
      if (next && ids.includes(next[0]!)) yield this.#did(timeNs, executed.shift()!);
    }
    for (const rest of executed) yield this.#did(timeNs, rest);
  }

  #answers({ rows, what }: EpisodeToImport, k: number, feature: string): Int32Array[] {
    const text = rows[k]![feature];
    if (typeof text !== "string" || text === "") return [];
    const answers: number[][] = [[]];
    for (const word of text.split(" ")) {
      const id = Number(word);
      if (!(Number.isInteger(id) && id >= 0 && id < this.#vocabularySize))
        throw new SessionError(
          `frame ${k} of ${what} says "${word}" in ${feature}, expected an id below ${this.#vocabularySize}`,
        );
      answers.at(-1)!.push(id);
      if (id === END) answers.push([]);
    }
    return answers.filter(({ length }) => length > 0).map((ids) => Int32Array.from(ids));
  }

  /** Servo frames at their own rate, and one where the data set's frame ends, so that its pose is there as it was. */
  *#moved(fromNs: number, toNs: number, poses: readonly Float64Array[]): Generator<SessionRecord> {
    const first = Math.floor(fromNs / SERVO_PERIOD_NS) + 1;
    for (let timeNs = first * SERVO_PERIOD_NS; timeNs < toNs; timeNs += SERVO_PERIOD_NS)
      yield this.#action(
        timeNs,
        poses[0]!.map((_, servo) => this.#at(poses, servo, timeNs)),
      );
    yield this.#action(
      toNs,
      poses[0]!.map((_, servo) => this.#at(poses, servo, toNs)),
    );
  }

  #action(timeNs: number, angleDeg: Float64Array): SessionRecord {
    const [targetDeg, appliedDeg] = [angleDeg, angleDeg];
    return {
      type: "action",
      timeNs,
      fresh: true,
      targetDeg,
      appliedDeg,
      powered: true,
      mode: "active",
    };
  }

  /** Where a servo was, straight between the poses; it stays where the episode ends. */
  #at(poses: readonly Float64Array[], servo: number, timeNs: number): number {
    const last = poses.length - 1;
    const place = Math.min((timeNs * this.#fps) / NS_PER_S, last);
    const near = Math.round(place);
    if (frameNs(near, this.#fps) === timeNs || near === place) return poses[near]![servo]!;
    const from = poses[Math.floor(place)]![servo]!;
    return from + (poses[Math.min(last, Math.floor(place) + 1)]![servo]! - from) * (place % 1);
  }

  #measure(timeNs: number, poseDeg: Float64Array): void {
    for (const [servo, toldDeg] of this.#motion.toldDeg(timeNs).entries()) {
      const error = Math.abs(toldDeg - poseDeg[servo]!);
      this.#errors++;
      this.#squaredDeg += error ** 2;
      this.#worstDeg = Math.max(this.#worstDeg, error);
    }
  }
}

/** How the episode went; undefined where nobody said. */
const outcomeOf = (rows: readonly Row[]): EpisodeOutcome | undefined => {
  if (rows.some((row) => row[SUCCESS] === true)) return "success";
  const last = rows.at(-1) ?? {};
  return last[SUCCESS] === undefined || last[TRUNCATED] === true ? undefined : "failure";
};
