// Words of recorded speakers, said one after the other, made other voices in other rooms and brought to
// stacks of sound: what a recogniser of any design learns from. Nothing is quantised yet, so that all
// designs hear the very same.
import { join } from "node:path";
import { readdirSync } from "node:fs";
import type { Random } from "../../core/random.ts";
import { OtherThroat } from "../../sensors/other-throat.ts";
import { hearInRoom } from "../../sensors/room.ts";
import { readWavSound } from "../../sensors/wav-sound.ts";
import { playAt } from "../../sensors/play-at.ts";
import { stackNumbers, VoiceEncoder } from "../../tokens/voice-codec.ts";

const RATE_HZ = 16_000;
export const SHAPE = { bands: 32, stackMs: 80, codes: 4 } as const;
export const STACK = stackNumbers(SHAPE);
/** Stacks of a sequence. */
export const LENGTH = 64;
/** A listener knows that a word is over after so many stacks of silence. */
const AFTER = 2;

export interface Word {
  readonly speaker: string;
  readonly label: number;
  readonly pcm: Float32Array;
}

/** One speaker's words as heard: unquantised stacks, and which word is over at which of them. */
export interface Heard {
  readonly speaker: string;
  readonly stacks: Float32Array; // [LENGTH, STACK]
  readonly prosody: Int32Array; // [LENGTH]
  readonly ends: readonly (readonly [stack: number, label: number])[];
}

/** How a voice is changed; uniform in each range, ln units where it is a factor. */
export interface Change {
  readonly speed: number;
  readonly throat: number;
  readonly noiseDb: readonly [low: number, high: number];
  /** Stretches of 40 to 120 ms that are cut out of a word. */
  readonly holes: number;
}

export const UNCHANGED: Change = { speed: 0, throat: 0, noiseDb: [40, 40], holes: 0 };

/** How voices are changed to learn from. */
export const CHANGED: Change = { speed: 0.2, throat: 0.16, noiseDb: [3, 35], holes: 2 };

/** The recordings {digit}_{speaker}_{index}.wav of a folder. */
export const readWords = async (folder: string): Promise<Word[]> => {
  const words: Word[] = [];
  for (const file of readdirSync(folder).toSorted()) {
    const [, digit, speaker] = /^(\d)_(.+)_\d+\.wav$/.exec(file) ?? [];
    if (digit === undefined || speaker === undefined) continue;
    const pcm = await readWavSound(join(folder, file), RATE_HZ);
    words.push({ speaker, label: Number(digit), pcm });
  }
  return words;
};

const throat = new OtherThroat(RATE_HZ);

/** Fills a sequence with words from `next` until one has no room. */
const hearWords = (
  next: () => Word | undefined,
  change: Change,
  random: Random,
): Heard | undefined => {
  const total = Math.round((LENGTH * SHAPE.stackMs * RATE_HZ) / 1000);
  const sound = new Float32Array(total);
  const speed = Math.exp(random.uniform(-change.speed, change.speed));
  const stretch = Math.exp(random.uniform(-change.throat, change.throat));
  const stackLength = (SHAPE.stackMs * RATE_HZ) / 1000;
  const ends: [number, number][] = [];
  let at = Math.round(random.uniform(0.2, 0.7) * RATE_HZ);
  let speaker = "";
  for (;;) {
    const word = next();
    if (word === undefined) break;
    const pace = speed * Math.exp(random.uniform(-0.3, 0.3) * change.speed);
    let pcm = pace === 1 ? word.pcm.slice() : playAt(word.pcm, RATE_HZ * pace, RATE_HZ);
    if (change.throat > 0) pcm = throat.speak(pcm, stretch);
    for (let hole = 0; hole < change.holes; hole++) {
      const length = Math.round(random.uniform(0, 0.12) * RATE_HZ);
      const from = random.index(pcm.length);
      if (pcm.length > 4 * length) pcm.fill(0, from, from + length);
    }
    const end = Math.floor((at + pcm.length) / stackLength) + AFTER;
    if (end >= LENGTH) break;
    speaker = word.speaker;
    sound.set(pcm, at);
    ends.push([end, word.label]);
    at += pcm.length + Math.round(random.uniform(0.3, 0.7) * RATE_HZ);
  }
  if (ends.length === 0) return undefined;
  const heard = hearInRoom(
    sound,
    {
      rateHz: RATE_HZ,
      levelDb: random.uniform(-38, -18),
      noiseDb: change.noiseDb,
      marginS: [0, 0],
    },
    random,
  );
  const stacks = new Float32Array(LENGTH * STACK);
  const prosody = new Int32Array(LENGTH);
  const encoder = new VoiceEncoder(RATE_HZ, SHAPE);
  let filled = 0;
  encoder.push(heard, (_, id) => {
    stacks.set(encoder.stack, filled * STACK);
    prosody[filled++] = id;
  });
  return { speaker, stacks, prosody, ends };
};

/** Every word `copies` times, a speaker a sequence. */
export const hearAll = (
  words: readonly Word[],
  copies: number,
  change: Change,
  random: Random,
): Heard[] => {
  const heard: Heard[] = [];
  for (const speaker of new Set(words.map((word) => word.speaker))) {
    const theirs = words.filter((word) => word.speaker === speaker);
    for (let copy = 0; copy < copies; copy++) {
      const left = [...theirs];
      for (let i = left.length - 1; i > 0; i--) {
        const j = random.index(i + 1);
        [left[i], left[j]] = [left[j]!, left[i]!];
      }
      let refused: Word | undefined;
      while (left.length > 0 || refused) {
        let last: Word | undefined;
        const next = (): Word | undefined => {
          last = refused ?? left.pop();
          refused = undefined;
          return last;
        };
        const sequence = hearWords(next, change, random);
        refused = last;
        if (sequence === undefined) break;
        heard.push(sequence);
      }
    }
  }
  return heard;
};
