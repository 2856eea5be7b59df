// efference bench codec: the codecs beside a plain one of 256 bins, how fast each is, how many tokens it
// takes and what it loses.
import { microphoneOf } from "../../core/robot.ts";
import { readWavSound } from "../../sensors/wav-sound.ts";
import { BinsChunkCodec } from "../../tokens/bins-chunk.ts";
import { uniformBins } from "../../tokens/bins.ts";
import { DctChunkCodec } from "../../tokens/dct-chunk.ts";
import type { MotionCodec } from "../../tokens/motion-codec.ts";
import type { ChunkCurve } from "../../tokens/motion-basis.ts";
import { VoiceDecoder, VoiceEncoder } from "../../tokens/voice-codec.ts";
import { cpuS } from "./cpu-time.ts";
import { fastCodec, motionsOf, PATHS, qualityOf } from "./motions.ts";
import { type BenchContext, type BenchTable, median, rounded } from "./table.ts";

const CHUNK_FRAMES = 25;
const SERVOS = 8;

const dct = (frames: number, coefficients: number, curve?: ChunkCurve): MotionCodec =>
  new DctChunkCodec({ frames, coefficients, levels: 255, ...(curve && { curve }) });
const bins = (frames: number): MotionCodec =>
  new BinsChunkCodec({ frames, levels: 256, rangeDeg: [-180, 180] });
const plainDct: ChunkCurve = (k, t, frames) =>
  Math.cos((Math.PI * k * (t * frames - 0.5)) / frames);

/** A task that is timed, and how many tokens and seconds of signal one run of it handles. */
interface Contender {
  readonly codec: string;
  readonly task: "encode" | "decode";
  readonly tokens: number;
  readonly signalS: number;
  readonly run: () => void;
}

const TARGET_S = 0.03; // of a round: many times the clock's grain

/** Contenders take turns; the first of each task is what the others are measured against. */
const race = (contenders: readonly Contender[], rounds: number) => {
  const timed = (run: () => void, repeats: number): number => {
    const fromS = cpuS();
    for (let r = 0; r < repeats; r++) run();
    return Math.max(1e-9, cpuS() - fromS);
  };
  const entries = contenders.map((contender) => {
    let repeats = 1;
    while (timed(contender.run, repeats) < TARGET_S) repeats *= 2;
    return { contender, repeats, tokensPerS: [] as number[] };
  });
  for (let round = 0; round < rounds; round++)
    for (const { contender, repeats, tokensPerS } of entries)
      tokensPerS.push((contender.tokens * repeats) / timed(contender.run, repeats));
  return entries.map(({ contender: { codec, task, tokens, signalS }, tokensPerS }) => {
    const speed = median(tokensPerS.map((perS) => perS / 1e6));
    const plain = entries.find(({ contender }) => contender.task === task)!;
    const plainSignal = median(
      plain.tokensPerS.map((perS) => (perS * plain.contender.signalS) / plain.contender.tokens),
    ).value;
    const signal = median(tokensPerS.map((perS) => (perS * signalS) / tokens)).value;
    return {
      codec,
      task,
      millionTokensPerS: speed.value,
      interval: speed.interval,
      n: rounds,
      tokensPerSignalS: rounded(tokens / signalS),
      timesRealTime: Math.round(signal),
      speedByPlain: rounded(signal / plainSignal, 3),
    };
  });
};

const motionContenders = (): Contender[] => {
  const path = PATHS["minimum jerk"]!;
  const motions = motionsOf(path, SERVOS, 1);
  const startDeg = motions[0]!.slice(0, SERVOS);
  const chunks = motions.map((m) => m.slice(SERVOS, (CHUNK_FRAMES + 1) * SERVOS));
  const signalS = (chunks.length * CHUNK_FRAMES) / 50;
  const codecs = {
    "bins 256": bins(CHUNK_FRAMES),
    "dct 4": dct(CHUNK_FRAMES, 4),
    fast: fastCodec(CHUNK_FRAMES, path, SERVOS),
  };
  return Object.entries(codecs).flatMap(([name, codec]): Contender[] => {
    const written = chunks.map(() => new Int32Array(codec.maxTokens(SERVOS)));
    const encode = (c: number): number => codec.encode(chunks[c]!, startDeg, SERVOS, written[c]!);
    const counts = chunks.map((_, c) => encode(c));
    const outDeg = new Float64Array(CHUNK_FRAMES * SERVOS);
    const shared = { codec: name, tokens: counts.reduce((sum, n) => sum + n, 0), signalS };
    return [
      { ...shared, task: "encode", run: () => chunks.forEach((_, c) => encode(c)) },
      {
        ...shared,
        task: "decode",
        run: () =>
          written.forEach((ids, c) => codec.decode(ids, counts[c]!, startDeg, SERVOS, outDeg)),
      },
    ];
  });
};

