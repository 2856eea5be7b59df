import { describe, expect, it } from "vitest";
import type { SessionRecord } from "../../../src/core/records.ts";
import { EpisodeFinder } from "../../../src/session/episodes.ts";

const episodesOf = (...records: SessionRecord[]) => {
  const finder = new EpisodeFinder();
  for (const record of records) finder.add(record);
  return finder.episodes();
};
const started = (timeNs: number, index: number): SessionRecord => ({
  type: "episode",
  timeNs,
  index,
  task: "wave",
  phase: "started",
});

describe("the episodes of a session", () => {
  it("have their bounds, task and outcome", () => {
    const found = episodesOf(
      started(5, 0),
      { type: "episode", timeNs: 9, index: 0, task: "wave", phase: "ended", outcome: "success" },
      started(20, 1),
      { type: "episode", timeNs: 25, index: 1, task: "wave", phase: "ended" },
    );
    expect(found).toEqual([
      { index: 0, task: "wave", startNs: 5, endNs: 9, takeovers: [], outcome: "success" },
      { index: 1, task: "wave", startNs: 20, endNs: 25, takeovers: [] },
    ]);
  });

  it("end with the session where it broke off", () => {
    const found = episodesOf(started(5, 0), { type: "meter", timeNs: 40, name: "a", value: 1 });
    expect(found).toEqual([{ index: 0, task: "wave", startNs: 5, endNs: 40, takeovers: [] }]);
  });

  it("know where a person drove, also across their bounds", () => {
    const found = episodesOf(
      started(0, 0),
      { type: "takeover", timeNs: 3, phase: "started" },
      { type: "takeover", timeNs: 4, phase: "ended" },
      { type: "takeover", timeNs: 8, phase: "started" },
      { type: "episode", timeNs: 10, index: 0, task: "wave", phase: "ended" },
      started(10, 1),
      { type: "takeover", timeNs: 12, phase: "ended" },
    );
    expect(found.map(({ takeovers }) => takeovers)).toEqual([
      [
        { startNs: 3, endNs: 4 },
        { startNs: 8, endNs: 10 },
      ],
      [{ startNs: 10, endNs: 12 }],
    ]);
  });
});
