import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ActionIds } from "../../../src/tokens/action-ids.ts";
import { JsonCalls } from "../../../src/tokens/json-calls.ts";
import { PhraseWriter } from "../../../src/tokens/phrases.ts";
import { buildVocabulary, END } from "../../../src/tokens/vocabulary.ts";
import { robotWith } from "../../unit/tokens/robot-fixture.ts";

describe.each(["dct", "bins"])("JSON calls of a robot with %s motion", (codec) => {
  const robot = robotWith({ motion: { codec } });
  const vocabulary = buildVocabulary(robot);
  const ids = new ActionIds(robot, vocabulary);
  const calls = new JsonCalls(robot, vocabulary);

  const act = fc.record({ act: fc.constantFrom(...ids.acts), pace: fc.constantFrom(...ids.paces) });
  const motion = fc.constantFrom(...ids.limbs).chain(({ limb, maxTokens }) =>
    fc.record({
      limb: fc.constant(limb),
      levels: fc.array(fc.nat(ids.motion.size - 1), { minLength: 1, maxLength: maxTokens }),
    }),
  );

  test("every answer comes back from its text as it was", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(act, motion), { maxLength: 4 }), (phrases) => {
        const writer = new PhraseWriter(robot, vocabulary);
        for (const phrase of phrases)
          if ("act" in phrase) writer.act(phrase.act, phrase.pace);
          else writer.motion(phrase.limb, Int32Array.from(phrase.levels), phrase.levels.length);
        const answer = writer.end();
        const spelled = calls.spell(answer);
        expect(spelled.at(-1)).toBe(END);
        for (const id of spelled.subarray(0, -1))
          expect(id).toBeGreaterThanOrEqual(calls.firstByte);
        const lines = calls.textOf(spelled).split("\n").filter(Boolean);
        const back = lines.flatMap((line) => calls.idsOf(JSON.parse(line)) ?? []);
        expect([...back, END]).toEqual([...answer]);
      }),
    );
  });

  test("whatever is no call of the robot is refused", () => {
    const [limb] = ids.limbs;
    const move = (given: object) => ({ name: "move", arguments: given });
    for (const call of [
      undefined,
      [],
      "wave",
      { name: "fly", arguments: { pace: "normal" } },
      { name: "wave", arguments: { pace: "never" } },
      { name: "wave", arguments: "normal" },
      move({ limb: limb!.limb }),
      move({ limb: limb!.limb, chunk: [] }),
      move({ limb: limb!.limb, chunk: [0.5] }),
      move({ limb: limb!.limb, chunk: [1000] }),
      move({ limb: limb!.limb, chunk: ["a"] }),
      move({ limb: limb!.limb, chunk: Array(limb!.maxTokens + 1).fill(0) }),
      move({ limb: "tail", chunk: [0] }),
    ])
      expect(calls.idsOf(call)).toBeUndefined();
    fc.assert(fc.property(fc.anything(), (call) => calls.idsOf(call) === undefined));
  });

  test("keys that nobody knows don't matter, and a pace that is missing is left to the robot", () => {
    const wave = calls.idsOf({ name: "wave", id: 7, arguments: { pace: "slow", why: "asked" } });
    expect(wave).toEqual([ids.act.start, ids.pace.start]);
    expect(calls.idsOf({ name: "wave" })).toEqual([ids.act.start]);
  });
});