/** The spoken commands one after the other: samples in bins, and stacks of spectra in codes. */
const voiceContenders = async ({ robot, voices }: BenchContext): Promise<Contender[]> => {
  const ears = microphoneOf(robot);
  if (!ears) return [];
  const { rateHz, codec: shape } = ears;
  const sounds = await Promise.all(
    voices()
      .files.slice(0, 10)
      .map((f) => readWavSound(f, rateHz)),
  );
  const pcm = Float32Array.from(sounds.flatMap((sound) => [...sound]));
  const signalS = pcm.length / rateHz;

  const bin = uniformBins(-1, 1, 256);
  const binned = new Int32Array(pcm.length);
  const unbinned = new Float32Array(pcm.length);

  const codes: number[] = [];
  const encoder = new VoiceEncoder(rateHz, shape);
  encoder.push(pcm, (stack) => codes.push(...stack));
  const ids = Int32Array.from(codes);
  const decoder = new VoiceDecoder(shape);
  const logMel = new Float32Array(decoder.frames * decoder.bands);
  const stacks = ids.length / decoder.codes;
  // An encoder tells of each stack its codes and one prosody id, which is decoded by looking it up.
  return [
    {
      codec: "bins 256 a sample",
      task: "encode",
      tokens: pcm.length,
      signalS,
      run: () => pcm.forEach((value, i) => (binned[i] = bin.encode(value))),
    },
    {
      codec: "voice",
      task: "encode",
      tokens: ids.length + stacks,
      signalS,
      run: () => encoder.push(pcm, () => {}),
    },
    {
      codec: "bins 256 a sample",
      task: "decode",
      tokens: pcm.length,
      signalS,
      run: () => binned.forEach((id, i) => (unbinned[i] = bin.decode(id))),
    },
    {
      codec: "voice, to spectra",
      task: "decode",
      tokens: ids.length,
      signalS,
      run: () => {
        for (let from = 0; from < ids.length; from += decoder.codes)
          decoder.decode(ids, from, logMel, 0);
      },
    },
  ];
};

const SIZES: readonly (readonly [frames: number, coefficients: number])[] = [
  [25, 4],
  [25, 3],
  [25, 2],
  [30, 3],
  [40, 4],
  [50, 5],
  [50, 8],
];

const qualityTable = (name: string, seed: number): BenchTable => {
  const path = PATHS[name]!;
  const motions = motionsOf(path, SERVOS, seed);
  const codecs: readonly (readonly [string, MotionCodec])[] = [
    ["bins 256", bins(CHUNK_FRAMES)],
    ["fast", fastCodec(CHUNK_FRAMES, path, SERVOS)],
    ...SIZES.map(([frames, k]) => [`dct ${k}`, dct(frames, k)] as const),
    ["plain DCT-II 4", dct(CHUNK_FRAMES, 4, plainDct)],
  ];
  const plain = qualityOf(codecs[0]![1], motions, SERVOS);
  return {
    title: `motion, ${name}: tokens and errors`,
    method: `${motions.length} motions of 16 s, ${SERVOS} servos, closed loop; fewer times than bins 256; the robots' default is dct 4 of 500 ms`,
    rows: codecs.map(([codec, contender]) => {
      const { chunks, tokensPerS, rmseDeg, maxDeg, spliceDeg } = qualityOf(
        contender,
        motions,
        SERVOS,
      );
      return {
        codec,
        chunkMs: contender.frames * 20,
        tokensPerSignalS: rounded(tokensPerS),
        fewerTimes: rounded(plain.tokensPerS / tokensPerS),
        rmseDeg: rounded(rmseDeg, 3),
        maxDeg: rounded(maxDeg, 3),
        spliceDeg: rounded(spliceDeg, 3),
        nChunks: chunks,
      };
    }),
  };
};

export const bench = async (context: BenchContext): Promise<BenchTable[]> => {
  const { rounds } = context;
  const method = `processor time, medians of ${rounds} rounds in turns; speedByPlain: seconds of signal a second, by the first row of the task`;
  return [
    { title: "motion: throughput", method, rows: race(motionContenders(), rounds) },
    { title: "voice: throughput", method, rows: race(await voiceContenders(context), rounds) },
    ...Object.keys(PATHS).map((name) => qualityTable(name, context.seed)),
  ];
};
