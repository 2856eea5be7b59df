// Spoken commands heard again, in another room and from another throat: their sound, changed, makes
// tokens anew, and the teacher answers anew. A command that was spoken once is learned from many
// times. There is little but sound in it, so that an hour of it holds far more commands than an hour of
// everything a robot senses.
import { NS_PER_MS, NS_PER_S } from "../core/clock.ts";
import type { Cue, TokenFrame } from "../core/ports.ts";
import type { Random } from "../core/random.ts";
import type { SessionRecord } from "../core/records.ts";
import { type Microphone, microphoneOf, type Robot } from "../core/robot.ts";
import { Teacher } from "../policy/teacher.ts";
import { Controller } from "../runtime/controller.ts";
import { type Differences, recordVoice, type RecordedVoice, Room } from "../sensors/heard-voice.ts";
import type { Label } from "../sensors/labels.ts";
import { HOP_MS } from "../tokens/log-mel.ts";
import type { SoundFrame } from "../tokens/sound-frames.ts";
import { soundEncoder } from "../tokens/tokenizer.ts";
import { END, type Vocabulary } from "../tokens/vocabulary.ts";

/** What the other senses told meanwhile, from 0 on. */
export type Surroundings = readonly TokenFrame[];

export interface SpokenCommand extends Label {
  readonly voice: RecordedVoice;
  /** How many times oftener than others it is heard; once where left out. */
  readonly often?: number;
}

/** Where a pace is known, a voice keeps it: calm, normal and urgent lie some 0.35 ln units apart. */
const DIFFERENCES: Differences = {
  pace: 0.06,
  throat: 0.3,
  pitch: 0.12,
  noiseDb: [8, 45],
  silent: 0.4,
};
const ANY_PACE: Differences = { ...DIFFERENCES, pace: 0.25, pitch: 0.3 };
const LEAD_MS: readonly [number, number] = [100, 900];
/** Silence between commands, milliseconds. */
const GAP_MS: readonly [number, number] = [450, 1300];

/** Of the commands, how many are answered late, and by how many looks at the most. */
const SHARE_LATE = 0.5;
const LATEST = 6;
const SILENCE = Int32Array.of(END);

/** Each sense comes when it comes: in real time not even their order is what it is in lockstep. */
const SHIFT_NS: readonly [number, number] = [0, 60 * NS_PER_MS];

const shifted = (surroundings: Surroundings, random: Random): Surroundings => {
  const shiftOf = new Map<string, number>();
  for (const { sensor } of surroundings)
    if (!shiftOf.has(sensor)) shiftOf.set(sensor, Math.round(random.uniform(...SHIFT_NS)));
  return surroundings
    .map((frame) => ({ ...frame, timeNs: frame.timeNs + shiftOf.get(frame.sensor)! }))
    .sort((a, b) => a.timeNs - b.timeNs);
};

/** The commands of a session, collected from its records: what was heard while each was said. */
export class Hearing {
  readonly #blocks: { readonly timeNs: number; readonly pcm: Float32Array }[] = [];
  #cues: readonly (Cue & Pick<SpokenCommand, "often">)[] = [];
  readonly #others: TokenFrame[] = [];
  #answers = 0;
  #first: { readonly sensor: string; readonly rateHz: number; readonly timeNs: number } | undefined;

  add(record: SessionRecord): void {
    if (record.type === "cue") this.#cues = [...this.#cues, record.cue];
    if (record.type === "tokens_in" && record.sensor !== "self") this.#others.push(record);
    if (record.type === "tokens_out" && (record.ids[0] ?? END) !== END) this.#answers++;
    if (record.type !== "sample" || record.sample.kind !== "audio") return;
    this.#first ??= record.sample;
    this.#blocks.push(record.sample);
  }

  /** Commands are heard as often as they count, and not at all where they are no lesson. */
  weigh(weightAt: (timeNs: number) => number): void {
    const weighed = this.#cues.map((cue) => ({ ...cue, often: weightAt(cue.endNs) }));
    this.#cues = weighed.filter(({ often }) => often > 0);
  }

