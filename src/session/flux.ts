// The flux of tokens in a session: what the robot read and said, of which kind and when, what it was for,
// and what it cost. What a session does not tell stays undefined: unknown is not 0.
import { NS_PER_S } from "../core/clock.ts";
import type { EpisodeOutcome, SafetyReason, SessionRecord } from "../core/records.ts";
import { InstructionTokens } from "../tokens/instruction-tokens.ts";
import { type Vocabulary, vocabularyFromJson } from "../tokens/vocabulary.ts";
import { type Episode, EpisodeFinder } from "./episodes.ts";
import type { SessionReader } from "./session-reader.ts";
import { TokenSeries } from "./token-series.ts";

/** What was read, or what was said. */
interface TokenFlow {
  readonly tokens: number;
  /** By sensor for what was read, by vocabulary range for what was said. */
  readonly bySource: Readonly<Record<string, number>>;
  /** Tokens of each source in each second of the session. */
  readonly perSecond: Readonly<Record<string, readonly number[]>>;
  /** How often each id occurred. */
  readonly byId: ReadonlyMap<number, number>;
}

interface EpisodeFlux {
  readonly task: string;
  readonly outcome?: EpisodeOutcome;
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** Tokens of sound heard while commands were spoken; absent where no command is known. */
  readonly instructionTokens?: number;
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
  readonly vocabulary: Vocabulary;
  readonly in: TokenFlow;
  readonly out: TokenFlow;
  readonly episodes: readonly EpisodeFlux[];
  /** Time that policy, tokenizers, interpreter and safety were busy. */
  readonly busyMs?: number;
  /** Mechanical work of the servos, which a simulation measures. */
  readonly servoJoules?: number;
  readonly acts: Readonly<Record<string, Readonly<ActCount>>>;
  /** Servo frames: asked for by the interpreter, changed by the safety kernel, seen on the outputs. */
  readonly frames: { readonly asked: number; readonly limited: number; readonly applied: number };
  readonly safety: Readonly<Partial<Record<SafetyReason, number>>>;
  /** By meter, in its own unit. */
  readonly meters: Readonly<Record<string, Percentiles>>;
}

/** The meters of a run whose sum is its busy time, milliseconds (runtime/meters.ts). */
const BUSY_METERS = ["tokenise.total", "policy.total", "interpret.total"] as const;
/** The meter with which a run ends where its body measures work (runtime/runtime.ts). */
const WORK_METER = "servo.joules";

/** Reads the whole session; throws as its records do, and a VocabularyError for a bad vocabulary. */
export const flux = async (reader: SessionReader): Promise<Flux> => {
  const count = new FluxCount(vocabularyFromJson(reader.header.vocabularyJson));
  for await (const record of reader.records()) count.add(record);
  return count.result();
};

class FluxCount {
  readonly #vocabulary: Vocabulary;
  readonly #in = new FlowCount();
  readonly #out = new FlowCount();
  readonly #rangeOfId: readonly string[];
  readonly #instructions = new InstructionTokens();
  readonly #episodes = new EpisodeFinder();
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
    const { timeNs } = record;
    this.#firstNs = Math.min(this.#firstNs, timeNs);
    this.#lastNs = Math.max(this.#lastNs, timeNs);
    this.#instructions.add(record);
    this.#episodes.add(record);
    switch (record.type) {
      case "tokens_in":
        this.#in.add(timeNs, record.ids, () => record.sensor);
        break;
      case "tokens_out":
        this.#out.add(timeNs, record.ids, (id) => this.#rangeOfId[id] ?? "unknown");
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
      case "source":
      case "move":
        break;
    }
  }

  result(): Flux {
    const startNs = Number.isFinite(this.#firstNs) ? this.#firstNs : 0;
    const durationS = Math.max(0, this.#lastNs - startNs) / NS_PER_S;
    const busyMs = this.#sumOf(BUSY_METERS);
    const servoJoules = this.#sumOf([WORK_METER]);
    return {
      durationS,
      vocabulary: this.#vocabulary,
      in: this.#in.result(startNs, durationS),
      out: this.#out.result(startNs, durationS),
      episodes: this.#episodes.episodes().map((episode) => this.#episodeFlux(episode)),
      ...(busyMs !== undefined && { busyMs }),
      ...(servoJoules !== undefined && { servoJoules }),
      acts: Object.fromEntries(this.#acts),
      frames: this.#frames,
      safety: this.#safety,
      meters: Object.fromEntries(
        [...this.#meters].map(([name, values]) => [name, percentiles(values)]),
      ),
    };
  }

  #actCount(name: string): ActCount {
    let count = this.#acts.get(name);
    if (!count) this.#acts.set(name, (count = { started: 0, ended: 0, preempted: 0 }));
    return count;
  }

  #episodeFlux({ task, outcome, startNs, endNs }: Episode): EpisodeFlux {
    const instructionTokens = this.#instructions.between(startNs, endNs);
    return {
      task,
      ...(outcome !== undefined && { outcome }),
      tokensIn: this.#in.between(startNs, endNs + 1),
      tokensOut: this.#out.between(startNs, endNs + 1),
      ...(instructionTokens !== undefined && { instructionTokens }),
    };
  }

  /** Over all runs of the session; undefined where any of these meters is missing. */
  #sumOf(meters: readonly string[]): number | undefined {
    const values = meters.map((name) => this.#meters.get(name));
    if (values.includes(undefined)) return undefined;
    return values.flatMap((v) => v ?? []).reduce((a, b) => a + b, 0);
  }
}

class FlowCount {
  readonly #series = new Map<string, TokenSeries>();
  readonly #byId = new Map<number, number>();

  add(timeNs: number, ids: Int32Array, sourceOf: (id: number) => string): void {
    const bySource = new Map<string, number>();
    for (const id of ids) {
      const source = sourceOf(id);
      bySource.set(source, (bySource.get(source) ?? 0) + 1);
      this.#byId.set(id, (this.#byId.get(id) ?? 0) + 1);
    }
    for (const [source, tokens] of bySource) {
      let series = this.#series.get(source);
      if (!series) this.#series.set(source, (series = new TokenSeries()));
      series.add(timeNs, tokens);
    }
  }

  between(startNs: number, endNs: number): number {
    return [...this.#series.values()].reduce((sum, s) => sum + s.between(startNs, endNs), 0);
  }

  result(startNs: number, durationS: number): TokenFlow {
    const seconds = Array.from(
      { length: Math.floor(durationS) + 1 },
      (_, s) => startNs + s * NS_PER_S,
    );
    const bySource = (of: (series: TokenSeries) => number): Record<string, number> =>
      Object.fromEntries([...this.#series].map(([source, series]) => [source, of(series)]));
    return {
      tokens: this.between(-Infinity, Infinity),
      bySource: bySource((series) => series.tokens),
      perSecond: Object.fromEntries(
        [...this.#series].map(([source, series]) => [
          source,
          seconds.map((fromNs) => series.between(fromNs, fromNs + NS_PER_S)),
        ]),
      ),
      byId: this.#byId,
    };
  }
}

/** Nearest-rank percentiles; sorts `values`. */
const percentiles = (values: number[]): Percentiles => {
  values.sort((a, b) => a - b);
  const at = (share: number): number => values[Math.ceil(share * values.length) - 1]!;
  return { count: values.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
};
