// The hot paths must not feed the garbage collector: a pause of its own can cost a servo frame.
import { expect, test } from "vitest";
import type { ImageSample } from "../../../src/core/ports.ts";
import { BinsChunkCodec } from "../../../src/tokens/bins-chunk.ts";
import { uniformBins } from "../../../src/tokens/bins.ts";
import { DctChunkCodec } from "../../../src/tokens/dct-chunk.ts";
import { Fsq } from "../../../src/tokens/fsq.ts";
import { ActionGrammar } from "../../../src/tokens/grammar.ts";
import { ImagePatchCodec } from "../../../src/tokens/image-patches.ts";
import { VoiceDecoder, VoiceEncoder } from "../../../src/tokens/voice-codec.ts";
import { PictureEncoder } from "../../../src/tokens/sensor-encoders.ts";
import { buildVocabulary, rangeNamed } from "../../../src/tokens/vocabulary.ts";
import { robotWith } from "../../unit/tokens/robot-fixture.ts";

/** Enough for the optimising compiler to get a turn on a machine whose cores are all taken. */
const ROUNDS = 300;

/**
 * Heap bytes a call: of several rounds the first below a bound, or else the best, since unoptimised code
 * boxes its doubles and a compiler thread allocates when it likes. A round in which rubbish was collected
 * shows less than nothing and does not count.
 */
const bytesPerCall = (calls: number, bound: number, call: (i: number) => void): number => {
  let best = Infinity;
  for (let round = 0; round < ROUNDS && best >= bound; round++) {
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < calls; i++) call(i);
    const grown = process.memoryUsage().heapUsed - before;
    if (grown >= 0) best = Math.min(best, grown / calls);
  }
  return best;
};

const robot = robotWith();
const v = buildVocabulary(robot);
const servos = 6;
const chunkDeg = Float64Array.from({ length: 25 * servos }, (_, i) => 40 * Math.sin(i / 9));
const startDeg = new Float64Array(servos);
const outDeg = new Float64Array(25 * servos);
const ids = new Int32Array(25 * servos);

const dct = new DctChunkCodec({ frames: 25, coefficients: 4, levels: 255 });
const binsChunk = new BinsChunkCodec({ frames: 25, levels: 256, rangeDeg: [-180, 180] });
const bins = uniformBins(0, 100, 64);
const fsq = new Fsq();
const latents = new Float64Array(4);
const grammar = new ActionGrammar(robot, v);
const mask = new Uint8Array(v.size);
const shape = { width: 32, height: 24, maxDepthM: 2, patch: 8, codes: 2 };
const image = new ImagePatchCodec(shape);
const rgb = Uint8Array.from({ length: 32 * 24 * 3 }, (_, i) => (i * 37) % 256);
const depthM = new Float32Array(32 * 24).fill(0.7);
const meanRgb = new Uint8Array(3 * image.patches);
const meanDepthM = new Float32Array(image.patches);
const eye = new PictureEncoder(0, rangeNamed(v, "image"), rangeNamed(v, "place"), 3e9);
const still: ImageSample = {
  kind: "image",
  sensor: "eye",
  timeNs: 0,
  width: 32,
  height: 24,
  rgb,
  depthM,
};
const voiceShape = { bands: 32, stackMs: 80, codes: 2 };
const voice = new VoiceEncoder(16_000, voiceShape);
const voiceDecoder = new VoiceDecoder(voiceShape);
const pcm = Float32Array.from({ length: 1280 }, (_, i) => Math.sin(i / 15) * 0.3);
const logMel = new Float32Array(4 * 32);
const ignore = (): void => {};
const sums = new Float64Array(1);

test.each<[string, number, (i: number) => void]>([
  ["a dct chunk's encoding", 20_000, () => dct.encode(chunkDeg, startDeg, servos, ids)],
  ["a dct chunk's decoding", 20_000, () => dct.decode(ids, 24, startDeg, servos, outDeg)],
  ["a bins chunk's encoding", 20_000, () => binsChunk.encode(chunkDeg, startDeg, servos, ids)],
  ["a bins chunk's decoding", 20_000, () => binsChunk.decode(ids, 150, startDeg, servos, outDeg)],
  [
    "a bin's round trip",
    100_000,
    (i) => {
      sums[0] = sums[0]! + bins.decode(bins.encode(i % 100));
    },
  ],
  [
    "an FSQ code's round trip",
    100_000,
    (i) => {
      fsq.decode(i % 1000, latents);
      sums[0] = sums[0]! + fsq.encode(latents);
    },
  ],
  ["the grammar's mask", 20_000, () => grammar.mask(mask)],
  [
    "a picture's round trip",
    2000,
    (i) => {
      for (let patch = 0; patch < image.patches; patch++)
        image.update(rgb, depthM, patch, ids, (patch + i) % 2 === 0);
      image.decode(ids, meanRgb, meanDepthM);
    },
  ],
  ["the sight of a picture that stays the same", 2000, () => eye.encode(still)],
  ["80 ms of sound's decoding", 20_000, () => voiceDecoder.decode(ids, 0, logMel, 0)],
])("%s allocates nothing", (_, calls, call) => {
  // What a call allocates is never smaller than a boxed double, 16 bytes; memoryUsage costs a few.
  const bound = calls >= 20_000 ? 4 : 12;
  expect(bytesPerCall(calls, bound, call)).toBeLessThan(bound);
});

test("80 ms of sound's encoding allocates no more than a dozen boxed doubles", () => {
  const bound = 12 * 16;
  expect(bytesPerCall(200, bound, () => voice.push(pcm, ignore))).toBeLessThan(bound);
});
