import { describe, expect, it } from "vitest";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { ActionGrammar } from "../../../src/tokens/grammar.ts";
import { answerIds, Chords, REST_NOTE } from "../../../src/tokens/chords.ts";
import { FrameDecoder } from "../../../src/tokens/frame-decoder.ts";
import { BEGIN, buildVocabulary, END, PAD, rangeNamed } from "../../../src/tokens/vocabulary.ts";

const robot = loadRobot("arm");
const v = buildVocabulary(robot);
const chords = new Chords(robot, v);
const start = (range: string): number => rangeNamed(v, range).start;
const names = rangeNamed(v, "marker").parameters["names"] as string[];
const marker = (name: string): number => start("marker") + names.indexOf(name);
const heard = (name: string, ...ids: number[]): number[][] => {
  const told: number[][] = [];
  chords.frame(Int32Array.of(marker(name), ...ids), (chord) => told.push([...chord]));
  return told;
};
const said = (ids: number[], from = 0): number[][] => {
  const told: number[][] = [];
  chords.answer(ids, from, (chord) => told.push([...chord]));
  return told;
};

// The notes of the arm: 1 rest, 1 `asked`, 3 special ids, 9 markers, 7 acts, 3 paces;
const [SPECIAL, MARKERS, ACTS, PACES, MOTION] = [2, 5, 14, 21, 24];
const [EAR, EYE, HEAT, TOUCH, JOINTS, SELF, ARM, HAND] = [0, 1, 2, 4, 5, 6, 7, 8].map(
  (index) => MARKERS + index,
) as [number, number, number, number, number, number, number, number];
// two digits of 16 for each of 20 motions of the arm's 5 servos, then for 4 of the hand's one;
const motionNotes = (place: number, code: number): number[] => [
  MOTION + 32 * place + (code % 16),
  MOTION + 32 * place + 16 + Math.floor(code / 16),
];
const HAND_PLACE = 20;
// 8 + 8 + 8 + 8 for each of 2 voice codes, 3 + 8 + 16 of prosody, then 10 + 10 + 10 for each of 2 codes
// of each of 4 patches; heat, distance and touch of 64, 64 and 32; and 16 + 16 for each of 6 joints.
const [VOICE, PROSODY, IMAGE, HEATS, TOUCHES, ANGLES, ALL] = [
  792, 856, 883, 1123, 1251, 1283, 1475,
];
const fsqNotes = (first: number, a: number, b: number, c: number, d: number): number[] => [
  first + a,
  first + 8 + b,
  first + 16 + c,
  first + 24 + d,
];
const fsqCode = (a: number, b: number, c: number, d: number): number =>
  a + 8 * (b + 8 * (c + 8 * d));

