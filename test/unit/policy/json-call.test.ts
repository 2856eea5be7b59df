import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCalls } from "../../../src/policy/json-call.ts";

const nod = { name: "nod", arguments: { pace: "calm" } };
const move = { name: "move", arguments: { limb: "head", chunk: [1, -2, 3] } };

describe("the tolerant reader of calls", () => {
  it.each([
    ["as JSON writes it", JSON.stringify(nod)],
    ["spread with spaces", ' { "name" : "nod" , "arguments" : { "pace" : "calm" } } '],
    ["without its closing braces", '{"name":"nod","arguments":{"pace":"calm"'],
    ["without its closing quote", '{"name":"nod","arguments":{"pace":"calm'],
    ["with commas too many", '{"name":"nod",,"arguments":{"pace":"calm",},}'],
    ["with commas too few", '{"name":"nod" "arguments":{"pace":"calm"}}'],
    ["in single quotes", "{'name':'nod','arguments':{'pace':'calm'}}"],
    ["without quotes", "{name:nod,arguments:{pace:calm}}"],
    ["in a list", '[{"name":"nod","arguments":{"pace":"calm"}}]'],
  ])("reads a call %s", (_how, text) => {
    expect(readCalls(text)).toEqual([nod]);
  });

  it("reads several calls, a line each or all in one", () => {
    const texts = [nod, move].map((call) => JSON.stringify(call));
    expect(readCalls(texts.join("\n"))).toEqual([nod, move]);
    expect(readCalls(texts.join(""))).toEqual([nod, move]);
    expect(readCalls(`[${texts.join()}]`)).toEqual([nod, move]);
    expect(readCalls("")).toEqual([]);
  });

  it("reads what a line holds although the line before it can't be read", () => {
    expect(readCalls(`}{\n${JSON.stringify(nod)}`)).toEqual([undefined, nod]);
  });

  it.each(["}", '{"name" "nod"}', '{"name":}', "{:}", "#", "{[1]:2}"])("gives up on %s", (text) => {
    expect(readCalls(text)).toEqual([undefined]);
  });

  it("reads plain JSON as JSON does, and any text whatever without a complaint", () => {
    const word = fc.stringMatching(/^[a-z][a-z_ ]*$/);
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.integer(),
        fc.boolean(),
        word,
        fc.array(tie("value")),
        fc.dictionary(word, tie("value")),
      ),
    }));
    const calls = fc.property(fc.dictionary(word, value), (call) => {
      expect(readCalls(JSON.stringify(call))).toEqual([{ ...call }]);
    });
    fc.assert(calls);
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(readCalls(text))));
  });
});
