// efference bench voice: which tokens a voice should become. A small recogniser learns ten words from some
// speakers, at equal training for each design, and is asked about a speaker that it never heard.
import { UsageError } from "../../core/errors.ts";
import { Random } from "../../core/random.ts";
import { wilson } from "../../evaluation/statistics.ts";
import type { Differences } from "../../sensors/heard-voice.ts";
import { Trainer } from "../../training/trainer.ts";
import { type WordBatch, wordLearner } from "../../training/word-learner.ts";
import { printNote } from "../output.ts";
import { type BenchContext, type BenchTable, overall, rounded } from "./table.ts";
import { continuous, type Design, quantised } from "./voice-designs.ts";
import {
  CHANGED,
  hearAll,
  type Heard,
  LENGTH,
  readWords,
  SHAPE,
  synthesiseWords,
  UNCHANGED,
} from "./voice-hearing.ts";

const NOISY: Differences = { ...UNCHANGED, noiseDb: [10, 10] };
const ROWS = 8;
const MODEL = { classes: 10, width: 96, layers: 2, heads: 4, length: LENGTH } as const;
const STACKS_PER_S = 1000 / SHAPE.stackMs;

/** How long is learned, and from how many hearings of each recording. */
interface Effort {
  readonly steps: number;
  readonly copies: number;
}
const QUICK: Effort = { steps: 300, copies: 2 };
const FULL: Effort = { steps: 1200, copies: 8 };

const DESIGNS: readonly Design[] = [
  quantised(2),
  quantised(4),
  quantised(6),
  quantised(8),
  quantised(4, { prosody: false, name: "4 codes, no prosody" }),
  quantised(4, { levels: [5, 5, 5, 5], name: "4 codes of 5 x 5 x 5 x 5" }),
  quantised(4, { levels: [8, 5, 5, 5], name: "4 codes of 8 x 5 x 5 x 5" }),
  quantised(4, { near: false, name: "4 codes, rows unrelated at first" }),
  continuous(),
  continuous(false),
];

/** What every speaker is left out for, in turn. */
const FINALISTS: readonly Design[] = [quantised(4), quantised(8), continuous()];
/** The same again, with more voices to learn from. */
const BESIDE: readonly Design[] = [
  quantised(4, { name: "4 codes, synthetic voices beside" }),
  continuous(true, "continuous, synthetic voices beside"),
];
/** Of each synthetic speaker and word. */
const TAKES = 3;

export const batchOf = (design: Design, heard: readonly Heard[]): WordBatch => {
  const read = new Float32Array(ROWS * LENGTH * design.inputs);
  const ends = heard.flatMap(({ ends: all }, row) =>
    all.map(([stack, label]) => ({ place: row * LENGTH + stack, label })),
  );
  for (const [row, sequence] of heard.entries())
    design.read(sequence, read, row * LENGTH * design.inputs);
  return { read, places: ends.map(({ place }) => place), labels: ends.map(({ label }) => label) };
};

interface Score {
  readonly right: number;
  readonly words: number;
}

const learn = async (
  design: Design,
  train: readonly Heard[],
  tests: readonly (readonly Heard[])[],
  { steps, seed }: { readonly steps: number; readonly seed: number },
): Promise<Score[]> => {
  const learner = wordLearner({ ...MODEL, inputs: design.inputs }, (rows, width, from) =>
    design.startRows(rows, width, from),
  );
  await using trainer = await Trainer.create(learner, {
    batch: ROWS,
    length: LENGTH,
    seed,
    weightDecay: 0.1,
    clipNorm: 1,
    optimiser: "muon",
    threads: 1,
    learningRate: 1e-3,
    warmupSteps: Math.ceil(Math.min(100, steps / 10)),
    totalSteps: steps,
  });
  const random = new Random(seed, "voice batches");
  for (let step = 0; step < steps; step++) {
    const drawn = Array.from({ length: ROWS }, () => train[random.index(train.length)]!);
    await trainer.step(batchOf(design, drawn));
  }
  const scores: Score[] = [];
  for (const test of tests) {
    let [right, words] = [0, 0];
    for (let at = 0; at < test.length; at += ROWS) {
      const seen = await trainer.evaluate(batchOf(design, test.slice(at, at + ROWS)));
      right += seen.correct;
      words += seen.counted;
    }
    scores.push({ right, words });
  }
  return scores;
};

