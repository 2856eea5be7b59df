// Spoken commands heard again, in another room and from another throat: their sound, changed, makes
// tokens anew, and the teacher answers anew. A command that was spoken once is learned from many
// times. There is only sound in it, so that an hour of it holds far more commands than an hour of
// everything a robot senses.
import { NS_PER_S, SimulatedClock } from "../core/clock.ts";
import { UsageError } from "../core/errors.ts";
import type { Cue, TokenFrame } from "../core/ports.ts";
import type { Random } from "../core/random.ts";
import type { SessionRecord } from "../core/records.ts";
import type { Robot } from "../core/robot.ts";
import { Teacher } from "../policy/teacher.ts";
import { blockLength } from "../sensors/pcm.ts";
import { OtherThroat } from "../sensors/other-throat.ts";
import { hearInRoom } from "../sensors/room.ts";
import { WavMicrophone } from "../sensors/wav-microphone.ts";
import { Tokenizer } from "../tokens/tokenizer.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { composeSpeech, type Voices } from "./speech.ts";

/** Most that a voice is played faster or slower, pitch and formants with it, ln units. */
const SPEED = 0.2;
/** The same where its pace is known: calm, normal and urgent lie some 0.35 apart, and must stay apart. */
const SPEED_OF_PACE = 0.06;
/** Most that its resonances move by themselves, ln units. */
const THROAT = 0.16;
const LEVEL_DB: readonly [number, number] = [-38, -14];
const NOISE_DB: readonly [number, number] = [3, 40];
const NONE: readonly [number, number] = [0, 0];
/** Silence between commands that are read from files, milliseconds. */
const GAP_MS: readonly [number, number] = [450, 1300];

/** Sound from 0 on, and what is said in it. */
export interface Spoken {
  readonly sensor: string;
  readonly rateHz: number;
  readonly pcm: Float32Array;
  readonly cues: readonly Cue[];
}

/** What was said in a session, collected from its records. */
export class Hearing {
  readonly #blocks: Float32Array[] = [];
  readonly #cues: Cue[] = [];
  #first: { readonly sensor: string; readonly rateHz: number; readonly timeNs: number } | undefined;

  add(record: SessionRecord): void {
    if (record.type === "cue") this.#cues.push(record.cue);
    if (record.type !== "sample" || record.sample.kind !== "audio") return;
    this.#first ??= record.sample;
    this.#blocks.push(record.sample.pcm);
  }

  /** Undefined where nothing was said that is known. */
  get spoken(): Spoken | undefined {
    if (this.#first === undefined || this.#cues.length === 0) return undefined;
    const { sensor, rateHz, timeNs } = this.#first;
    const pcm = new Float32Array(this.#blocks.reduce((sum, { length }) => sum + length, 0));
    let filled = 0;
    for (const block of this.#blocks) {
      pcm.set(block, filled);
      filled += block.length;
    }
    return { sensor, rateHz, pcm, cues: this.#cues.map((cue) => shifted(cue, timeNs, 1)) };
  }
}

/** Some recordings one after the other, chosen by a seed. @throws UsageError for a deaf robot */
export const speak = async (robot: Robot, voices: Voices, random: Random): Promise<Spoken> => {
  const ears = robot.sensors.find(({ kind }) => kind === "microphone");
  if (ears === undefined)
    throw new UsageError(`--audio: ${robot.name} has no microphone among its sensors`);
  const { name: sensor, rateHz } = ears;
  const { files } = composeSpeech(voices, random.index(2 ** 31));
  const ms = (): number => Math.round(random.uniform(...GAP_MS));
  const told = { name: sensor, rateHz, clock: new SimulatedClock(), startNs: 0, files };
  const { program, cues } = await WavMicrophone.open({
    ...told,
    labels: voices.labels,
    leadMs: ms(),
    gapMs: ms(),
  });
  return { sensor, rateHz, pcm: program, cues };
};

/** How it sounds this time, and what is answered, as records for a stream builder. */
export async function* hearAgain(
  robot: Robot,
  vocabulary: Vocabulary,
  { sensor, rateHz, pcm, cues: said }: Spoken,
  random: Random,
): AsyncGenerator<SessionRecord> {
  const most = said.some(({ pace }) => pace !== undefined) ? SPEED_OF_PACE : SPEED;
  const speed = Math.exp(random.uniform(-most, most));
  const stretch = Math.exp(random.uniform(-THROAT, THROAT));
  const voice = new OtherThroat(rateHz).speak(faster(pcm, speed), stretch);
  const room = { rateHz, levelDb: random.uniform(...LEVEL_DB), noiseDb: NOISE_DB, marginS: NONE };
  const sound = hearInRoom(voice, room, random);
  const cues = said.map((cue) => shifted(cue, 0, speed));
  const teacher = new Teacher({ name: "teacher:obey", robot, vocabulary, cues });
  const tokenizer = new Tokenizer(robot, vocabulary);
  const length = blockLength(rateHz);
  const tickNs = NS_PER_S / robot.policyRateHz;
  let frames: TokenFrame[] = [];
  let nextNs = tickNs;
  for (let at = 0; at + length <= sound.length; at += length) {
    const timeNs = Math.round((at / rateHz) * NS_PER_S);
    const block = sound.subarray(at, at + length);
    const frame = tokenizer.encode({ kind: "audio", sensor, timeNs, rateHz, pcm: block });
    if (frame) frames.push(frame);
    const endNs = Math.round(((at + length) / rateHz) * NS_PER_S);
    if (endNs < nextNs) continue;
    nextNs += tickNs;
    if (frames.length === 0) continue;
    for (const { timeNs: heardNs, ids } of frames)
      yield { type: "tokens_in", timeNs: heardNs, sensor, ids };
    yield { type: "tokens_out", timeNs: endNs, ids: await teacher.step({ timeNs: endNs, frames }) };
    frames = [];
  }
}

const shifted = (cue: Cue, byNs: number, speed: number): Cue => ({
  ...cue,
  startNs: (cue.startNs - byNs) / speed,
  endNs: (cue.endNs - byNs) / speed,
});

/** Plays a sound `speed` times faster, by Catmull-Rom splines: a room's noise covers what they miss. */
const faster = (pcm: Float32Array, speed: number): Float32Array => {
  const out = new Float32Array(Math.max(0, Math.floor((pcm.length - 3) / speed)));
  for (let i = 0; i < out.length; i++) {
    const at = 1 + i * speed;
    const k = Math.floor(at);
    const t = at - k;
    const [a, b, c, d] = [pcm[k - 1]!, pcm[k]!, pcm[k + 1]!, pcm[k + 2]!];
    out[i] = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
  }
  return out;
};
