// Words of recorded speakers, said one after the other, made other voices in other rooms and brought to
// stacks of sound: what a recogniser of any design learns from. Nothing is quantised yet, so that all
// designs hear the very same.
import { join } from "node:path";
import { readdirSync } from "node:fs";
import { UsageError } from "../../core/errors.ts";
import type { Random } from "../../core/random.ts";
import {
  type Differences,
  recordVoice,
  type RecordedVoice,
  Room,
} from "../../sensors/heard-voice.ts";
import { SPEAKER_SETS, type SpeakerSet, speakersOf } from "../../sensors/speakers.ts";
import { SpeechSynthesiser } from "../../sensors/speech-synthesis.ts";
import { speakCommand } from "../../sensors/spoken-command.ts";
import { readWavSound } from "../../sensors/wav-sound.ts";
import { HOP_MS } from "../../tokens/log-mel.ts";
import type { SoundFrame } from "../../tokens/sound-frames.ts";
import { stackNumbers, VoiceEncoder } from "../../tokens/voice-codec.ts";
import { isFolder } from "../is-folder.ts";

const RATE_HZ = 16_000;
export const SHAPE = { bands: 32, stackMs: 80, codes: 4 } as const;
export const STACK = stackNumbers(SHAPE);
/** Stacks of a sequence. */
export const LENGTH = 64;
/** A listener knows that a word is over after so many stacks of silence. */
const AFTER = 2;
const FRAMES_PER_STACK = SHAPE.stackMs / HOP_MS;
const LEAD_MS: readonly [number, number] = [200, 700];
const GAP_MS: readonly [number, number] = [300, 700];

export interface Word {
  readonly speaker: string;
  readonly label: number;
  readonly voice: RecordedVoice;
}

/** One speaker's words as heard: unquantised stacks, and which word is over at which of them. */
export interface Heard {
  readonly speaker: string;
  readonly stacks: Float32Array; // [LENGTH, STACK]
  readonly prosody: Int32Array; // [LENGTH]
  readonly ends: readonly (readonly [stack: number, label: number])[];
}

export const UNCHANGED: Differences = { pace: 0, throat: 0, pitch: 0, noiseDb: [40, 40] };

/** How voices are changed to learn from. */
export const CHANGED: Differences = { pace: 0.25, throat: 0.16, pitch: 0.3, noiseDb: [3, 40] };

export const recordWord = (pcm: Float32Array): RecordedVoice =>
  recordVoice(pcm, RATE_HZ, SHAPE.bands);

/** The recordings {digit}_{speaker}_{index}.wav of a folder. */
export const readWords = async (folder: string): Promise<Word[]> => {
  const words: Word[] = [];
  if (!isFolder(folder)) throw new UsageError(`--audio ${folder}: found no such folder`);
  for (const file of readdirSync(folder).toSorted()) {
    const [, digit, speaker] = /^(\d)_(.+)_\d+\.wav$/.exec(file) ?? [];
    if (digit === undefined || speaker === undefined) continue;
    const voice = recordWord(await readWavSound(join(folder, file), RATE_HZ));
    words.push({ speaker, label: Number(digit), voice });
  }
  return words;
};

/** Whom nobody is examined on, and so all of them teach. */
const SPEAKERS = Object.keys(SPEAKER_SETS) as SpeakerSet[];
const DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/** Every digit `takes` times by each of espeak-ng's speakers. @throws SensorError without espeak-ng */
export const synthesiseWords = async (
  takes: number,
  seed: number,
  sets = SPEAKERS,
): Promise<Word[]> => {
  const synthesiser = await SpeechSynthesiser.open();
  const speakers = sets.flatMap((set) => speakersOf(set, synthesiser.speakers));
  const words: Word[] = [];
  for (const speaker of speakers)
    for (let take = 0; take < takes; take++)
      for (const [label, digit] of DIGITS.entries()) {
        const pcm = await speakCommand(synthesiser, {
          words: digit,
          paceScale: 1,
          speakers: [speaker],
          rateHz: RATE_HZ,
          noiseDb: [60, 60], // noise is for whoever hears it
          seed,
          stream: `${speaker}/${digit}/${take}`,
        });
        words.push({ speaker: `espeak-ng's ${speaker}`, label, voice: recordWord(pcm) });
      }
  return words;
};

/** Fills a sequence with words, taken from the end of `left`, until one has no room. */
const hearWords = (left: Word[], differences: Differences, random: Random): Heard | undefined => {
  const first = left.at(-1)!;
  const { level } = first.voice;
  const room = new Room(RATE_HZ, SHAPE.bands, { level, differences, random });
  const stacks = new Float32Array(LENGTH * STACK);
  const prosody = new Int32Array(LENGTH);
  const encoder = new VoiceEncoder(RATE_HZ, SHAPE);
  let frames = 0;
  let filled = 0;
  const hear = (sound: Iterable<SoundFrame>): void => {
    for (const frame of sound) {
      frames++;
      encoder.take(frame, 0, (_, id) => {
        if (filled === LENGTH) return;
        stacks.set(encoder.stack, filled * STACK);
        prosody[filled++] = id;
      });
    }
  };
  const ends: [number, number][] = [];
  hear(room.pause(random.uniform(...LEAD_MS)));
  while (left.length > 0 && filled < LENGTH) {
    const { label, voice } = left.at(-1)!;
    hear(room.hear(voice));
    const end = Math.floor(frames / FRAMES_PER_STACK) + AFTER;
    if (end >= LENGTH) break;
    ends.push([end, label]);
    left.pop();
    hear(room.pause(random.uniform(...GAP_MS)));
  }
  hear(room.pause((LENGTH - filled) * SHAPE.stackMs));
  if (ends.length === 0) return undefined;
  return { speaker: first.speaker, stacks, prosody, ends };
};

/** Every word `copies` times, a speaker a sequence; one that is longer than a sequence is left out. */
export const hearAll = (
  words: readonly Word[],
  copies: number,
  differences: Differences,
  random: Random,
): Heard[] => {
  const heard: Heard[] = [];
  for (const speaker of new Set(words.map((word) => word.speaker))) {
    const theirs = words.filter((word) => word.speaker === speaker);
    for (let copy = 0; copy < copies; copy++) {
      const left = random.shuffled(theirs);
      while (left.length > 0) {
        const sequence = hearWords(left, differences, random);
        if (sequence) heard.push(sequence);
        else left.pop();
      }
    }
  }
  return heard;
};