const percent = (value: number): number => rounded(100 * value, 3);

const shareOf = ({ right, words }: Score): number => percent(right / words);

const total = (scores: readonly Score[]): Score => ({
  right: scores.reduce((sum, { right }) => sum + right, 0),
  words: scores.reduce((sum, { words }) => sum + words, 0),
});

/** `bySpeaker`: what the row sums up. */
const rowOf = (
  design: Design,
  speaker: string,
  [clean, noisy]: readonly Score[],
  bySpeaker: readonly Score[] = [],
) => ({
  design: design.name,
  unheardSpeaker: speaker,
  tokensPerS: design.ids === 0 ? null : design.ids * STACKS_PER_S,
  cleanPercent: shareOf(clean!),
  cleanInterval: wilson(clean!.right, clean!.words).map(percent) as [number, number],
  cleanOverSpeakers: overall(bySpeaker.map(shareOf)),
  noisyPercent: shareOf(noisy!),
  noisyInterval: wilson(noisy!.right, noisy!.words).map(percent) as [number, number],
  words: clean!.words,
});

export const bench = async ({ recordings, full, seed }: BenchContext): Promise<BenchTable[]> => {
  if (recordings === undefined)
    throw new UsageError(
      "bench voice learns from spoken digits of several people; write --audio with the recordings of the Free Spoken Digit Dataset",
    );
  const words = await readWords(recordings);
  const speakers = [...new Set(words.map(({ speaker }) => speaker))];
  if (speakers.length < 2)
    throw new UsageError(
      `--audio ${recordings}: found {digit}_{speaker}_{index}.wav of ${speakers.length} speakers, expected two or more; write the recordings of the Free Spoken Digit Dataset`,
    );
  const { steps, copies } = full ? FULL : QUICK;
  const spoken = full ? await synthesiseWords(TAKES, seed) : [];
  const changed = hearAll(words, copies, CHANGED, new Random(seed, "changed"));
  const clean = hearAll(words, 1, UNCHANGED, new Random(seed, "clean"));
  const noisy = hearAll(words, 1, NOISY, new Random(seed, "noisy"));
  const synthetic = hearAll(spoken, copies / 2, CHANGED, new Random(seed, "synthetic"));
  const known = new Map<string, Score[]>(); // finalists are in both tables
  const scoresOf = async (design: Design, unheard: string): Promise<Score[]> => {
    const both = `${design.name}, ${unheard} unheard`;
    const found = known.get(both);
    if (found) return found;
    const theirs = ({ speaker }: Heard): boolean => speaker === unheard;
    const beside = BESIDE.includes(design) ? synthetic : [];
    const others = [...changed.filter((heard) => !theirs(heard)), ...beside];
    const tests = [clean.filter(theirs), noisy.filter(theirs)];
    const scores = await learn(design, others, tests, { steps, seed });
    known.set(both, scores);
    const [inQuiet, inNoise] = scores.map(({ right, words: count }) => `${right} of ${count}`);
    printNote(`${both}: ${inQuiet} words, ${inNoise} in noise`);
    return scores;
  };
  const rows = [];
  const last = speakers.at(-1)!;
  for (const design of DESIGNS) rows.push(rowOf(design, last, await scoresOf(design, last)));
  const folds = [];
  for (const design of full ? [...FINALISTS, ...BESIDE] : []) {
    const bySpeaker: Score[][] = [];
    for (const speaker of speakers) {
      const scores = await scoresOf(design, speaker);
      folds.push(rowOf(design, speaker, scores));
      bySpeaker.push(scores);
    }
    const [inQuiet, inNoise] = [0, 1].map((i) => bySpeaker.map((scores) => scores[i]!));
    folds.push(rowOf(design, "each in turn", [total(inQuiet!), total(inNoise!)], inQuiet));
  }
  const method = `${steps} steps of ${ROWS} sequences of ${LENGTH} stacks, the same for each; noise 40 dB below the voice, noisy 10 dB; intervals: over words; cleanOverSpeakers: t, over what speakers differ by; seed ${seed}`;
  return [
    { title: "Designs at equal training", method, rows },
    ...(full ? [{ title: "Leaving one speaker out", method, rows: folds }] : []),
  ];
};
