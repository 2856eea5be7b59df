import { afterAll, describe, expect, it } from "vitest";
import type { TokenFrame } from "../../../src/core/ports.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import type { TokenReader } from "../../../src/policy/decoder.ts";
import { SurpriseMeter } from "../../../src/policy/surprise.ts";
import { TokenEngine } from "../../../src/policy/token-engine.ts";
import { TokenPolicy } from "../../../src/policy/token-policy.ts";
import { ActionGrammar } from "../../../src/tokens/grammar.ts";
import { actionSpelling } from "../../../src/tokens/spelling.ts";
import { buildVocabulary, END, rangeNamed } from "../../../src/tokens/vocabulary.ts";
import { writePolicy } from "./policy-fixture.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const { answers } = actionSpelling(robot, vocabulary);
const engine = await TokenEngine.open({ folder: writePolicy(robot), robot, vocabulary });
afterAll(() => engine.close());

const markers = rangeNamed(vocabulary, "marker");
const act = rangeNamed(vocabulary, "act").start;
const heard = (tick: number): TokenFrame[] => [
  { sensor: "eye", timeNs: tick, ids: Int32Array.of(markers.start, markers.start + 40 + tick) },
];
const tell = async (meter: SurpriseMeter, tick: number, ...ids: number[]): Promise<void> => {
  for (const frame of heard(tick)) await meter.add({ type: "tokens_in", ...frame });
  await meter.add({ type: "tokens_out", timeNs: tick, ids: Int32Array.from(ids) });
};

/** A meter of a model that always thinks the same. */
const meterOf = (logitOf: (id: number) => number): SurpriseMeter => {
  const logits = Float32Array.from(answers, logitOf);
  const reader: TokenReader = { read: async () => logits, reset: () => {} };
  return new SurpriseMeter(Object.create(engine, { stream: { value: () => reader } }));
};

/** What may be said after an answer's beginning. */
const choices = (...said: number[]): number => {
  const grammar = new ActionGrammar(robot, vocabulary);
  for (const id of said) expect(grammar.accept(id)).toBe(true);
  return answers.filter((id) => grammar.allowed(id)).length;
};

describe("the surprise of a recorded answer", () => {
  it("is the logarithm of the choices where the model has no idea, whatever it thinks of the rest", async () => {
    const grammar = new ActionGrammar(robot, vocabulary);
    const first = new Set(answers.filter((id) => grammar.allowed(id)));
    for (const rest of [0, 20]) {
      const meter = meterOf((id) => (first.has(id) ? 0 : rest));
      await tell(meter, 0, END);
      expect(meter.take()).toBeCloseTo(Math.log(choices()), 5);
    }
    const meter = meterOf(() => 3);
    await tell(meter, 0, act, END);
    expect(meter.take()).toBeCloseTo((Math.log(choices()) + Math.log(choices(act))) / 2, 5);
  });

  it("is near nothing where the model is sure of it, and as large as it is sure of something else", async () => {
    const sure = () => meterOf((id) => (id === END ? 30 : 0));
    const right = sure();
    await tell(right, 0, END);
    expect(right.take()).toBeCloseTo(0, 5);
    const wrong = sure();
    await tell(wrong, 0, act, END);
    expect(wrong.take()).toBeCloseTo(30 / 2, 5); // the act costs 30, the end nothing
  });

  it("is the mean since it was last taken, and of nothing not a number", async () => {
    const meter = meterOf((id) => (id === END ? 30 : 0));
    await tell(meter, 0, act, END);
    meter.take();
    expect(meter.take()).toBeNaN();
    await tell(meter, 1, END);
    expect(meter.take()).toBeCloseTo(0, 5);
    await meter.add({ type: "tokens_out", timeNs: 2, ids: Int32Array.of(END) }); // nothing was asked
    expect(meter.take()).toBeNaN();
  });

  it("is less of what the policy itself says, in its own stream, than of a guess", async () => {
    await using policy = await TokenPolicy.open({ folder: writePolicy(robot), robot, vocabulary });
    const meter = new SurpriseMeter(engine);
    const step = { signal: new AbortController().signal, deadlineNs: Infinity };
    for (let tick = 0; tick < 8; tick++) {
      const said = await policy.step({ timeNs: tick, frames: heard(tick) }, step);
      await tell(meter, tick, ...said);
      const guesses = Array.from(said, (_, i) => Math.log(choices(...said.subarray(0, i))));
      const guess = guesses.reduce((sum, nats) => sum + nats, 0) / guesses.length;
      const nats = meter.take();
      expect(nats).toBeGreaterThan(0);
      expect(nats).toBeLessThan(guess);
    }
  });

  it("is refused by a model that says no tokens", async () => {
    const folder = writePolicy(robot, undefined, { kind: "json" });
    await using json = await TokenEngine.open({ folder, robot, vocabulary });
    expect(() => new SurpriseMeter(json)).toThrow(/is of kind json/);
  });
});
