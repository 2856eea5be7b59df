import { describe, expect, it } from "vitest";
import { ActionIds } from "../../../src/tokens/action-ids.ts";
import { answerIds, Chords, REST_NOTE } from "../../../src/tokens/chords.ts";
import { ActionGrammar } from "../../../src/tokens/grammar.ts";
import { jsonSpelling } from "../../../src/tokens/spelling.ts";
import { BEGIN, buildVocabulary, END, rangeNamed } from "../../../src/tokens/vocabulary.ts";
import { robotWith } from "./robot-fixture.ts";

const robot = robotWith();
const v = buildVocabulary(robot);
const chords = new Chords(robot, v);
const start = (range: string): number => rangeNamed(v, range).start;
const { size: MARKERS, parameters } = rangeNamed(v, "marker");
const names = parameters["names"] as string[];
const markerOf = (name: string): number => start("marker") + names.indexOf(name);
const heard = (name: string, ...ids: number[]): number[][] => {
  const told: number[][] = [];
  chords.frame(Int32Array.of(markerOf(name), ...ids), (chord) => told.push([...chord]));
  return told;
};
const said = (ids: number[], from = 0): number[][] => {
  const told: number[][] = [];
  chords.answer(ids, from, (chord) => told.push([...chord]));
  return told;
};

// Notes in their order: the rest, `asked`, the 3 special ids, the markers, then acts, paces and motion.
const [ASKED, SPECIAL, MARKER] = [1, 2, 5];
const ACT = MARKER + MARKERS;
const PACE = ACT + 3;
const MOTION = PACE + 3;
/** A digit of a motion code has 16 levels, and a code two digits. */
const note = (sensor: string): number => MARKER + names.indexOf(sensor);

describe("chords", () => {
  it("begin with the rest, what asks, and the names of everything", () => {
    expect([REST_NOTE, chords.asked]).toEqual([0, ASKED]);
    expect([...chords.begin()]).toEqual([SPECIAL + BEGIN]);
    const sizes = chords.dials.slice(0, 6).map(({ levels, isNamed }) => [levels, isNamed]);
    expect(sizes).toEqual([1, 1, 3, MARKERS, 3, 3].map((levels) => [levels, true]));
    expect(chords.dials.reduce((sum, { levels }) => sum + levels, 0)).toBe(chords.notes);
  });

  it("hold a reading beside its sensor's marker, each hand's a note of its own", () => {
    const [left] = heard("heat_left", start("heat.heat_left") + 7);
    const [right] = heard("heat_right", start("heat.heat_right") + 7);
    expect(left![0]).toBe(note("heat_left"));
    expect(right![0]).toBe(note("heat_right"));
    expect(left![1]).not.toBe(right![1]);
    expect(heard("heat_left", start("heat.heat_left") + 9)).toEqual([[left![0], left![1]! + 2]]);
  });
});
