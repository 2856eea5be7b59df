import { describe, expect, it } from "vitest";
import type { Attempt, SpokenCommand } from "../../../src/evaluation/judge.ts";
import { NOTHING, obedienceOf } from "../../../src/evaluation/obedience.ts";
import { confusionTable } from "../../../src/evaluation/report-tables.ts";

/** "nod calm" or "nod": an act with or without a pace. */
const read = (text: string): { act: string; pace?: string } => {
  const [act = "", pace] = text.split(" ");
  return { act, ...(pace !== undefined && { pace }) };
};

const attempt = (asked: string, done?: string, speaker?: string): Attempt => {
  const command: SpokenCommand = {
    asked: read(asked),
    ...(speaker !== undefined && { speaker }),
    ...(done !== undefined && { done: { pace: "normal", ...read(done) } }),
  };
  const success = command.done?.act === command.asked.act;
  return { atNs: 0, success, reason: "", command };
};

describe("obedienceOf", () => {
  it("counts the pace over the commands that asked for one and got their act", () => {
    const obedience = obedienceOf([
      attempt("nod calm", "nod calm"),
      attempt("nod calm", "nod calm"),
      attempt("nod urgent", "nod calm"),
      attempt("wave urgent", "nod urgent"), // the act is wrong: its pace says nothing
      attempt("wave", "wave urgent"), // no pace was asked for
      attempt("wave calm"),
    ]);
    expect(obedience).toMatchObject({
      paceAccuracy: 2 / 3,
      paceWilson95: [expect.closeTo(0.2077, 4), expect.closeTo(0.9385, 4)],
      confusion: { paces: { calm: { calm: 2 }, urgent: { calm: 1 } } },
    });
  });

  it("has no pace accuracy where no pace was asked for, and no speakers where none is known", () => {
    const obedience = obedienceOf([attempt("nod", "nod")]);
    expect(Object.keys(obedience!).toSorted()).toEqual(["confusion", "perAct"]);
    expect(obedienceOf([{ atNs: 0, success: true, reason: "" }])).toBeUndefined();
  });

  it("tells acts and speakers apart", () => {
    const obedience = obedienceOf([
      attempt("nod", "nod", "theo"),
      attempt("wave", "nod", "theo"),
      attempt("wave", "wave", "ann"),
    ]);
    expect(obedience).toMatchObject({
      perAct: { nod: { attempts: 1, success: 1 }, wave: { attempts: 2, success: 0.5 } },
      perSpeaker: { ann: { attempts: 1, successes: 1 }, theo: { attempts: 2, successes: 1 } },
    });
    expect(Object.keys(obedience!.perSpeaker!)).toEqual(["ann", "theo"]);
  });

  it("is no surer of an act or a speaker than of their share of the recordings", () => {
    const heard = Array.from({ length: 40 }, () => attempt("nod", "nod", "ann"));
    const low = (recordings?: number): number =>
      obedienceOf(heard, recordings)!.perAct["nod"]!.wilson95[0];
    expect(low(10)).toBeLessThan(low());
    expect(low(40)).toBe(low());
    expect(obedienceOf(heard, 10)!.perSpeaker!["ann"]!.wilson95[0]).toBe(low(10));
  });

  it("shows which act was taken for which, and what nothing answered", () => {
    const { confusion } = obedienceOf([
      attempt("wave", "nod"),
      attempt("nod", "nod"),
      attempt("nod", "rest"),
      attempt("nod"),
      attempt("nod", "nod"),
    ])!;
    expect(confusion.acts).toEqual({ nod: { nod: 2, rest: 1, [NOTHING]: 1 }, wave: { nod: 1 } });
    expect(confusionTable(confusion.acts)).toEqual([
      ["asked \\ done", "nod", "rest", "wave", NOTHING],
      ["nod", "2", "1", "", "1"],
      ["wave", "1", "", "", ""],
    ]);
  });
});
