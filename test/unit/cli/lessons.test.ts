// A folder of sessions as lessons: a stream for each recording in it, whatever file it came in.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { spokenActs } from "../../../src/cli/digit-labels.ts";
import { hearLessons, readLessons } from "../../../src/cli/lessons.ts";
import { UsageError } from "../../../src/core/errors.ts";
import { Random } from "../../../src/core/random.ts";
import type { SessionRecord } from "../../../src/core/records.ts";
import type { Robot } from "../../../src/core/robot.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import type { Label } from "../../../src/sensors/labels.ts";
import { wavBytes } from "../../../src/sensors/wav-writer.ts";
import { Curation } from "../../../src/session/curation/curation.ts";
import { mergeSessions } from "../../../src/session/edit/edit.ts";
import { SessionReader } from "../../../src/session/session-reader.ts";
import { PhraseReader } from "../../../src/tokens/phrases.ts";
import { actionSpelling } from "../../../src/tokens/spelling.ts";
import {
  buildVocabulary,
  type Vocabulary,
  vocabularyToJson,
} from "../../../src/tokens/vocabulary.ts";
import { Batches, StreamBuilder } from "../../../src/training/token-stream.ts";
import { makeSession } from "../session/lerobot/lerobot-fixture.ts";
import { recordSession, testFolder } from "../session/session-fixture.ts";

const robot = loadRobot("duo");
const RATE_HZ = 16_000;

/** Keeps the stamps that it was given. */
class Stamps {
  readonly #stamps: number[] = [];

  add({ timeNs }: SessionRecord): void {
    this.#stamps.push(timeNs);
  }

  stream(): number[] {
    return this.#stamps;
  }
}

it("recordings that were merged are streams of their own: nothing goes on from one to the next", async () => {
  const folder = await testFolder();
  const parts = ["a.mcap", "b.mcap"].map((name) => join(folder, "parts", name));
  await mkdir(join(folder, "parts"));
  for (const path of parts) await makeSession(path, [{ task: "nod", durationMs: 200 }]);
  await makeSession(join(folder, "z.mcap"), [{ task: "nod", durationMs: 100 }]); // held out
  const merged = join(folder, "merged.mcap");
  await mergeSessions(parts, merged);
  const { train, heldOut } = await readLessons({ folder, builder: () => new Stamps(), seed: 1 });
  expect(heldOut).toHaveLength(1);
  const [beganNs] = (await SessionReader.open(merged)).header.partsNs!;
  expect(train).toHaveLength(2);
  expect(Math.max(...train[0]!)).toBeLessThan(beganNs!);
  expect(Math.min(...train[1]!)).toBe(beganNs);
});

it("a session is held out by its name: it stays on its side whatever joins the folder", async () => {
  const folder = await testFolder();
  const builder = () => new Stamps();
  const add = async (from: number, to: number): Promise<void> => {
    for (let i = from; i < to; i++) {
      const durationMs = 100 + 10 * i; // told apart by how long they are
      await makeSession(join(folder, `nod-${i}.mcap`), [{ task: "nod", durationMs }]);
    }
  };
  const heldOut = async (): Promise<number[]> => {
    const lessons = await readLessons({ folder, builder, seed: 1 });
    expect(lessons.train.length + lessons.heldOut.length).toBe(lessons.sessions);
    return lessons.heldOut.map((stamps) => Math.max(...stamps));
  };
  await add(10, 30);
  const before = await heldOut();
  expect(before.length).toBeGreaterThan(0);
  expect(before.length).toBeLessThan(8);
  await add(5, 10);
  await add(30, 34);
  const after = await heldOut();
  expect(after).toEqual(expect.arrayContaining(before));
  expect(after.length - before.length).toBeLessThan(5);
});

