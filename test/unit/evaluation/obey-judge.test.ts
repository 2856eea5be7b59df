import { describe, expect, it } from "vitest";
import type { SessionRecord } from "../../../src/core/records.ts";
import { ObeyJudge } from "../../../src/evaluation/obey-judge.ts";
import type { Verdict } from "../../../src/evaluation/judge.ts";
import { cue, parked, started } from "./records.ts";

const judge = (...records: SessionRecord[]): Verdict => {
  const obey = new ObeyJudge();
  for (const record of records) obey.write(record);
  return obey.verdict();
};
const nod = cue("nod", "normal", 1000, 1600);
const wave = cue("wave", "urgent", 4000, 4700);

describe("ObeyJudge", () => {
  it("counts each cue that is answered at its pace, and times it from the cue's end", () => {
    const { attempts, uninvited } = judge(
      nod,
      started("nod", "normal", 1650),
      started("wave", "urgent", 4600), // before the command was over
      wave,
    );
    expect(attempts).toMatchObject([
      { success: true, reactionMs: 50 },
      { success: true, reactionMs: -100 },
    ]);
    expect(uninvited).toBe(0);
  });

  it.each([
    [
      "after more than a second",
      started("nod", "normal", 2601),
      "nod (normal): nod (normal) was not asked for",
    ],
    [
      "at another pace",
      started("nod", "urgent", 1650),
      "nod (normal): nod (urgent) was not asked for",
    ],
    [
      "before it was asked for",
      started("nod", "normal", 999),
      "nod (normal): nod (normal) was not asked for",
    ],
    ["by nothing", parked(9000), "nod (normal): no answer within 1 s"],
  ])("refuses an answer that comes %s", (_, record, reason) => {
    expect(judge(nod, record).attempts).toMatchObject([{ success: false, reason }]);
  });

  it("accepts the last moment", () => {
    expect(judge(nod, started("nod", "normal", 2600)).attempts[0]!.success).toBe(true);
  });

  it("blames an act that nobody asked for on the cue before it, even when that was answered", () => {
    const verdict = judge(
      nod,
      started("nod", "normal", 1650),
      started("nod", "normal", 3000),
      wave,
      started("wave", "urgent", 4750),
    );
    expect(verdict.attempts.map(({ success }) => success)).toEqual([false, true]);
    expect(verdict.uninvited).toBe(1);
  });

  it("hears nothing any more once the robot parks", () => {
    const verdict = judge(
      nod,
      started("nod", "normal", 1650),
      parked(3000),
      started("rest", "normal", 3010),
    );
    expect(verdict).toMatchObject({ uninvited: 0, attempts: [{ success: true }] });
  });
});
