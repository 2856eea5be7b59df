import { describe, expect, it } from "vitest";
import { SimulatedClock } from "../../../src/core/clock.ts";
import type { SessionRecord } from "../../../src/core/records.ts";
import { EpisodeRecorder } from "../../../src/session/episode-recorder.ts";
import { EpisodeFinder } from "../../../src/session/episodes.ts";
import { RecordingFlow } from "../../../src/teleoperation/recording-flow.ts";

const S = 1e9;

const begun = (
  options: {
    episodes?: number;
    episodeMs?: number;
    resetMs?: number;
    beforeMs?: number;
    goesOn?: boolean;
  } = {},
) => {
  const clock = new SimulatedClock();
  const records: SessionRecord[] = [];
  const book = new EpisodeRecorder({
    sink: { write: (record) => records.push(record) },
    clock,
    beforeMs: options.beforeMs ?? 0,
  });
  let over = 0;
  const flow = new RecordingFlow({
    clock,
    book,
    task: "wave",
    ...options,
    onChange: () => {},
    ...(options.goesOn !== true && { onOver: () => over++ }),
  });
  flow.start();
  const episodes = () => {
    const finder = new EpisodeFinder();
    for (const record of records) finder.add(record);
    return finder.episodes();
  };
  return { clock, flow, book, records, episodes, over: () => over };
};

describe("the course of a recording", () => {
  it("begins and ends episodes by n, does one again by r, and counts those that are kept", () => {
    const { clock, flow, episodes, over } = begun({ episodes: 2 });
    for (const [atS, key] of [
      [1, "n"],
      [2, "s"],
      [3, "right"],
      [4, "left"],
      [5, "n"],
      [6, "f"],
    ] as const) {
      clock.advanceTo(atS * S);
      flow.press(key);
    }
    expect(
      episodes().map(({ index, startNs, endNs, outcome }) => [
        index,
        startNs / S,
        endNs / S,
        outcome,
      ]),
    ).toEqual([
      [0, 1, 2, "success"],
      [1, 3, 4, "redo"],
      [2, 5, 6, "failure"],
    ]);
    expect([flow.kept, flow.phase, over()]).toEqual([2, "over", 1]);
  });

  it("goes on by itself where it was told how long", () => {
    const { clock, episodes } = begun({ episodes: 2, episodeMs: 3000, resetMs: 1000 });
    clock.advanceTo(20 * S);
    expect(episodes().map(({ startNs, endNs }) => [startNs / S, endNs / S])).toEqual([
      [1, 4],
      [5, 8],
    ]);
  });

  it("hears second thoughts about the episode that is over", () => {
    const { flow, episodes } = begun();
    for (const key of ["n", "n", "f", "r"]) flow.press(key);
    expect(episodes().map(({ outcome }) => outcome)).toEqual(["redo"]);
    expect(flow.kept).toBe(0);
  });

  it("keeps the episode at hand when it is stopped", () => {
    const { flow, episodes, over } = begun();
    for (const key of ["n", "q", "q", "n"]) flow.press(key);
    expect(episodes()).toHaveLength(1);
    expect(over()).toBe(1);
  });
});

describe("a recording inside of a session that goes on", () => {
  it("is stopped as often as somebody likes, each episode with the task it was begun with", () => {
    const { flow, episodes } = begun({ goesOn: true });
    flow.obey("next");
    flow.task = "point at the ball";
    flow.obey("stop");
    flow.obey("next");
    flow.obey("success");
    flow.obey("redo");
    expect(flow.obey("stop")).toBe(true);
    expect(episodes().map(({ task, outcome }) => [task, outcome])).toEqual([
      ["wave", undefined],
      ["point at the ball", "redo"],
    ]);
  });

  it("lets a click that is a moment old neither begin nor end what its person has not seen", () => {
    const { flow, episodes } = begun();
    flow.obey("next", "reset");
    flow.obey("next", "reset"); // clicked twice
    expect(flow.phase).toBe("episode");
    flow.obey("failure", "reset"); // of the last episode, when this one had just begun by itself
    expect(flow.phase).toBe("episode");
    flow.obey("next", "episode");
    flow.obey("next", "episode");
    expect(flow.phase).toBe("reset");
    flow.obey("success", "episode"); // it had just ended by itself
    expect(flow.phase).toBe("reset");
    expect(episodes().map(({ outcome }) => outcome)).toEqual(["success"]);
  });

  it("tells how far it has come", () => {
    const { clock, flow } = begun({ episodes: 3, episodeMs: 4000 });
    expect(flow.state).toMatchObject({ phase: "reset", limitMs: undefined, last: undefined });
    flow.obey("next");
    clock.advanceTo(1 * S);
    expect(flow.state).toEqual({
      phase: "episode",
      task: "wave",
      kept: 0,
      episodes: 3,
      elapsedMs: 1000,
      limitMs: 4000,
      last: undefined,
      endsRun: true,
    });
    clock.advanceTo(5 * S);
    expect(flow.state).toMatchObject({ phase: "reset", kept: 1, last: null });
  });
});

describe("the recorder of episodes", () => {
  const meter = (timeNs: number): SessionRecord => ({ type: "meter", timeNs, name: "a", value: 1 });

  it("begins an episode as long before its key as it was told, and leaves nothing out", () => {
    const { clock, book, records } = begun({ beforeMs: 1000 });
    for (let s = 0; s <= 3; s += 0.5) {
      clock.advanceTo(s * S);
      book.write(meter(s * S));
    }
    book.begin("wave");
    expect(records.map(({ type, timeNs }) => `${type} ${timeNs / S}`)).toEqual([
      "meter 0",
      "meter 0.5",
      "meter 1",
      "meter 1.5",
      "episode 2",
      "meter 2",
      "meter 2.5",
      "meter 3",
    ]);
  });

  it("never reaches back into the episode before", () => {
    const { clock, book, episodes } = begun({ beforeMs: 5000 });
    clock.advanceTo(6 * S);
    book.begin("wave");
    clock.advanceTo(8 * S);
    book.end();
    clock.advanceTo(9 * S);
    book.begin("wave");
    book.close();
    expect(episodes().map(({ startNs, endNs }) => [startNs / S, endNs / S])).toEqual([
      [1, 8],
      [8, 9],
    ]);
  });

  it("keeps what it holds back as it was, though its writer changes it", () => {
    const { book, records } = begun({ beforeMs: 1000 });
    const ids = Int32Array.of(1, 2);
    book.write({ type: "tokens_out", timeNs: 0, ids });
    ids.fill(9);
    book.close();
    expect(records).toEqual([{ type: "tokens_out", timeNs: 0, ids: Int32Array.of(1, 2) }]);
  });
});