it("of a few sessions of which one is long, neither that nor the shortest is held out, whatever they are called", async () => {
  const folder = await testFolder();
  const durations = { "wave.mcap": 200, "wave-2.mcap": 2000, "ball.mcap": 6000 };
  for (const [name, durationMs] of Object.entries(durations))
    await makeSession(join(folder, name), [{ task: "nod", durationMs }]);
  const { filesHeldOut } = await readLessons({ folder, builder: () => new Stamps(), seed: 1 });
  expect(filesHeldOut).toEqual([join(folder, "wave-2.mcap")]);
});

/** What is answered in each stream that is built, and when it ends. */
const answeredRows = () => {
  const rows: { answers: string[]; lastNs: number }[] = [];
  const builder = (own: Robot, vocabulary: Vocabulary) => {
    const row = { answers: [] as string[], lastNs: 0 };
    rows.push(row);
    const stream = new StreamBuilder(actionSpelling(own, vocabulary), vocabulary);
    const reader = new PhraseReader(own, vocabulary);
    return {
      add: (record: SessionRecord): void => {
        stream.add(record);
        row.lastNs = Math.max(row.lastNs, record.timeNs);
        if (record.type !== "tokens_out") return;
        for (const phrase of reader.read(record.ids).phrases)
          if (phrase.kind === "act") row.answers.push(phrase.act);
      },
      stream: () => stream.stream(),
    };
  };
  return { rows, builder };
};

/** A session in which a command is said, for half a second. */
const sayCommand = async (path: string, act: string, seconds = 1): Promise<void> => {
  const [startNs, endNs] = [0.1e9, 0.6e9];
  const records: SessionRecord[] = [{ type: "cue", timeNs: 0, cue: { act, startNs, endNs } }];
  for (let timeNs = 0; timeNs < seconds * 1e9; timeNs += 0.02e9) {
    const isSaid = timeNs >= startNs && timeNs < endNs;
    const pcm = Float32Array.from({ length: RATE_HZ / 50 }, (_, i) =>
      isSaid ? (i % 80 < 40 ? 0.25 : -0.25) : 0,
    );
    const sample = { kind: "audio", sensor: "microphone", rateHz: RATE_HZ, timeNs, pcm } as const;
    records.push({ type: "sample", timeNs, sample });
  }
  const vocabularyJson = vocabularyToJson(buildVocabulary(robot));
  const { source: robotFile, sceneSource: sceneFile } = robot;
  await recordSession(path, records, { robotFile, sceneFile, vocabularyJson });
};

it("commands of sessions are heard again as often as curation says that they count", async () => {
  const folder = await testFolder();
  const said = { nod: 0.5, wave: 1, rest: 2 };
  for (const act of Object.keys(said))
    await sayCommand(join(folder, `${act}.mcap`), act, act === "nod" ? 0.8 : 1);
  await sayCommand(join(folder, "shorter.mcap"), "shake", 0.9); // held out, neither the longest nor the shortest
  const curation = await Curation.open(folder);
  await curation.weigh(
    Object.entries(said).map(([act, weight]) => ({ session: `${act}.mcap`, episode: 0, weight })),
  );
  const { rows, builder } = answeredRows();
  await hearLessons({ folder, builder, seed: 1, hearings: 40 });
  const answers = rows.slice(4, -1).flatMap((row) => row.answers); // after the sessions, before what is held out
  const count = (act: string): number => answers.filter((one) => one === act).length;
  // One that is said twice running is answered once, as it still plays.
  expect(count("wave")).toBeGreaterThan(25);
  expect(count("wave")).toBeLessThanOrEqual(40);
  expect(count("nod")).toBeGreaterThan(10);
  expect(count("nod")).toBeLessThan(30);
  expect(count("rest")).toBeGreaterThan(1.2 * count("wave"));
});

it("recordings that can't be had are told before any session was read", async () => {
  const folder = await testFolder();
  for (const name of ["a", "b"])
    await makeSession(join(folder, `${name}.mcap`), [{ task: "nod", durationMs: 400 }]);
  const { rows, builder } = answeredRows();
  const voices = (): never => {
    throw new UsageError("--audio voces: no such folder");
  };
  const learning = hearLessons({ folder, builder, seed: 1, hearings: 1, voices });
  await expect(learning).rejects.toThrow("no such folder");
  expect(rows).toEqual([]);
});

