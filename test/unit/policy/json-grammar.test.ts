import { describe, expect, it } from "vitest";
import { Random } from "../../../src/core/random.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { readCalls } from "../../../src/policy/json-call.ts";
import { JsonGrammar } from "../../../src/policy/json-grammar.ts";
import { ActionGrammar, countMalformed } from "../../../src/tokens/grammar.ts";
import { JsonCalls } from "../../../src/tokens/json-calls.ts";
import { buildVocabulary, END } from "../../../src/tokens/vocabulary.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const calls = new JsonCalls(robot, vocabulary);

/** Where the grammar stops a text: its length where it may end there, too. */
const accepted = (text: string): number => {
  const grammar = new JsonGrammar(calls);
  const bytes = [...Buffer.from(text)].map((byte) => calls.firstByte + byte);
  const stopped = bytes.findIndex((id) => !grammar.accept(id));
  if (stopped >= 0) return stopped;
  return grammar.allowed(END) ? text.length : text.length - 1;
};

describe("the grammar of JSON calls", () => {
  it.each([
    "",
    '{"name":"wave","arguments":{"pace":"calm"}}',
    '{"name":"move","arguments":{"limb":"head","chunk":[12,-127,0,127,1,-1,0,5]}}',
    '{"name":"nod","arguments":{"pace":"urgent"}}\n{"name":"move","arguments":{"limb":"left_arm","chunk":[0]}}',
  ])("accepts %j", (text) => {
    expect(accepted(text)).toBe(text.length);
  });

  it.each([
    ["an act that the robot does not have", '{"name":"fly', 9],
    ["a pace that it does not have", '{"name":"wave","arguments":{"pace":"fast', 36],
    [
      "an empty chunk",
      '{"name":"move","arguments":{"limb":"head","chunk":[]',
      '{"name":"move","arguments":{"limb":"head","chunk":['.length,
    ],
    ["a number beyond the levels", '{"name":"move","arguments":{"limb":"head","chunk":[128', 53],
    [
      "a chunk that is too long",
      `{"name":"move","arguments":{"limb":"head","chunk":[${"0,".repeat(8)}`,
      66,
    ],
    ["a call cut off", '{"name":"wave"', 13],
    ["a line without a call", '{"name":"wave","arguments":{"pace":"calm"}}\n', 43],
  ])("refuses %s", (_what, text, at) => {
    expect(accepted(text)).toBe(at);
  });

  it("lets nothing be said that is not a legal action, and knows what must come next", () => {
    const grammar = new JsonGrammar(calls);
    const actions = new ActionGrammar(robot, vocabulary);
    const mask = new Uint8Array(calls.size);
    const random = new Random(1);
    for (let answer = 0; answer < 60; answer++) {
      const said: number[] = [];
      grammar.reset();
      while (said.at(-1) !== END) {
        grammar.mask(mask);
        const choices = [...mask.keys()].filter((id) => mask[id] === 1);
        const id = choices[random.index(choices.length)]!;
        expect(grammar.only()).toBe(choices.length === 1 ? id : undefined);
        expect(grammar.accept(id)).toBe(true);
        said.push(id);
      }
      const understood = readCalls(calls.textOf(said)).map((call) => calls.idsOf(call));
      expect(understood).not.toContain(undefined);
      expect(countMalformed(actions, [...understood.flat(), END] as number[])).toBe(0);
    }
  });
});
