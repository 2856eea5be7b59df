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
const nod = cue("nod", { pace: "normal" }, 1000, 1600);
const wave = cue("wave", { pace: "urgent", speaker: "ann" }, 4000, 4700);

describe("ObeyJudge", () => {
  it("counts each cue that is answered by its act, and times it from the cue's end", () => {
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
      "before it was asked for",
      started("nod", "normal", 999),
      "nod (normal): nod (normal) was not asked for",
    ],
    ["by nothing", parked(9000), "nod (normal): no answer within 1 s"],
  ])("refuses an answer that comes %s", (_, record, reason) => {
    expect(judge(nod, record).attempts).toMatchObject([{ success: false, reason }]);
  });

  it("tells what was asked for, by whom, and what was done instead", () => {
    const { attempts } = judge(
      nod,
      started("lower", "calm", 1700),
      started("nod", "normal", 1900), // too late: what it was taken for first counts
      wave,
    );
    expect(attempts).toMatchObject([
      { command: { asked: { act: "nod", pace: "normal" }, done: { act: "lower", pace: "calm" } } },
      { command: { asked: { act: "wave", pace: "urgent" }, speaker: "ann" } },
    ]);
    expect(attempts[0]!.command).not.toHaveProperty("speaker");
    expect(attempts[1]!.command).not.toHaveProperty("done");
  });

  it.each([{}, { pace: "normal" }])("takes any pace for the act that %j asks for", (asked) => {
    const { attempts, uninvited } = judge(
      cue("nod", asked, 1000, 1600),
      started("nod", "urgent", 1650),
    );
    expect(attempts).toMatchObject([
      { success: true, reactionMs: 50, command: { asked, done: { act: "nod", pace: "urgent" } } },
    ]);
    expect(uninvited).toBe(0);
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