describe("recordings that are heard again", () => {
  const acts = spokenActs(robot).map(([act]) => act);
  const ACTS = acts.length;
  const TAKES = 10;
  const HEARINGS = 3;

  /** Acts recorded in turn, each recording followed by a second of nothing; what is answered in each row. */
  const heardInTurn = async (shareHeard?: number) => {
    const folder = await testFolder();
    for (const name of ["a", "b"])
      await makeSession(join(folder, `${name}.mcap`), [{ task: "nod", durationMs: 400 }]);
    const labels = new Map<string, Label>();
    for (let i = 0; i < TAKES * ACTS; i++) {
      const file = join(folder, `${i}.wav`);
      const pcm = Float32Array.from({ length: 1.2 * RATE_HZ }, (_, at) =>
        at < 0.2 * RATE_HZ ? Math.sin(at / (3 + (i % ACTS))) / 2 : 0,
      );
      await writeFile(file, wavBytes(pcm, RATE_HZ));
      labels.set(file, { act: acts[i % ACTS]! });
    }
    const voices = () => ({ files: [...labels.keys()], labels });
    const { rows, builder } = answeredRows();
    const options = { folder, builder, seed: 1, hearings: HEARINGS, voices };
    const lessons = await hearLessons({ ...options, ...(shareHeard && { shareHeard }) });
    const heard = rows.slice(2); // after both sessions
    const heldOutRows = Math.ceil(ACTS / 6);
    return { lessons, train: heard.slice(0, -heldOutRows), heldOut: heard.slice(-heldOutRows) };
  };

  it("are each heard as often as asked, and of each act one in ten is held out, also of acts in turn", async () => {
    const { train, heldOut } = await heardInTurn();
    const count = (rows: typeof train): Record<string, number> => {
      const counts: Record<string, number> = {};
      for (const act of rows.flatMap(({ answers }) => answers))
        counts[act] = (counts[act] ?? 0) + 1;
      return counts;
    };
    expect(count(heldOut)).toEqual(Object.fromEntries(acts.map((act) => [act, 1])));
    // An act that still plays is not begun again, so that one said twice running is answered once.
    const times = HEARINGS * (TAKES - 1);
    for (const act of acts) expect(count(train)[act]).toBeGreaterThan(0.7 * times);
    for (const act of acts) expect(count(train)[act]).toBeLessThanOrEqual(times);
  });

  it("end with the word, not with the recording: nobody waits a second for an answer", async () => {
    const { train } = await heardInTurn();
    const perCommandMs = train.map(({ lastNs }) => lastNs / 1e6 / 6);
    // 350 ms of word and 1,300 ms of pause at the most, drawn closer or further apart by a quarter.
    for (const ms of perCommandMs) expect(ms).toBeLessThan(350 * 1.3 + 1300 + 900 / 6);
  });

  it.each([
    ["half", undefined, 0.5],
    ["four fifths", 0.8, 0.8],
  ])("are %s of what is learned, however little the sessions are", async (_what, asked, wanted) => {
    const { train, heldOut } = (await heardInTurn(asked)).lessons;
    const heard = train.at(-1)!;
    const marked = { ...heard, weights: new Float32Array(heard.weights.length).fill(9) };
    const { share: __, ...session } = heldOut.at(-1)!; // a tenth as long
    const { slots } = actionSpelling(robot, buildVocabulary(robot)).chords;
    const batches = new Batches([session, marked], 400, 8, { slots, sinks: 0 });
    const { weights } = batches.drawn(new Random(1)).next().value;
    const share = weights.filter((weight) => weight === 9).length / weights.length;
    expect(share).toBeGreaterThan(wanted - 0.05);
    expect(share).toBeLessThan(wanted + 0.05);
  });
});
