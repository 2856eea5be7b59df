// What tokens were used for, over sessions whose numbers can be counted by hand.
import { describe, expect, it } from "vitest";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { fluxOverTime } from "../../../src/evaluation/flux-over-time.ts";
import { type SessionUse, tokenUse } from "../../../src/evaluation/token-use.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";

const vocabulary = buildVocabulary(loadRobot("duo"));
const otherVocabulary = buildVocabulary(loadRobot("arm"));

const flow = (bySource: Record<string, number>, byId: [number, number][] = []) => ({
  tokens: Object.values(bySource).reduce((a, b) => a + b, 0),
  bySource,
  byId: new Map(byId),
});

const session = (facts: Partial<SessionUse> = {}): SessionUse => ({
  durationS: 10,
  vocabulary,
  in: flow({ eye: 60, heat: 40 }),
  out: flow({ act: 20 }),
  episodes: [
    { task: "obey", outcome: "success", tokensIn: 50, tokensOut: 10, instructionTokens: 4 },
    { task: "obey", outcome: "failure", tokensIn: 40, tokensOut: 10, instructionTokens: 6 },
  ],
  busyMs: 200,
  servoJoules: 3,
  ...facts,
});

describe("tokenUse", () => {
  it("adds up sessions, and divides what went in by what came out", () => {
    const use = tokenUse([session(), session({ in: flow({ eye: 100 }), durationS: 30 })], 15);
    expect(use).toMatchObject({
      sessions: 2,
      durationS: 40,
      tokens: { in: 200, out: 40 },
      ratio: 5,
    });
    expect(use.flux.in).toEqual({ eye: { tokens: 160, perS: 4 }, heat: { tokens: 40, perS: 1 } });
    expect(use.distribution.inPerS).toMatchObject({ min: 100 / 30, max: 10 });
  });

  it("lets a success pay for failed attempts, and for those that were done again", () => {
    const again = { task: "obey", outcome: "redo", tokensIn: 7, tokensOut: 3 } as const;
    const [one] = [session()];
    const use = tokenUse([session({ episodes: [...one!.episodes, again] })], 10);
    expect(use.judged).toMatchObject({ successes: 1, attempts: 3 });
    expect(use.perSuccess).toMatchObject({ tokens: 120, ms: 200, servoJoules: 3, cpuJoules: 2 });
    expect(use.perSuccess.joules).toBe(5);
    expect(use.modelEfficiency).toBe(1 / 23);
  });

  it("counts outcomes for each token of instruction, where every episode knows its own", () => {
    expect(tokenUse([session()], 15).speakerEfficiency).toBe(1 / 10);
    const silent = session({
      episodes: [{ task: "track", outcome: "success", tokensIn: 1, tokensOut: 1 }],
    });
    const both = tokenUse([session(), silent], 15);
    expect(both.speakerEfficiency).toBeNull();
    expect(both.byTask["obey"]!.speakerEfficiency).toBe(1 / 10);
  });

  it("calls unknown what a session with outcomes does not tell, and leaves out those without", () => {
    const { servoJoules: _, ...onABoard } = session();
    const { perSuccess } = tokenUse([session(), onABoard], 15);
    expect([perSuccess.servoJoules, perSuccess.joules]).toEqual([null, null]);
    expect(perSuccess.ms).toBe(200);
    const { servoJoules: __, ...unjudged } = session({
      episodes: [{ task: "obey", tokensIn: 1000, tokensOut: 1000 }],
    });
    const use = tokenUse([session(), unjudged], 15);
    expect(use.perSuccess).toMatchObject({ tokens: 110, servoJoules: 3 });
    expect(use.unjudged).toBe(1);
  });

  it("does not know what part of a session's work was for episodes that nobody judged", () => {
    const [judged] = session().episodes;
    const { outcome: _, ...unjudged } = judged!;
    const { perSuccess } = tokenUse([session({ episodes: [judged!, unjudged] })], 15);
    expect(perSuccess).toMatchObject({ tokens: 60, servoJoules: null, ms: null, cpuJoules: null });
  });

  it("does not know what part of a session's work was for one of its tasks", () => {
    const [obey] = session().episodes;
    const use = tokenUse([session({ episodes: [obey!, { ...obey!, task: "reach" }] })], 15);
    expect(use.byTask["reach"]!.perSuccess).toMatchObject({
      tokens: 60,
      servoJoules: null,
      ms: null,
    });
    expect(use.perSuccess.servoJoules).toBe(1.5);
  });

  it("has no cost of a success where there was none", () => {
    const failed = session({
      episodes: [{ task: "obey", outcome: "failure", tokensIn: 5, tokensOut: 0 }],
    });
    const use = tokenUse([failed], 15);
    expect(use.perSuccess).toMatchObject({ tokens: null, ms: null, joules: null });
    expect(use.modelEfficiency).toBeNull();
  });

  it("measures the use of the vocabulary: an even use of four ids is two bits", () => {
    const even = [3, 4, 5, 6].map((id): [number, number] => [id, 10]);
    const use = tokenUse([session({ in: flow({}, even), out: flow({}, [[3, 40]]) })], 15);
    expect(use.vocabulary.in).toMatchObject({ used: 4, entropy: 2, topShare: 0.25 });
    expect(use.vocabulary.out).toMatchObject({ used: 1, entropy: 0, topShare: 1 });
    expect(use.vocabulary).toMatchObject({ used: 4, topShare: 50 / 80, size: vocabulary.size });
    expect(use.vocabulary.topToken).toBe("<microphone>");
  });

  it("takes equal ids of two vocabularies for two tokens", () => {
    const ids = flow({}, [[3, 1]]);
    const other = session({ in: ids, vocabulary: otherVocabulary });
    const { used, size } = tokenUse([session({ in: ids }), other], 15).vocabulary;
    expect({ used, size }).toEqual({ used: 2, size: vocabulary.size + otherVocabulary.size });
  });

  it("makes nothing of nothing", () => {
    const use = tokenUse([], 15);
    expect(use).toMatchObject({ ratio: null, speakerEfficiency: null, unjudged: 0, byTask: {} });
    expect(use.vocabulary).toMatchObject({ used: 0, entropy: 0, topShare: 0, topToken: "" });
  });
});

describe("fluxOverTime", () => {
  const lasting = (durationS: number, eye: number[]) => ({
    durationS,
    in: { perSecond: { eye } },
    out: { perSecond: {} },
  });

  it("takes the mean of the sessions that still go on", () => {
    const over = fluxOverTime([lasting(2.5, [4, 4, 2]), lasting(1, [2])]);
    expect(over).toMatchObject({ binS: 1, sessions: [2, 1, 1], in: { eye: [3, 4, 2] }, out: {} });
  });

  it("widens the bins of long sessions, and loses no token by it", () => {
    const seconds = Array.from({ length: 3600 }, (_, s) => s % 7);
    const { binS, in: consumed } = fluxOverTime([lasting(3600, seconds)]);
    expect(binS).toBe(60);
    expect(consumed["eye"]).toHaveLength(60);
    const told = consumed["eye"]!.reduce((sum, perS) => sum + perS * binS, 0);
    expect(told).toBeCloseTo(
      seconds.reduce((a, b) => a + b, 0),
      6,
    );
  });
});
