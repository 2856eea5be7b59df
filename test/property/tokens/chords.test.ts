// Chords of anything: within their notes and slots, and no two frames of a kind alike.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Sample } from "../../../src/core/ports.ts";
import { Random } from "../../../src/core/random.ts";
import type { SensorDescription } from "../../../src/core/robot.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { answerIds, Chords } from "../../../src/tokens/chords.ts";
import { ActionGrammar } from "../../../src/tokens/grammar.ts";
import { Tokenizer } from "../../../src/tokens/tokenizer.ts";
import { buildVocabulary, END, rangeNamed } from "../../../src/tokens/vocabulary.ts";

const bodies = ["duo", "arm"].map((name) => {
  const robot = loadRobot(name);
  const v = buildVocabulary(robot);
  const chords = new Chords(robot, v);
  const markers = rangeNamed(v, "marker");
  const self = markers.start + robot.sensors.length;
  const heard = (ids: Int32Array): number[][] => {
    const told: number[][] = [];
    chords.frame(ids, (chord) => told.push([...chord]));
    return told;
  };
  const said = (ids: Int32Array): number[][] => {
    const told: number[][] = [];
    chords.answer(ids, 0, (chord) => told.push([...chord]));
    return told;
  };
  const answers = answerIds(robot, v);
  return { robot, v, chords, answers, markers, self, heard, said };
});
type Body = (typeof bodies)[number];

const check = ({ chords }: Body, told: readonly number[][]): void => {
  for (const chord of told) {
    expect(chord.length).toBeLessThan(chords.slots); // `asked` may join
    for (const note of chord) {
      expect(note).toBeGreaterThanOrEqual(2); // neither the rest nor `asked`
      expect(note).toBeLessThan(chords.notes);
      expect(Number.isInteger(note)).toBe(true);
    }
  }
};

/** Each note once: what a sum of rows can tell apart. */
const checkDistinct = (told: readonly number[][]): void => {
  for (const chord of told) expect(new Set(chord).size).toBe(chord.length);
};

/** As the model reads it: a sum, in which the order of a chord's notes is lost. */
const sums = (told: readonly number[][]): string =>
  JSON.stringify(told.map((chord) => chord.toSorted((a, b) => a - b)));

const sampleOf = (
  { robot }: Body,
  sensor: SensorDescription,
  random: Random,
  timeNs: number,
): Sample => {
  const { name } = sensor;
  if (sensor.kind === "microphone") {
    const [loud, hz] = [random.uniform(), random.uniform(80, 3000)];
    const pcm = Float32Array.from(
      { length: sensor.rateHz / 5 },
      (_, i) =>
        loud * (Math.sin((i * hz * 2 * Math.PI) / sensor.rateHz) * 0.5 + random.normal(0.1)),
    );
    return { kind: "audio", sensor: name, timeNs, rateHz: sensor.rateHz, pcm };
  }
  if (sensor.kind === "camera") {
    const { width, height } = sensor;
    const rgb = Uint8Array.from({ length: width * height * 3 }, () => random.index(256));
    const depthM = Float32Array.from({ length: width * height }, () => random.uniform(0, 3));
    return { kind: "image", sensor: name, timeNs, width, height, rgb, depthM };
  }
  const count = sensor.kind === "joints" ? robot.servos.length : 1;
  const values = Float64Array.from({ length: count }, () => random.uniform(-200, 200));
  return { kind: "values", sensor: name, timeNs, values };
};

/** The frames that a tokenizer makes of random samples of every sensor. */
const framesOf = (body: Body, seed: number, turns: number): Int32Array[] => {
  const random = new Random(seed, "samples");
  const tokenizer = new Tokenizer(body.robot, body.v);
  return Array.from({ length: turns }, (_, turn) =>
    body.robot.sensors.flatMap((sensor) => {
      const frame = tokenizer.encode(sampleOf(body, sensor, random, turn * 200e6));
      return frame ? [frame.ids] : [];
    }),
  ).flat();
};

/** What the grammar allows, chosen by a list of numbers, closed by END. */
const answerOf = ({ robot, v, answers }: Body, choices: readonly number[]): Int32Array => {
  const grammar = new ActionGrammar(robot, v);
  const ids: number[] = [];
  const take = (id: number): void => {
    grammar.accept(id);
    ids.push(id);
  };
  for (const choice of choices) {
    const allowed = answers.filter((id) => id !== END && grammar.allowed(id));
    take(allowed[choice % allowed.length]!);
  }
  if (!grammar.allowed(END)) take(rangeNamed(v, "motion").start);
  take(END);
  return Int32Array.from(ids);
};

const body = fc.nat(bodies.length - 1);
const choices = fc.array(fc.nat(1e6), { maxLength: 40 });
/** Own motion: the answer without its END. */
const ownOf = (each: Body, list: readonly number[]): Int32Array =>
  Int32Array.of(each.self, ...answerOf(each, list).slice(0, -1));

