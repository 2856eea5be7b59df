// What a robot knows of a picture that is told in parts: never far from the whole, whatever it saw.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ImageSample } from "../../../src/core/ports.ts";
import { FrameDecoder } from "../../../src/tokens/frame-decoder.ts";
import { IMAGE_LEVELS } from "../../../src/tokens/image-patches.ts";
import { Tokenizer } from "../../../src/tokens/tokenizer.ts";
import { buildVocabulary, rangeNamed } from "../../../src/tokens/vocabulary.ts";
import { robotWith } from "../../unit/tokens/robot-fixture.ts";
import { real } from "../real.ts";

const robot = robotWith();
const v = buildVocabulary(robot);
const [WIDTH, HEIGHT, PATCHES, CODES] = [32, 24, 12, 2];
const HEARTBEAT_MS = 3000;
const { start: image } = rangeNamed(v, "image");
const { start: place } = rangeNamed(v, "place");
const { start: markers } = rangeNamed(v, "marker");
const EYE = markers + 1;

/** A red ball before a wall, both of any light and place. */
const scene = fc.record({
  u: fc.integer({ min: -4, max: WIDTH + 4 }),
  v: fc.integer({ min: -4, max: HEIGHT + 4 }),
  radius: fc.integer({ min: 0, max: 8 }),
  light: fc.integer({ min: 0, max: 255 }),
  wallM: real(0, 3),
  laterMs: fc.integer({ min: 0, max: 400 }),
});
type Scene = typeof scene extends fc.Arbitrary<infer S> ? S : never;

const pictureOf = (s: Scene, timeMs: number): ImageSample => {
  const rgb = new Uint8Array(WIDTH * HEIGHT * 3).fill(s.light);
  const depthM = new Float32Array(WIDTH * HEIGHT).fill(s.wallM);
  for (let p = 0; p < WIDTH * HEIGHT; p++) {
    if (Math.hypot((p % WIDTH) - s.u, Math.floor(p / WIDTH) - s.v) > s.radius) continue;
    rgb.set([220, 30, 30], p * 3);
    depthM[p] = 0.4;
  }
  const timeNs = timeMs * 1e6;
  return { kind: "image", sensor: "eye", timeNs, width: WIDTH, height: HEIGHT, rgb, depthM };
};

/** The codes of all patches as a reader of the stream knows them after these ids. */
const remember = (known: Int32Array, ids: Int32Array): void => {
  for (let at = 1; at < ids.length; at += 1 + CODES)
    known.set(ids.subarray(at + 1, at + 1 + CODES), (ids[at]! - place) * CODES);
};

/** The level of every latent of every patch. */
const levelsOf = (known: Int32Array): number[] =>
  Array.from(known).flatMap((id) => {
    let rest = (id - image) % 1000;
    return IMAGE_LEVELS.map((levels) => {
      const level = rest % levels;
      rest = Math.floor(rest / levels);
      return level;
    });
  });

const inFull = (picture: ImageSample): Int32Array => new Tokenizer(robot, v).encode(picture)!.ids;

describe("pictures told where they changed", () => {
  test("leave every latent within a level of the whole picture's", () => {
    fc.assert(
      fc.property(fc.array(scene, { minLength: 1, maxLength: 8 }), (scenes) => {
        const tokenizer = new Tokenizer(robot, v);
        const [known, whole] = [new Int32Array(24), new Int32Array(24)];
        let timeMs = 0;
        for (const each of scenes) {
          const picture = pictureOf(each, (timeMs += each.laterMs));
          remember(known, tokenizer.encode(picture)?.ids ?? new Int32Array(0));
          remember(whole, inFull(picture));
          const truth = levelsOf(whole);
          for (const [i, level] of levelsOf(known).entries())
            expect(Math.abs(level - truth[i]!)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test("read as the whole picture once it stood still for a heartbeat", () => {
    fc.assert(
      fc.property(
        fc.array(scene, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 50, max: 500 }),
        (scenes, periodMs) => {
          const [tokenizer, decoder] = [new Tokenizer(robot, v), new FrameDecoder(v)];
          const see = (picture: ImageSample): void => {
            const frame = tokenizer.encode(picture);
            if (frame) decoder.decode(frame.ids);
          };
          let timeMs = 0;
          for (const each of scenes) see(pictureOf(each, (timeMs += each.laterMs)));
          const last = scenes.at(-1)!;
          const endMs = timeMs + HEARTBEAT_MS + periodMs;
          while (timeMs < endMs) see(pictureOf(last, (timeMs += periodMs)));
          const read = decoder.decode(Int32Array.of(EYE));
          expect(read).toEqual(new FrameDecoder(v).decode(inFull(pictureOf(last, 0))));
        },
      ),
    );
  });

  test("begin with a whole one, and tell whole patches of the eye alone", () => {
    fc.assert(
      fc.property(fc.array(scene, { minLength: 1, maxLength: 5 }), (scenes) => {
        const tokenizer = new Tokenizer(robot, v);
        const frames = scenes.map((each, i) => tokenizer.encode(pictureOf(each, 100 * i)));
        expect(frames[0]?.ids.length).toBe(1 + PATCHES * (1 + CODES));
        for (const frame of frames.filter((f) => f !== undefined)) {
          expect(frame.ids[0]).toBe(EYE);
          for (let at = 1; at < frame.ids.length; at++) {
            const slot = (at - 1) % (1 + CODES);
            const [start, size] = slot === 0 ? [place, PATCHES] : [image + (slot - 1) * 1000, 1000];
            expect(frame.ids[at]! - start).toBeGreaterThanOrEqual(0);
            expect(frame.ids[at]! - start).toBeLessThan(size);
          }
        }
      }),
    );
  });

  test("survive any ids between them, which change no more than the patches they name", () => {
    const anyId = fc.oneof(
      fc.integer(),
      fc.integer({ min: place, max: place + PATCHES - 1 }),
      fc.integer({ min: image, max: image + CODES * 1000 - 1 }),
    );
    fc.assert(
      fc.property(scene, fc.array(anyId, { maxLength: 40 }), (seen, ids) => {
        const decoder = new FrameDecoder(v);
        const before = decoder.decode(inFull(pictureOf(seen, 0)));
        const after = decoder.decode(Int32Array.of(EYE, ...ids));
        if (before.kind !== "image" || after.kind !== "image") throw new Error("expected pictures");
        for (const [p, depthM] of after.depthM.entries()) {
          const untouched = !ids.includes(place + p);
          expect(untouched ? depthM === before.depthM[p] : depthM >= 0 && depthM <= 2).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
