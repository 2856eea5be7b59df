import { describe, expect, it } from "vitest";
import { Hearing, hearAgain, type SpokenCommand } from "../../../src/cli/hear-again.ts";
import { openVoices } from "../../../src/cli/speech.ts";
import { Random } from "../../../src/core/random.ts";
import type { SessionRecord } from "../../../src/core/records.ts";
import { microphoneOf } from "../../../src/core/robot.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { recordVoice } from "../../../src/sensors/heard-voice.ts";
import { readWavSound } from "../../../src/sensors/wav-sound.ts";
import { PhraseReader } from "../../../src/tokens/phrases.ts";
import { buildVocabulary, END } from "../../../src/tokens/vocabulary.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const reader = new PhraseReader(robot, vocabulary);
const microphone = microphoneOf(robot)!;
const { rateHz, codec } = microphone;

const { files, labels } = openVoices(robot);
const acts = ["nod", "wave", "rest"];
const commands: SpokenCommand[] = [];
for (const file of files.slice(0, 5)) {
  const pcm = await readWavSound(file, rateHz);
  commands.push({ ...labels.get(file)!, voice: recordVoice(pcm, rateHz, codec.bands) });
}

const heard = async (seed: number): Promise<SessionRecord[]> => {
  const records: SessionRecord[] = [];
  for await (const record of hearAgain(robot, vocabulary, commands, new Random(seed)))
    records.push(record);
  return records;
};
type Told = [act: string, pace: string];
const actsIn = (ids: Int32Array): Told[] =>
  reader
    .read(ids)
    .phrases.flatMap((phrase) => (phrase.kind === "act" ? [[phrase.act, phrase.pace]] : []));

/** What is learned as the answer, of what is answered late once. */
const answersIn = (records: readonly SessionRecord[]): Told[] => {
  const told: Told[] = [];
  let isLate = false;
  for (const record of records) {
    if (record.type !== "advice" && record.type !== "tokens_out") continue;
    const acts = actsIn(record.ids);
    if (!isLate) told.push(...acts);
    if (acts.length > 0) isLate = record.type === "advice";
  }
  return told;
};

