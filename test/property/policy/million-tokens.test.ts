import { describe, expect, it } from "vitest";
import { Random } from "../../../src/core/random.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { Sampler } from "../../../src/policy/sampler.ts";
import { TokenPolicy } from "../../../src/policy/token-policy.ts";
import { ActionGrammar, countMalformed } from "../../../src/tokens/grammar.ts";
import { PhraseReader } from "../../../src/tokens/phrases.ts";
import { buildVocabulary, END, rangeNamed } from "../../../src/tokens/vocabulary.ts";
import { writePolicy } from "../../unit/policy/policy-fixture.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const everyId = Int32Array.from({ length: vocabulary.size }, (_, id) => id);
const markers = rangeNamed(vocabulary, "marker");
const reader = new PhraseReader(robot, vocabulary);
const judge = new ActionGrammar(robot, vocabulary);

/** By the grammar, and by the interpreter's own reader, which knows nothing of it. */
const malformedIn = (ids: Int32Array): number =>
  countMalformed(judge, ids) + reader.read(ids).ignored;

describe("action tokens sampled at temperature 2", () => {
  it("are never malformed: a million from random logits", { timeout: 180_000 }, () => {
    const random = new Random(1);
    // Windows of one long noise: fresh logits for a million tokens would be five billion draws.
    const noise = Float32Array.from({ length: 8 * vocabulary.size }, () => random.normal(8));
    const grammar = new ActionGrammar(robot, vocabulary);
    const sampler = new Sampler(grammar, everyId, 2, random);
    let [tokens, malformed, answers] = [0, 0, 0];
    const seen = new Set<number>();
    while (tokens < 1_000_000) {
      grammar.reset();
      const said: number[] = [];
      do {
        const from = random.index(noise.length - vocabulary.size);
        said.push(sampler.next(noise.subarray(from, from + vocabulary.size)));
      } while (said.at(-1) !== END);
      for (const id of said) seen.add(id);
      tokens += said.length;
      malformed += malformedIn(Int32Array.from(said));
      answers++;
    }
    expect(malformed).toBe(0);
    expect(answers).toBeGreaterThan(1000);
    const acting = vocabulary.ranges.filter(({ name }) => ["act", "pace", "motion"].includes(name));
    for (const { start, size } of acting)
      for (let id = start; id < start + size; id++) expect(seen).toContain(id);
  });

  it("are never malformed: ten thousand from a model", { timeout: 120_000 }, async () => {
    await using policy = await TokenPolicy.open({
      folder: writePolicy(robot),
      robot,
      vocabulary,
      temperature: 2,
      seed: 1,
    });
    const random = new Random(2);
    const { signal } = new AbortController();
    let [tokens, malformed] = [0, 0];
    for (let tick = 0; tokens < 10_000; tick++) {
      const ids = Int32Array.from({ length: 14 }, (_, i) =>
        i === 0 ? markers.start + random.index(markers.size) : random.index(vocabulary.size),
      );
      const frames = [{ sensor: "eye", timeNs: tick, ids }];
      const said = await policy.step({ timeNs: tick, frames }, { signal, deadlineNs: Infinity });
      tokens += said.length;
      malformed += malformedIn(said);
    }
    expect(malformed).toBe(0);
  });
});