describe("every frame becomes chords within their notes and slots", () => {
  test("that a tokenizer makes of any samples, a stack of sound a chord, else one", () => {
    for (const each of bodies) {
      const frames = framesOf(each, 3, 40);
      const sensors = new Set(frames.map(([marker]) => marker));
      expect(sensors.size).toBe(each.robot.sensors.length);
      for (const ids of frames) {
        const told = each.heard(ids);
        check(each, told);
        checkDistinct(told);
        const sensor = each.robot.sensors[ids[0]! - each.markers.start]!;
        const stacks =
          sensor.kind === "microphone" ? (ids.length - 1) / (sensor.codec.codes + 1) : 1;
        expect(told).toHaveLength(stacks);
      }
    }
  });

  test("that comes back of what was said, and every answer that the grammar allows", () => {
    fc.assert(
      fc.property(body, choices, (which, list) => {
        const each = bodies[which]!;
        const answer = answerOf(each, list);
        const told = each.said(answer);
        check(each, told);
        checkDistinct(told);
        expect(told).toHaveLength(answer.length);
        for (const chord of told) expect(chord.length).toBeGreaterThan(0);
        const own = each.heard(ownOf(each, list));
        check(each, own);
        checkDistinct(own);
      }),
    );
  });

  test("of any ids at all, which are read without an error", () => {
    fc.assert(
      fc.property(
        body,
        fc.nat(20),
        fc.array(fc.oneof(fc.integer(), fc.nat(1e6)), { maxLength: 400, size: "max" }),
        fc.constantFrom("any", "action", "place"),
        (which, kind, list, near) => {
          const each = bodies[which]!;
          const { v, markers, robot } = each;
          const acts = rangeNamed(v, "act").start;
          const pace = rangeNamed(v, "pace");
          const opening = markers.start + robot.sensors.length; // self and limbs, too
          const ids = list.map((n, i) => {
            const m = Math.abs(n);
            // Phrases of own motion, longer than they may be, with all that is spoken strewn in.
            if (near === "action" && m % 30 < 2)
              return m % 30 === 0 ? opening + (i % 3) : pace.start + (m % pace.size);
            if (near === "action") return acts + (m % (v.size - acts));
            if (near === "place" && i % 2 === 0)
              return rangeNamed(v, "place").start + (m % rangeNamed(v, "place").size);
            return m % 3 === 0 ? n : m % v.size;
          });
          const marker = markers.start + (kind % markers.size);
          check(each, each.heard(Int32Array.of(marker, ...ids)));
          check(each, each.heard(Int32Array.from(ids)));
          check(each, each.said(Int32Array.from(ids)));
          expect(each.said(Int32Array.from(ids))).toHaveLength(ids.length);
        },
      ),
      { numRuns: 600 },
    );
  });
});

describe("no two frames of a kind sound alike", () => {
  test("of what was sensed", () => {
    for (const each of bodies) {
      const told = new Map<string, string>();
      const frames = framesOf(each, 5, 60);
      for (const ids of frames) {
        const text = ids.join();
        const known = told.get(sums(each.heard(ids))) ?? text;
        expect(known).toBe(text);
        told.set(sums(each.heard(ids)), text);
      }
      expect(told.size).toBeGreaterThan(60);
    }
  });

  test("where one id of what was sensed is another of its range", () => {
    const samples = bodies.map((each) => framesOf(each, 7, 12));
    fc.assert(
      fc.property(fc.nat(1), fc.nat(1e6), fc.nat(1e6), fc.nat(1e6), (which, f, at, to) => {
        const [each, frames] = [bodies[which]!, samples[which]!];
        const ids = frames[f % frames.length]!;
        const other = ids.slice();
        const place = 1 + (at % (ids.length - 1));
        const range = each.v.ranges.find(
          ({ start, size }) => ids[place]! >= start && ids[place]! < start + size,
        )!;
        // Places ascend; codes stay those of their position.
        if (range.codec === "places") return;
        const { codes = 1 } = range.parameters as { codes?: number };
        const perCode = range.size / codes;
        const first = range.start + Math.floor((ids[place]! - range.start) / perCode) * perCode;
        other[place] = first + (to % perCode);
        const isSame = other[place] === ids[place];
        expect(sums(each.heard(other)) === sums(each.heard(ids))).toBe(isSame);
      }),
      { numRuns: 1000 },
    );
  });

  test("of pictures that tell other patches", () => {
    for (const each of bodies) {
      const eye = each.robot.sensors.findIndex(({ kind }) => kind === "camera");
      const [whole] = framesOf(each, 9, 1).filter(([id]) => id === each.markers.start + eye);
      const patches = rangeNamed(each.v, "place").size;
      const per = (whole!.length - 1) / patches;
      const without = Array.from({ length: patches }, (_, p) =>
        whole!.filter((_id, i) => i < 1 + p * per || i >= 1 + (p + 1) * per),
      );
      const told = new Set([whole!, ...without].map((ids) => sums(each.heard(ids))));
      expect(told.size).toBe(patches + 1);
    }
  });

  test("of own motion, nor two answers", () => {
    const changed = fc.tuple(choices, fc.nat(1e6), fc.nat(1e6)).map(([list, at, to]) => {
      const other = [...list];
      if (list.length > 0) other[at % list.length] = to;
      return [list, other] as const;
    });
    fc.assert(
      fc.property(body, fc.oneof(changed, fc.tuple(choices, choices)), (which, [a, b]) => {
        const each = bodies[which]!;
        const [one, other] = [answerOf(each, a), answerOf(each, b)];
        const isSame = one.join() === other.join();
        expect(sums(each.said(one)) === sums(each.said(other))).toBe(isSame);
        expect(sums(each.heard(ownOf(each, a))) === sums(each.heard(ownOf(each, b)))).toBe(isSame);
      }),
      { numRuns: 500 },
    );
  });

  test("where two motion ids of a phrase change places", () => {
    fc.assert(
      fc.property(body, fc.nat(254), fc.nat(254), fc.nat(3), (which, a, b, limb) => {
        const each = bodies[which]!;
        const { start } = rangeNamed(each.v, "motion");
        const limbs = Object.keys(each.robot.limbs).length;
        const marker = each.self + 1 + (limb % limbs);
        const own = (...codes: number[]): string =>
          sums(each.heard(Int32Array.of(each.self, marker, ...codes.map((code) => start + code))));
        expect(own(a, b) === own(b, a)).toBe(a === b);
      }),
    );
  });
});
