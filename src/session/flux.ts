// The flux of tokens in a session: what the robot read and said, of which kind, and what came of
// it. Use is a measure, not a goal: fewer tokens are better only at equal success.
import { NS_PER_S } from "../core/clock.ts";
import type { SafetyReason, SessionRecord } from "../core/records.ts";
import { nameOfToken, type Vocabulary, vocabularyFromJson } from "../tokens/vocabulary.ts";
import type { SessionReader } from "./session-reader.ts";

interface TokenFlux {
  readonly tokens: number;
  readonly perS: number;
  /** By sensor for what was consumed, by vocabulary range for what was produced. */
  readonly bySource: Readonly<Record<string, { readonly tokens: number; readonly perS: number }>>;
  /** Different ids that occurred. */
  readonly idsUsed: number;
  /** Shannon entropy of the ids; log2 of the vocabulary's size would be an even use. */
  readonly entropyBits: number;
  readonly topToken: string;
  /** Share of the most frequent id, 0..1. */
  readonly topShare: number;
}

interface ActCount {
  started: number;
  ended: number;
  preempted: number;
}

interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export interface Flux {
  /** From the first to the last stamp. */
  readonly durationS: number;
  readonly vocabularySize: number;
  readonly consumed: TokenFlux;
  readonly produced: TokenFlux;
  /** Tokens consumed for each one produced. */
  readonly consumedPerProduced: number;
  readonly acts: Readonly<Record<string, Readonly<ActCount>>>;
  /** Servo frames: asked for by the interpreter, changed by the safety kernel, seen on the outputs. */
  readonly frames: { readonly asked: number; readonly limited: number; readonly applied: number };
  readonly safety: Readonly<Partial<Record<SafetyReason, number>>>;
  /** By meter, in its own unit. */
  readonly meters: Readonly<Record<string, Percentiles>>;
}

/** Reads the whole session; throws as its records do, and a VocabularyError for a bad vocabulary. */
export const flux = async (reader: SessionReader): Promise<Flux> => {
  const count = new FluxCount(vocabularyFromJson(reader.header.vocabularyJson));
  for await (const record of reader.records()) count.add(record);
  return count.result();
};

class FluxCount {
  readonly #vocabulary: Vocabulary;
  readonly #consumed = new TokenCount();
  readonly #produced = new TokenCount();
  readonly #rangeOfId: readonly string[];
  readonly #acts = new Map<string, ActCount>();
  readonly #frames = { asked: 0, limited: 0, applied: 0 };
  readonly #safety: Partial<Record<SafetyReason, number>> = {};
  readonly #meters = new Map<string, number[]>();
  #firstNs = Infinity;
  #lastNs = -Infinity;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
    this.#rangeOfId = vocabulary.ranges.flatMap(({ name, size }) => Array<string>(size).fill(name));
  }

  add(record: SessionRecord): void {
    this.#firstNs = Math.min(this.#firstNs, record.timeNs);
    this.#lastNs = Math.max(this.#lastNs, record.timeNs);
    switch (record.type) {
      case "tokens_in":
        for (const id of record.ids) this.#consumed.add(id, record.sensor);
        break;
      case "tokens_out":
        for (const id of record.ids) this.#produced.add(id, this.#rangeOfId[id] ?? "unknown");
        break;
      case "act":
        this.#actCount(record.name)[record.phase]++;
        break;
      case "action":
        if (!record.fresh) break;
        this.#frames.asked++;
        if (record.targetDeg.some((deg, i) => deg !== record.appliedDeg[i])) this.#frames.limited++;
        break;
      case "applied":
        this.#frames.applied++;
        break;
      case "safety":
        this.#safety[record.reason] = (this.#safety[record.reason] ?? 0) + 1;
        break;
      case "meter": {
        const values = this.#meters.get(record.name);
        if (values) values.push(record.value);
        else this.#meters.set(record.name, [record.value]);
        break;
      }
      case "advice": // never said
      case "motion_out": // no token
      case "sample":
      case "cue":
      case "state":
      case "order":
      case "episode":
      case "takeover":
        break;
    }
  }

  #actCount(name: string): ActCount {
    let count = this.#acts.get(name);
    if (!count) this.#acts.set(name, (count = { started: 0, ended: 0, preempted: 0 }));
    return count;
  }

  result(): Flux {
    const durationS = Math.max(0, this.#lastNs - this.#firstNs) / NS_PER_S;
    const consumed = this.#consumed.result(durationS, this.#vocabulary);
    const produced = this.#produced.result(durationS, this.#vocabulary);
    return {
      durationS,
      vocabularySize: this.#vocabulary.size,
      consumed,
      produced,
      consumedPerProduced: ratio(consumed.tokens, produced.tokens),
      acts: Object.fromEntries(this.#acts),
      frames: this.#frames,
      safety: this.#safety,
      meters: Object.fromEntries(
        [...this.#meters].map(([name, values]) => [name, percentiles(values)]),
      ),
    };
  }
}

class TokenCount {
  #tokens = 0;
  readonly #bySource = new Map<string, number>();
  readonly #byId = new Map<number, number>();

  add(id: number, source: string): void {
    this.#tokens++;
    this.#bySource.set(source, (this.#bySource.get(source) ?? 0) + 1);
    this.#byId.set(id, (this.#byId.get(id) ?? 0) + 1);
  }

  result(durationS: number, vocabulary: Vocabulary): TokenFlux {
    const perS = (tokens: number): number => ratio(tokens, durationS);
    let entropyBits = 0;
    let [topId, topCount] = [-1, 0];
    for (const [id, count] of this.#byId) {
      entropyBits -= (count / this.#tokens) * Math.log2(count / this.#tokens);
      if (count > topCount) [topId, topCount] = [id, count];
    }
    return {
      tokens: this.#tokens,
      perS: perS(this.#tokens),
      bySource: Object.fromEntries(
        [...this.#bySource].map(([source, tokens]) => [source, { tokens, perS: perS(tokens) }]),
      ),
      idsUsed: this.#byId.size,
      entropyBits,
      topToken: topCount > 0 ? nameOfToken(vocabulary, topId) : "",
      topShare: ratio(topCount, this.#tokens),
    };
  }
}

/** 0 where there is nothing to divide by. */
const ratio = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

/** Nearest-rank percentiles; sorts `values`. */
const percentiles = (values: number[]): Percentiles => {
  values.sort((a, b) => a - b);
  const at = (share: number): number => values[Math.ceil(share * values.length) - 1]!;
  return { count: values.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
};
