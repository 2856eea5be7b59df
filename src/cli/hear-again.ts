// Hears a recorded session again, in another room and from another throat: its sound, changed, makes
// tokens anew, and the answers stay what they were. A command that was spoken once is learned from
// many times. Only what was heard and what was obeyed is in it, so that an hour of it holds far more
// commands than an hour of everything the robot senses.
import { NS_PER_S } from "../core/clock.ts";
import type { Random } from "../core/random.ts";
import type { SessionRecord } from "../core/records.ts";
import type { Robot } from "../core/robot.ts";
import { blockLength } from "../sensors/pcm.ts";
import { hearAnew } from "../sensors/room.ts";
import { PhraseReader, PhraseWriter } from "../tokens/phrases.ts";
import { Tokenizer } from "../tokens/tokenizer.ts";
import { END, type Vocabulary } from "../tokens/vocabulary.ts";

/** Most that a voice is played faster or slower, pitch and formants with it, ln units. */
const SPEED = 0.14;
const LEVEL_DB: readonly [number, number] = [-38, -14];
const NOISE_DB: readonly [number, number] = [8, 45];

interface Obeyed {
  readonly timeNs: number;
  readonly ids: Int32Array;
}

/** Collects the sound and the obeyed commands of one session. */
export class Hearing {
  readonly #robot: Robot;
  readonly #vocabulary: Vocabulary;
  readonly #reader: PhraseReader;
  readonly #blocks: Float32Array[] = [];
  readonly #obeyed: Obeyed[] = [];
  #sensor = "";
  #rateHz = 0;
  #startNs = 0;

  constructor(robot: Robot, vocabulary: Vocabulary) {
    this.#robot = robot;
    this.#vocabulary = vocabulary;
    this.#reader = new PhraseReader(robot, vocabulary);
  }

  add(record: SessionRecord): void {
    if (record.type === "sample" && record.sample.kind === "audio") {
      const { sensor, rateHz, timeNs, pcm } = record.sample;
      if (this.#blocks.length === 0) this.#startNs = timeNs;
      this.#sensor = sensor;
      this.#rateHz = rateHz;
      this.#blocks.push(pcm.slice());
    } else if (record.type === "tokens_out") this.#answered(record.timeNs, record.ids);
  }

  /** Whether anything was obeyed that could be heard again. */
  get isWorthIt(): boolean {
    return this.#blocks.length > 0 && this.#obeyed.length > 0;
  }

  /** The session as it sounds this time, as records for a stream builder. */
  *again(random: Random): Generator<SessionRecord> {
    const rateHz = this.#rateHz;
    const speed = Math.exp(random.uniform(-SPEED, SPEED));
    const whole = new Float32Array(this.#blocks.reduce((sum, { length }) => sum + length, 0));
    let filled = 0;
    for (const block of this.#blocks) {
      whole.set(block, filled);
      filled += block.length;
    }
    const room = { rateHz, levelDb: random.uniform(...LEVEL_DB), noiseDb: NOISE_DB };
    const pcm = hearAnew(faster(whole, speed), room, random);
    const tokenizer = new Tokenizer(this.#robot, this.#vocabulary);
    const length = blockLength(rateHz);
    let next = 0;
    for (let at = 0; at + length <= pcm.length; at += length) {
      const timeNs = Math.round((at / rateHz) * NS_PER_S);
      const endNs = timeNs + (length / rateHz) * NS_PER_S;
      const block = pcm.subarray(at, at + length);
      const sensor = this.#sensor;
      const frame = tokenizer.encode({ kind: "audio", sensor, timeNs, rateHz, pcm: block });
      if (frame) yield { type: "tokens_in", timeNs: frame.timeNs, sensor, ids: frame.ids };
      const obeyed = this.#obeyed[next];
      if (obeyed !== undefined && (obeyed.timeNs - this.#startNs) / speed <= endNs) {
        next++;
        yield { type: "tokens_out", timeNs: endNs, ids: obeyed.ids };
      } else if (frame) yield { type: "tokens_out", timeNs: endNs, ids: Int32Array.of(END) };
    }
  }

  /** Keeps the acts that are spoken: what was answered to another sense can't be heard. */
  #answered(timeNs: number, ids: Int32Array): void {
    if (ids.length < 2) return;
    const writer = new PhraseWriter(this.#robot, this.#vocabulary);
    for (const phrase of this.#reader.read(ids).phrases)
      if (phrase.kind === "act" && this.#robot.acts[phrase.act]?.says !== undefined)
        writer.act(phrase.act, phrase.pace);
    const spoken = writer.end();
    if (spoken.length > 1) this.#obeyed.push({ timeNs, ids: spoken });
  }
}

/** Plays a sound `speed` times faster, by Catmull-Rom splines: a room's noise covers what they miss. */
const faster = (pcm: Float32Array, speed: number): Float32Array => {
  const out = new Float32Array(Math.floor((pcm.length - 3) / speed));
  for (let i = 0; i < out.length; i++) {
    const at = 1 + i * speed;
    const k = Math.floor(at);
    const t = at - k;
    const [a, b, c, d] = [pcm[k - 1]!, pcm[k]!, pcm[k + 1]!, pcm[k + 2]!];
    out[i] = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
  }
  return out;
};