describe("commands that are heard again", () => {
  it("are each answered once, in their order and at their pace, and sound different every time", async () => {
    const said = commands.map(({ act, pace = "normal" }) => [act, pace]);
    const [once, twice] = [await heard(1), await heard(2)];
    expect(answersIn(once)).toEqual(said);
    expect(answersIn(twice)).toEqual(said);
    expect(twice).not.toEqual(once);
    expect(await heard(1)).toEqual(once);
  });

  it("hold nothing but sound, answers and what they began, and an answer only where sound was told", async () => {
    const kinds = (await heard(3))
      .filter(({ type }) => type !== "advice")
      .map((record) => (record.type === "tokens_in" ? record.sensor : String(record.type)));
    expect(new Set(kinds)).toEqual(new Set([microphone.name, "tokens_out", "self"]));
    const before = kinds.flatMap((kind, i) => (kind === "tokens_out" ? [kinds[i - 1]!] : []));
    const found = new Set(before.filter((kind) => kind !== "self"));
    expect(found).toEqual(new Set([microphone.name]));
  });

  it("are in part answered late, while the answer that is due is advised", async () => {
    const looks = { said: 0, advised: 0 };
    for (let seed = 10; seed < 30; seed++) {
      const records = (await heard(seed)).filter(({ type }) => type !== "tokens_in");
      for (const [i, record] of records.entries()) {
        if (record.type === "tokens_out" && actsIn(record.ids).length > 0) looks.said++;
        if (record.type !== "advice") continue;
        looks.advised++;
        expect(actsIn(record.ids)).toHaveLength(1);
        expect(records[i + 1]).toMatchObject({ type: "tokens_out", ids: Int32Array.of(END) });
      }
    }
    expect(looks.said).toBeGreaterThan(0.8 * 20 * commands.length);
    expect(looks.advised).toBeGreaterThan(0.5 * looks.said);
  });

  it("are heard among what other senses told, and answered as without", async () => {
    const frame = (ms: number) => ({ sensor: "eye", timeNs: ms * 1e6, ids: Int32Array.of(ms) });
    const scene = [frame(10), frame(35), frame(700), frame(3_600_000)];
    const records: SessionRecord[] = [];
    for await (const record of hearAgain(robot, vocabulary, commands, new Random(1), scene))
      records.push(record);
    const alone = await heard(1);
    const of = (sensor: string) =>
      records.flatMap((record) =>
        record.type === "tokens_in" && record.sensor === sensor ? [[...record.ids]] : [],
      );
    expect(of("eye")).toEqual([[10], [35], [700]]);
    expect(of(microphone.name).length).toBeGreaterThan(20);
    expect(answersIn(records)).toEqual(answersIn(alone));
  });

  it("lend their surroundings to others where nothing but them was answered", () => {
    const session = (answers: number): Hearing => {
      const hearing = new Hearing();
      const pcm = new Float32Array(rateHz / 50);
      const sample = { kind: "audio", sensor: microphone.name, rateHz, timeNs: 5e9, pcm } as const;
      hearing.add({ type: "sample", timeNs: 5e9, sample });
      hearing.add({ type: "cue", timeNs: 0, cue: { act: "nod", startNs: 5e9, endNs: 5.01e9 } });
      for (const sensor of ["eye", microphone.name, "self"])
        hearing.add({ type: "tokens_in", timeNs: 5.1e9, sensor, ids: Int32Array.of(7) });
      hearing.add({ type: "tokens_out", timeNs: 5.1e9, ids: Int32Array.of(END) });
      for (let k = 0; k < answers; k++)
        hearing.add({ type: "tokens_out", timeNs: 5.2e9, ids: Int32Array.of(99, END) });
      return hearing;
    };
    const eye = { sensor: "eye", timeNs: 0.1e9, ids: Int32Array.of(7) };
    expect(session(1).surroundings).toEqual([eye]);
    expect(session(2).surroundings).toBeUndefined();
    expect(new Hearing().surroundings).toBeUndefined();
  });

  it("are cut from what a session's microphone heard while they were said", () => {
    const hearing = new Hearing();
    expect(hearing.commands(microphone)).toEqual([]);
    const beganNs = 5e9;
    const pcm = Float32Array.from({ length: rateHz }, (_, i) => 0.3 * Math.sin(i * (1 + i / 1e5)));
    const label = { act: "nod", pace: "calm", speaker: "me" };
    const cue = { ...label, startNs: beganNs + 0.25e9, endNs: beganNs + 0.75e9 };
    hearing.add({ type: "cue", timeNs: 0, cue });
    const length = rateHz / 50;
    for (let at = 0; at < pcm.length; at += length) {
      const timeNs = beganNs + (at / rateHz) * 1e9;
      const block = pcm.subarray(at, at + length);
      const sample = { kind: "audio", sensor: "microphone", rateHz, timeNs, pcm: block } as const;
      hearing.add({ type: "sample", timeNs, sample });
    }
    const voice = recordVoice(pcm.subarray(rateHz / 4, (3 * rateHz) / 4), rateHz, codec.bands);
    expect(hearing.commands(microphone)).toEqual([{ ...label, voice }]);
  });

  it("count what was said when they ended, and are left out where that is nothing", () => {
    const hearing = new Hearing();
    const length = rateHz / 50;
    for (let part = 0; part < 3; part++) {
      const [timeNs, endNs] = [part * 0.02e9, (part + 1) * 0.02e9];
      hearing.add({ type: "cue", timeNs: 0, cue: { act: acts[part]!, startNs: timeNs, endNs } });
      const pcm = Float32Array.from({ length }, (_, i) => 0.3 * Math.sin(i * 0.1));
      const sample = { kind: "audio", sensor: "microphone", rateHz, timeNs, pcm } as const;
      hearing.add({ type: "sample", timeNs, sample });
    }
    hearing.weigh((timeNs) => Math.round(timeNs / 0.02e9) - 1);
    const found = hearing.commands(microphone).map(({ act, often }) => [act, often]);
    expect(found).toEqual([
      [acts[1], 1],
      [acts[2], 2],
    ]);
  });

  it("are found in sound whose stamps lie closer than its blocks are long", () => {
    const hearing = new Hearing();
    const pcm = Float32Array.from({ length: rateHz / 50 }, (_, i) => 0.3 * Math.sin(i * 0.1));
    const add = (timeNs: number) =>
      hearing.add({
        type: "sample",
        timeNs,
        sample: { kind: "audio", sensor: "microphone", rateHz, timeNs, pcm },
      });
    add(0);
    for (let k = 0; k < 100; k++) add(1e9 + k * 0.02e9);
    for (let k = 0; k < 50; k++) add(2.5e9 + k * 0.02e9);
    hearing.add({ type: "cue", timeNs: 0, cue: { act: "nod", startNs: 1.2e9, endNs: 1.4e9 } });
    expect(hearing.commands(microphone)).toHaveLength(1);
  });

  it("are cut where they were said also behind sound that is missing, as in merged recordings", () => {
    const hearing = new Hearing();
    const word = Float32Array.from({ length: rateHz / 2 }, (_, i) => 0.3 * Math.sin(i * 0.1));
    const length = rateHz / 50;
    for (let part = 0; part < 5; part++) {
      const beganNs = part * 0.63e9; // half a second is heard of each, and 130 ms are not
      hearing.add({
        type: "cue",
        timeNs: 0,
        cue: { act: "nod", startNs: beganNs, endNs: beganNs + 0.5e9 },
      });
      for (let at = 0; at < word.length; at += length) {
        const timeNs = beganNs + (at / rateHz) * 1e9;
        const block = word.subarray(at, at + length);
        const sample = { kind: "audio", sensor: "microphone", rateHz, timeNs, pcm: block } as const;
        hearing.add({ type: "sample", timeNs, sample });
      }
    }
    const voice = recordVoice(word, rateHz, codec.bands);
    expect(hearing.commands(microphone)).toEqual(Array(5).fill({ act: "nod", voice }));
  });
});