  /** What was sensed beside the voice, where nothing but commands was answered; else undefined. */
  get surroundings(): Surroundings | undefined {
    const first = this.#first;
    if (first === undefined || this.#cues.length === 0 || this.#answers > this.#cues.length)
      return undefined;
    return this.#others
      .filter(({ sensor }) => sensor !== first.sensor)
      .map(({ sensor, timeNs, ids }) => ({ sensor, timeNs: timeNs - first.timeNs, ids }));
  }

  commands({ codec: { bands } }: Microphone): SpokenCommand[] {
    if (this.#first === undefined) return [];
    const { rateHz, timeNs } = this.#first;
    const sampleAt = (ns: number): number =>
      Math.max(0, Math.round(((ns - timeNs) / NS_PER_S) * rateHz));
    let filled = 0;
    const placed = this.#blocks.map((block) => {
      // Sound that is missing, as where recordings were merged, is silence: what follows keeps its time.
      const due = sampleAt(block.timeNs);
      const at = due - filled > block.pcm.length / 2 ? due : filled;
      filled = at + block.pcm.length;
      return [block.pcm, at] as const;
    });
    const pcm = new Float32Array(filled);
    for (const [sound, at] of placed) pcm.set(sound, at);
    return this.#cues.flatMap(({ startNs, endNs, ...label }) => {
      const said = pcm.subarray(sampleAt(startNs), sampleAt(endNs));
      return said.length === 0 ? [] : [{ ...label, voice: recordVoice(said, rateHz, bands) }];
    });
  }
}

/**
 * How commands in a row sound this time, and what is answered, as records for a stream builder; among
 * surroundings, or by themselves.
 */
export async function* hearAgain(
  robot: Robot,
  vocabulary: Vocabulary,
  commands: readonly SpokenCommand[],
  random: Random,
  surroundings: Surroundings = [],
): AsyncGenerator<SessionRecord> {
  const microphone = microphoneOf(robot)!;
  const { name: sensor, rateHz, codec } = microphone;
  const isPaced = commands.some(({ pace }) => pace !== undefined);
  const room = new Room(rateHz, codec.bands, {
    level: commands.reduce((sum, { voice }) => sum + voice.level, 0) / commands.length,
    differences: isPaced ? DIFFERENCES : ANY_PACE,
    random,
  });
  const encoder = soundEncoder(microphone, vocabulary);
  const frames: (Int32Array | undefined)[] = []; // what is told at the end of each hop
  const cues: Cue[] = [];
  const hear = (sound: Iterable<SoundFrame>): void => {
    for (const frame of sound) frames.push(encoder.hear(frame));
  };
  const nowNs = (): number => frames.length * HOP_MS * NS_PER_MS;
  hear(room.pause(random.uniform(...LEAD_MS)));
  for (const { voice, often: _, ...label } of commands) {
    const startNs = nowNs();
    hear(room.hear(voice));
    cues.push({ ...label, startNs, endNs: nowNs() });
    hear(room.pause(random.uniform(...GAP_MS)));
  }

  const teacher = new Teacher({ name: "teacher:obey", robot, vocabulary, cues });
  const body = new Controller(robot, vocabulary);
  body.order(0, "arm", "");
  const others = shifted(surroundings, random);
  const tickNs = NS_PER_S / robot.policyRateHz;
  let told: TokenFrame[] = [];
  let nextNs = tickNs;
  let around = 0;
  let wanted: Int32Array = SILENCE;
  let hesitates = 0;
  for (const [hop, ids] of frames.entries()) {
    const timeNs = (hop + 1) * HOP_MS * NS_PER_MS;
    while (around < others.length && others[around]!.timeNs <= timeNs) told.push(others[around++]!);
    if (ids) told.push({ sensor, timeNs, ids });
    if (timeNs < nextNs) continue;
    nextNs += tickNs;
    if (told.length === 0) continue;
    for (const frame of told) yield { type: "tokens_in", ...frame };
    const answer = await teacher.step({ timeNs, frames: told });
    told = [];
    if (answer[0] !== END) {
      wanted = answer;
      hesitates = random.uniform() < SHARE_LATE ? 1 + random.index(LATEST) : 0;
    }
    // Whoever has not answered in time should still answer: the advice stands until it is heeded.
    const isLate = hesitates > 0;
    if (isLate) yield { type: "advice", timeNs, ids: wanted };
    yield { type: "tokens_out", timeNs, ids: isLate ? SILENCE : wanted };
    if (isLate) hesitates--;
    else {
      const copy = body.accept(wanted, timeNs);
      if (copy) yield { type: "tokens_in", ...copy };
      wanted = SILENCE;
    }
  }
}
