// efference bench json: action tokens against JSON function calls, by the same model, learned from the
// same sessions, in the same episodes. What is sensed and who judges is the same, too.
import { rangeNamed } from "../../tokens/vocabulary.ts";
import { JsonPolicy, type JsonDecoding } from "../../policy/json-policy.ts";
import type { TokenEngine } from "../../policy/token-engine.ts";
import { TokenPolicy } from "../../policy/token-policy.ts";
import { type Interval, quantile, shareOf, wilson } from "../../evaluation/statistics.ts";
import type { Answer, Policy } from "../../core/ports.ts";
import { runEpisode } from "../episode.ts";
import { composeSpeech } from "../speech.ts";
import { type BenchContext, type BenchTable, median, rounded } from "./table.ts";
import { openEngine, type StepCost, TimedReader, watched } from "./watched-policy.ts";

/** What a contender did in all its episodes. */
class Tally {
  readonly actMs: number[] = [];
  readonly quietMs: number[] = [];
  tokens = 0;
  acts = 0;
  reads = 0;
  invalid = 0;
  attempts = 0;
  successes = 0;

  /** `tokens` were said, closing ones included; an empty answer is one that says only that. */
  step({ stepMs, reads }: StepCost, tokens: number, acts: number): void {
    if (tokens <= 1) return void this.quietMs.push(stepMs);
    this.tokens += tokens;
    this.reads += reads;
    this.acts += acts;
    if (acts > 0) this.actMs.push(stepMs / acts);
  }
}

interface Contender {
  readonly says: string;
  readonly temperature: number;
  readonly open: (seed: number, tally: Tally) => Policy;
}

const TEMPERATURES = [0, 1];
const DECODINGS: readonly JsonDecoding[] = ["free", "constrained", "jump-forward"];

/** Acts and motions in an answer: each begins with an act or a limb's marker. */
const phrasesIn = (engine: TokenEngine) => {
  const { start, size } = rangeNamed(engine.vocabulary, "act");
  const { start: first, size: markers } = rangeNamed(engine.vocabulary, "marker");
  const begins = (id: number): boolean =>
    (id >= start && id < start + size) || (id >= first && id < first + markers);
  return (said: Answer): number => Array.from(said, Number).filter(begins).length;
};

const tokenContender = (engine: TokenEngine, temperature: number): Contender => {
  const phrases = phrasesIn(engine);
  return {
    says: "action tokens",
    temperature,
    open: (seed, tally) => {
      const reader = new TimedReader(engine.stream());
      const policy = new TokenPolicy(engine, { reader, temperature, seed });
      return watched(policy, reader, (cost, said) => tally.step(cost, said.length, phrases(said)));
    },
  };
};

const jsonContender = (
  engine: TokenEngine,
  temperature: number,
  decoding: JsonDecoding,
): Contender => ({
  says: `JSON, ${decoding}`,
  temperature,
  open: (seed, tally) => {
    const reader = new TimedReader(engine.stream());
    const policy = new JsonPolicy(engine, { reader, temperature, seed, decoding });
    let before = { ...policy.counts };
    return watched(policy, reader, (cost) => {
      const { tokens, calls, invalid } = policy.counts;
      tally.step(cost, tokens - before.tokens, calls - before.calls);
      tally.invalid += invalid - before.invalid;
      before = { ...policy.counts };
    });
  },
});

export const bench = async (context: BenchContext): Promise<BenchTable[]> => {
  const { robot, episodes, seed: firstSeed } = context;
  await using tokens = await openEngine("--policy", context.policy, "token", robot);
  await using json = await openEngine("--json-policy", context.jsonPolicy, "json", robot);
  const voices = context.voices();
  const contenders = TEMPERATURES.flatMap((temperature) => [
    tokenContender(tokens, temperature),
    ...DECODINGS.map((decoding) => jsonContender(json, temperature, decoding)),
  ]);
  const tallies = contenders.map(() => new Tally());
  const said = new Set<string>();
  for (let seed = firstSeed; seed < firstSeed + episodes; seed++) {
    for (const file of composeSpeech(voices, seed).files) said.add(file);
    for (const [index, { open }] of contenders.entries()) {
      const tally = tallies[index]!;
      const openPolicy = async (): Promise<Policy> => open(seed, tally);
      const setting = { robot, voices, openPolicy };
      const result = await runEpisode(setting, { task: "obey", seed, policy: "" });
      tally.attempts += result.attempts.length;
      tally.successes += result.attempts.filter(({ success }) => success).length;
      tally.invalid += result.malformed;
    }
  }
  const parameters = ({ card }: TokenEngine): string => `${card.model["parameters"] ?? "?"}`;
  return [
    {
      title: "action tokens against JSON function calls",
      method: `task obey, ${episodes} episodes each, the same seeds from ${firstSeed} on, in turns; ${context.policy} (${parameters(tokens)} parameters) and ${context.jsonPolicy} (${parameters(json)}); an act's ms: from what was heard to the act complete; times: by the action tokens of that temperature`,
      rows: contenders.map(({ says, temperature }, index) => {
        const plain = contenders.findIndex((one) => one.temperature === temperature);
        return { says, temperature, ...figures(tallies[index]!, tallies[plain]!, said.size) };
      }),
    },
  ];
};

const percents = ([low, high]: Interval): Interval => [
  rounded(100 * low, 3),
  rounded(100 * high, 3),
];

/** `recordings`: of so many different ones the commands were; the interval of success is of no more. */
const figures = (tally: Tally, plain: Tally, recordings: number): BenchTable["rows"][number] => {
  const { acts, attempts, successes, invalid, actMs, quietMs } = tally;
  const spoken = (one: Tally): number | null => (one.acts > 0 ? one.tokens / one.acts : null);
  const middleMs = (one: Tally): number | null =>
    one.actMs.length > 0 ? quantile(one.actMs, 0.5) : null;
  const times = (own: number | null, by: number | null): number | null =>
    own === null || by === null ? null : rounded(own / by, 3);
  const figure = (value: number | null): number | null =>
    value === null || Number.isNaN(value) ? null : rounded(value, 3);
  const said = acts + invalid;
  return {
    tokensPerAct: figure(spoken(tally)),
    timesTokens: times(spoken(tally), spoken(plain)),
    modelRunsPerAct: figure(acts > 0 ? tally.reads / acts : null),
    msPerActP50: figure(middleMs(tally)),
    interval: actMs.length > 0 ? median(actMs).interval : null,
    p99: figure(quantile(actMs, 0.99)),
    nActs: acts,
    timesMs: times(middleMs(tally), middleMs(plain)),
    quietMsP50: figure(quantile(quietMs, 0.5)),
    invalidPercent: said > 0 ? rounded((100 * invalid) / said, 3) : null,
    invalidInterval: said > 0 ? percents(wilson(invalid, said)) : null,
    successPercent: attempts > 0 ? rounded((100 * successes) / attempts, 3) : null,
    successInterval: percents(shareOf(successes, attempts, recordings).wilson95),
    nAttempts: attempts,
  };
};
