import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Curation } from "../../../../src/session/curation/curation.ts";
import { lessonWeight } from "../../../../src/session/curation/lesson-weight.ts";
import type { Episode } from "../../../../src/session/episodes.ts";

const curation = async (): Promise<Curation> => {
  const folder = await mkdtemp(join(tmpdir(), "curation-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return Curation.open(folder);
};
const session = "take.mcap";
const first: Episode = { index: 0, task: "wave", startNs: 10, endNs: 20, takeovers: [] };
const second: Episode = { ...first, index: 1, startNs: 30, endNs: 40 };
const name = { session, episode: 1 };

describe("what a session teaches", () => {
  it("is what was done in its episodes, but not in those to be done again", async () => {
    const at = lessonWeight(await curation(), session, [first, { ...second, outcome: "redo" }]);
    expect([5, 15, 25, 35].map(at)).toEqual([0, 1, 0, 0]);
  });

  it("is only what a person did where they corrected a policy", async () => {
    const corrected = { ...first, takeovers: [{ startNs: 14, endNs: 16 }] };
    const at = lessonWeight(await curation(), session, [corrected, second]);
    expect([12, 15, 18, 35].map(at)).toEqual([0, 1, 0, 0]);
  });

  it("is all of a session that knows no episodes, unless that was deleted", async () => {
    const decided = await curation();
    expect(lessonWeight(decided, session, [])(5)).toBe(1);
    await decided.delete([{ session, episode: 0 }]);
    expect(lessonWeight(decided, session, [])(5)).toBe(0);
    expect(lessonWeight(decided, "another.mcap", [])(5)).toBe(1);
  });

  it("is nothing in the bin, nothing that was cut off, and counts what it was said to", async () => {
    const decided = await curation();
    await decided.weigh([{ ...name, weight: 0.25 }]);
    await decided.trim([{ ...name, startNs: 32, endNs: 36 }]);
    const at = lessonWeight(decided, session, [first, second]);
    expect([15, 31, 32, 36, 37].map(at)).toEqual([1, 0, 0.25, 0.25, 0]);
    await decided.delete([name]);
    expect(lessonWeight(decided, session, [first, second])(34)).toBe(0);
    await decided.undo();
    expect(lessonWeight(decided, session, [first, second])(34)).toBe(0.25);
  });
});