describe("chords", () => {
  it("have notes for all that sounds, and room for the longest phrase of own motion", () => {
    expect([REST_NOTE, chords.asked, chords.notes]).toEqual([0, 1, ALL]);
    expect(chords.slots).toBe(2 + 2 * 20 + 1); // self and arm, 20 motions, `asked`
    let next = 0;
    for (const { start: first, levels } of chords.dials) {
      expect(first).toBe(next);
      next += levels;
    }
    expect(next).toBe(ALL);
  });

  it("begin a stream with its own", () => {
    expect([...chords.begin()]).toEqual([SPECIAL + BEGIN]);
  });

  it("hold a reading, or every joint's in two digits, beside the marker of their sensor", () => {
    expect(heard("heat", start("heat") + 40)).toEqual([[HEAT, HEATS + 40]]);
    expect(heard("touch", start("touch") + 31)).toEqual([[TOUCH, TOUCHES + 31]]);
    const bins = [0, 1, 16, 255, 100, 37];
    expect(heard("joints", ...bins.map((bin) => start("joints") + bin))).toEqual([
      [
        JOINTS,
        ...bins.flatMap((bin, i) => [bin % 16, 16 + (bin >> 4)].map((n) => ANGLES + 32 * i + n)),
      ],
    ]);
  });

  it("hold a stack of sound each", () => {
    const stack = (a: number, tone: number): number[] => [
      start("voice") + fsqCode(a, 1, 2, 3),
      start("voice") + 4096 + fsqCode(7, 4, 0, 1),
      start("prosody") + tone,
    ];
    const codes = (a: number): number[] => [
      EAR,
      ...fsqNotes(VOICE, a, 1, 2, 3),
      ...fsqNotes(VOICE + 32, 7, 4, 0, 1),
    ];
    expect(heard("microphone", ...stack(5, 0), ...stack(6, 2 + 3 * (5 + 8 * 9)))).toEqual([
      [...codes(5), PROSODY, PROSODY + 3, PROSODY + 11],
      [...codes(6), PROSODY + 2, PROSODY + 3 + 5, PROSODY + 11 + 9],
    ]);
  });

  it("hold a whole picture, a patch in the notes of its place", () => {
    const image = start("image");
    const imageCode = (a: number, b: number, c: number): number => a + 10 * (b + 10 * c);
    const ids = [0, 3].flatMap((place) => [
      start("place") + place,
      image + imageCode(place, 1, 2),
      image + 1000 + imageCode(9, place, 4),
    ]);
    const notes = [0, 3].flatMap((place) => {
      const patch = IMAGE + 60 * place;
      const detail = patch + 30;
      return [patch + place, patch + 11, patch + 22, detail + 9, detail + 10 + place, detail + 24];
    });
    expect(heard("eye", ...ids)).toEqual([[EYE, ...notes]]);
  });

  it("hold a phrase of own motion each, in which the order of its ids counts", () => {
    const [act, pace, motion] = [start("act"), start("pace"), start("motion")];
    const ids = [act + 4, pace + 2, act + 1, marker("motion.hand"), motion + 200, motion + 3];
    expect(heard("self", ...ids)).toEqual([
      [SELF, ACTS + 4, PACES + 2],
      [SELF, ACTS + 1],
      [SELF, HAND, ...motionNotes(HAND_PLACE, 200), ...motionNotes(HAND_PLACE + 1, 3)],
    ]);
    const turned = heard("self", marker("motion.hand"), motion + 3, motion + 200)[0]!;
    expect(turned.toSorted((a, b) => a - b)).toEqual(
      [SELF, HAND, ...motionNotes(HAND_PLACE, 3), ...motionNotes(HAND_PLACE + 1, 200)].toSorted(
        (a, b) => a - b,
      ),
    );
    expect(heard("self")).toEqual([]);
  });

  it("hold one id of an answer each, a motion bound to its limb and place", () => {
    const [act, pace, motion] = [start("act"), start("pace"), start("motion")];
    const ids = [act + 6, pace, marker("motion.arm"), motion + 17, motion + 18];
    ids.push(marker("motion.hand"), motion + 17, END);
    const expected = [
      [ACTS + 6],
      [PACES],
      [ARM],
      motionNotes(0, 17),
      motionNotes(1, 18),
      [HAND],
      motionNotes(HAND_PLACE, 17),
      [SPECIAL + END],
    ];
    expect(said(ids)).toEqual(expected);
    for (const from of ids.keys()) expect(said(ids, from)).toEqual(expected.slice(from));
  });

  it("hold the pictures of a second eye that shares its places with the first and not its depths", () => {
    const duo = loadRobot("duo");
    const eye = duo.sensors.find(({ kind }) => kind === "camera")! as { maxDepthM: number };
    const two = {
      ...duo,
      sensors: [...duo.sensors, { ...eye, name: "eye_2", maxDepthM: eye.maxDepthM / 2 }],
    } as typeof duo;
    const [one, both] = [buildVocabulary(duo), buildVocabulary(two)];
    expect(new Chords(two, both).slots).toBe(new Chords(duo, one).slots);
    const read = (name: string) => {
      const rangesOf = (codec: string) =>
        both.ranges.find(
          (r) => r.codec === codec && (r.parameters["sensors"] as string[]).includes(name),
        )!;
      const markers = rangeNamed(both, "marker");
      const id = markers.start + (markers.parameters["names"] as string[]).indexOf(name);
      const frame = Int32Array.of(id, rangesOf("places").start, rangesOf("patches").start);
      return new FrameDecoder(both).decode(frame);
    };
    expect(read("eye_2")).toMatchObject({ kind: read("eye").kind, sensor: "eye_2" });
  });

  it("leave out what has no place in them", () => {
    const [pace, motion] = [start("pace"), start("motion")];
    expect(heard("heat", start("joints"))).toEqual([[HEAT]]);
    expect(said([PAD, start("heat"), motion])).toEqual([[SPECIAL + PAD], [], []]);
    const places = Array.from({ length: 25 }, () => motion);
    const [longest] = heard("self", marker("motion.arm"), pace, ...places);
    expect(longest).toHaveLength(chords.slots - 1); // no pace in a motion, no 21st place
    const told: Int32Array[] = [];
    chords.frame(Int32Array.of(), (chord) => told.push(chord));
    chords.frame(Int32Array.of(start("heat"), start("heat")), (chord) => told.push(chord));
    expect(told).toEqual([]);
  });
});

describe("the ids of an answer", () => {
  it.each(["duo", "arm"])(
    "are what the grammar of %s ever allows, END first, each once",
    (name) => {
      const body = loadRobot(name);
      const vocabulary = buildVocabulary(body);
      const ids = answerIds(body, vocabulary);
      const mask = new Uint8Array(vocabulary.size);
      const allowed = new Set<number>();
      const grammar = new ActionGrammar(body, vocabulary);
      const look = (...prefix: number[]): void => {
        grammar.reset();
        for (const id of prefix) expect(grammar.accept(id)).toBe(true);
        grammar.mask(mask);
        for (const [id, is] of mask.entries()) if (is === 1) allowed.add(id);
      };
      look();
      const openings = Array.from(allowed);
      for (const opening of openings) look(opening); // after acts their paces, after limbs motions
      const motion = rangeNamed(vocabulary, "motion").start;
      const { start: first, parameters } = rangeNamed(vocabulary, "marker");
      for (const [index, limb] of (parameters["names"] as string[]).entries())
        if (limb.startsWith("motion.")) look(first + index, motion);
      expect(ids[0]).toBe(END);
      expect(new Set(ids).size).toBe(ids.length);
      expect(new Set(ids)).toEqual(allowed);
    },
  );
});
