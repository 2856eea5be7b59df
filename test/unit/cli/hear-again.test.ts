import { describe, expect, it } from "vitest";
import { Hearing, hearAgain, speak, type Spoken } from "../../../src/cli/hear-again.ts";
import { openVoices } from "../../../src/cli/speech.ts";
import { Random } from "../../../src/core/random.ts";
import type { SessionRecord } from "../../../src/core/records.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { PhraseReader } from "../../../src/tokens/phrases.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const reader = new PhraseReader(robot, vocabulary);
const voices = openVoices(robot);

const heard = async (spoken: Spoken, seed: number): Promise<SessionRecord[]> => {
  const records: SessionRecord[] = [];
  for await (const record of hearAgain(robot, vocabulary, spoken, new Random(seed)))
    records.push(record);
  return records;
};
const actsIn = (records: readonly SessionRecord[]): string[] =>
  records.flatMap((record) =>
    record.type === "tokens_out"
      ? reader
          .read(record.ids)
          .phrases.flatMap((phrase) => (phrase.kind === "act" ? phrase.act : []))
      : [],
  );

describe("commands that are heard again", () => {
  it("are each answered once, in their order, and sound different every time", async () => {
    const spoken = await speak(robot, voices, new Random(1));
    const said = spoken.cues.map(({ act }) => act);
    expect(said.length).toBeGreaterThan(3);
    const [once, twice] = [await heard(spoken, 1), await heard(spoken, 2)];
    expect(actsIn(once)).toEqual(said);
    expect(actsIn(twice)).toEqual(said);
    expect(twice).not.toEqual(once);
    expect(await heard(spoken, 1)).toEqual(once);
  });

  it("hold nothing but sound and answers, and an answer only where sound was told", async () => {
    const records = await heard(await speak(robot, voices, new Random(2)), 3);
    const kinds = records.map((record) =>
      record.type === "tokens_in" ? record.sensor : String(record.type),
    );
    expect(new Set(kinds)).toEqual(new Set(["microphone", "tokens_out"]));
    const before = kinds.flatMap((kind, i) => (kind === "tokens_out" ? [kinds[i - 1]] : []));
    expect(new Set(before)).toEqual(new Set(["microphone"]));
  });

  it("come from a session as they come from recordings, and from a session without any not at all", async () => {
    const { cues, pcm, rateHz, sensor } = await speak(robot, voices, new Random(1));
    const startNs = 5e9;
    const late = (ns: number): number => ns + startNs;
    const hearing = new Hearing();
    expect(hearing.spoken).toBeUndefined();
    for (const cue of cues) {
      const { startNs: from, endNs: to } = cue;
      const there = { ...cue, startNs: late(from), endNs: late(to) };
      hearing.add({ type: "cue", timeNs: 0, cue: there });
    }
    const length = rateHz / 50;
    for (let at = 0; at < pcm.length; at += length) {
      const timeNs = late((at / rateHz) * 1e9);
      const block = pcm.subarray(at, at + length);
      const sample = { kind: "audio", sensor, rateHz, timeNs, pcm: block } as const;
      hearing.add({ type: "sample", timeNs, sample });
    }
    expect(hearing.spoken).toEqual({ cues, pcm, rateHz, sensor });
  });
});
