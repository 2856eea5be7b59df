// Plays a session again in lockstep and compares, bit for bit. The samples of the body, the tokens
// they become, what the interpreter and the kernel make of the recorded action tokens, and the
// world's states are all computed anew; only what came from outside (sound, senses that
// were lent, things that were moved, what the policy said, orders) is taken from the record. The first difference is told with its stamp and both values.
import type { Subscription } from "rxjs";
import type { SimulatedClock } from "../core/clock.ts";
import { SessionError } from "../core/errors.ts";
import type { Answer, Body, Sample, ServoFrame, TokenFrame, WorldState } from "../core/ports.ts";
import type { SessionRecord } from "../core/records.ts";
import type { Robot } from "../core/robot.ts";
import type { SafetyEvent } from "../safety/kernel.ts";
import { Tokenizer } from "../tokens/tokenizer.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { Controller } from "./controller.ts";
import type { ActEvent } from "./interpreter.ts";
import { CONFIRMED_STOP } from "./runtime.ts";
import { Sources } from "./sources.ts";

export interface ReplayOptions {
  readonly robot: Robot;
  readonly vocabulary: Vocabulary;
  readonly clock: SimulatedClock;
  /** The same body that was recorded, opened in lockstep with the session's seed and script. */
  readonly body: Body;
  readonly records: AsyncIterable<SessionRecord>;
  readonly signal?: AbortSignal;
  /** Called now and then with the session time that has been replayed. */
  readonly onProgress?: (timeNs: number) => void;
}

export interface ReplayResult {
  readonly identical: boolean;
  /** How many of each were computed anew and compared. */
  readonly tokens: number;
  readonly actions: number;
  readonly states: number;
  readonly samples: number;
  readonly firstDifference?: string;
}

/** A recording that was cut may lack the tokens of the sound and the samples just before the cut. */
const FRAME_LAG_NS = 200e6;

/** How many of the compared numbers a difference shows. */
const SHOWN = 8;
const show = (values: ArrayLike<unknown>, from: number): string => {
  const first = Math.max(0, from - 2);
  return `[${first > 0 ? "... " : ""}${Array.from(values)
    .slice(first, first + SHOWN)
    .join(" ")}${values.length > first + SHOWN ? " ..." : ""}]`;
};

const firstUnequal = (a: ArrayLike<unknown>, b: ArrayLike<unknown>): number => {
  for (let i = 0; i < Math.max(a.length, b.length); i++) if (!Object.is(a[i], b[i])) return i;
  return -1;
};

class Difference extends Error {}

/** Throws a Difference that names what, when and both values. */
const compare = (
  what: string,
  timeNs: number,
  recorded: ArrayLike<unknown>,
  found: ArrayLike<unknown>,
): void => {
  const index = firstUnequal(recorded, found);
  if (index < 0) return;
  throw new Difference(
    `${what} at ${(timeNs / 1e9).toFixed(3)} s, value ${index}: recorded ${show(recorded, index)}, replayed ${show(found, index)}`,
  );
};

const compareSamples = (recorded: Sample, found: Sample): void => {
  const what = `sample of ${recorded.sensor}`;
  compare(`stamp of the ${what}`, recorded.timeNs, [recorded.timeNs], [found.timeNs]);
  if (recorded.kind === "values" && found.kind === "values")
    compare(what, recorded.timeNs, recorded.values, found.values);
  else if (recorded.kind === "image" && found.kind === "image") {
    compare(`colour ${what}`, recorded.timeNs, recorded.rgb, found.rgb);
    compare(`depth ${what}`, recorded.timeNs, recorded.depthM, found.depthM);
  } else
    throw new Difference(`${what}: recorded kind ${recorded.kind}, replayed kind ${found.kind}`);
};

/** What was computed anew and waits for its record, a queue a sensor. */
class Waiting<T extends { readonly timeNs: number }> {
  readonly #queues = new Map<string, T[]>();

  push(sensor: string, item: T): void {
    const queue = this.#queues.get(sensor);
    if (queue) queue.push(item);
    else this.#queues.set(sensor, [item]);
  }

  /** The first that is older than a stamp, in words. */
  leftBefore(timeNs: number): string | undefined {
    for (const [sensor, [first]] of this.#queues)
      if (first && first.timeNs < timeNs)
        return `${sensor} at ${(first.timeNs / 1e9).toFixed(3)} s`;
    return undefined;
  }

  take(what: string, sensor: string, timeNs: number): T {
    const item = this.#queues.get(sensor)?.shift();
    if (item === undefined)
      throw new Difference(
        `${what} of ${sensor} at ${(timeNs / 1e9).toFixed(3)} s: recorded, but the replay has none`,
      );
    return item;
  }
}

const actOf = (act: ActEvent | undefined): string =>
  act ? `${act.name} ${act.pace} ${act.phase} at ${act.timeNs} ns` : "none";
const eventOf = (event: SafetyEvent | undefined): string =>
  event ? `${event.reason} ${event.servo} ${event.detail} at ${event.timeNs} ns` : "none";

class Replayer {
  readonly #options: ReplayOptions;
  readonly #tokenizer: Tokenizer;
  readonly #controller: Controller;
  readonly #samples = new Waiting<Sample>();
  readonly #frames = new Waiting<TokenFrame>();
  readonly #states = new Waiting<WorldState>();
  readonly #sent: ServoFrame[] = [];
  readonly #acts: ActEvent[] = [];
  readonly #events: SafetyEvent[] = [];
  /** The last stamp of the body that was recorded. */
  #bodyNs = 0;
  readonly #bodySensors = new Set<string>();
  readonly #sources = new Sources();
  readonly counts = { tokens: 0, actions: 0, states: 0, samples: 0 };

  constructor(options: ReplayOptions) {
    const { robot, vocabulary } = options;
    this.#options = options;
    this.#tokenizer = new Tokenizer(robot, vocabulary);
    this.#controller = new Controller(robot, vocabulary);
    for (const sensor of robot.sensors)
      if (sensor.kind !== "microphone") this.#bodySensors.add(sensor.name);
  }

  subscribe(): Subscription {
    const { body } = this.#options;
    const subscription = body.samples.subscribe((sample) => {
      if (!this.#sources.hearsOwn(sample)) return;
      this.#samples.push(sample.sensor, sample);
      this.#tokenise(sample);
    });
    subscription.add(body.states.subscribe((state) => this.#states.push("world", state)));
    return subscription;
  }

  async take(record: SessionRecord): Promise<void> {
    switch (record.type) {
      case "sample":
        return this.#sample(record.sample);
      case "state": {
        this.#bringTo(record.timeNs);
        const found = this.#states.take("state", "world", record.timeNs);
        compare("stamp of the state", record.timeNs, [record.timeNs], [found.timeNs]);
        compare("state", record.timeNs, record.state.values, found.values);
        this.counts.states++;
        return;
      }
      case "tokens_in": {
        const found = this.#frames.take("tokens", record.sensor, record.timeNs);
        compare(
          `stamp of the tokens of ${record.sensor}`,
          record.timeNs,
          [record.timeNs],
          [found.timeNs],
        );
        compare(`tokens of ${record.sensor}`, record.timeNs, record.ids, found.ids);
        this.counts.tokens += record.ids.length;
        return;
      }
      case "tokens_out":
        return this.#accept(record.ids, record.timeNs);
      case "motion_out":
        return this.#accept(record.deltaDeg, record.timeNs);
      case "order":
        return this.#controller.order(record.timeNs, record.order, record.reason);
      case "action":
        return this.#action(record);
      case "applied":
        return this.#applied(record);
      case "act":
        return compare("act", record.timeNs, [actOf(record)], [actOf(this.#acts.shift())]);
      case "safety":
        if (record.detail === CONFIRMED_STOP) return; // the body's word, not the kernel's
        return compare(
          "safety event",
          record.timeNs,
          [eventOf(record)],
          [eventOf(this.#events.shift())],
        );
      case "source":
        return this.#sources.change(record.sensor, record.lender, record.timeNs);
      case "move":
        return this.#move(record);
      case "cue":
      case "advice":
      case "meter":
      case "episode":
      case "takeover":
        return; // told, not computed
    }
  }

  /** What was computed anew up to the last stamp must all have been recorded. */
  finish(): void {
    const left =
      this.#samples.leftBefore(this.#bodyNs) ??
      this.#states.leftBefore(this.#bodyNs) ??
      this.#frames.leftBefore(this.#bodyNs - FRAME_LAG_NS);
    if (left) throw new Difference(`${left}: replayed, but never recorded`);
  }

  /** Brings the body to a stamp of its own: all that happened before it has happened. */
  #bringTo(bodyNs: number): void {
    this.#bodyNs = Math.max(this.#bodyNs, bodyNs);
    this.#options.clock.advanceTo(bodyNs);
  }

  async #applied(record: SessionRecord & { type: "applied" }): Promise<void> {
    // A frame may have been left out on its way to a body that was behind: the newest counts.
    let frame = this.#sent.shift();
    while (frame && frame.timeNs !== record.frameNs) frame = this.#sent.shift();
    if (!frame) throw new Difference(`frame of ${record.frameNs} ns: applied, but never asked for`);
    this.#bringTo(record.timeNs);
    await this.#options.body.send(frame);
  }

  async #move({
    timeNs,
    object,
    toM,
    durationMs,
  }: SessionRecord & { type: "move" }): Promise<void> {
    this.#bringTo(timeNs);
    await this.#options.body.move?.({ object, toM, durationMs });
  }

  #sample(recorded: Sample): void {
    if (this.#sources.hearsLent(recorded) || !this.#bodySensors.has(recorded.sensor))
      return this.#tokenise(recorded);
    this.#bringTo(recorded.timeNs);
    compareSamples(recorded, this.#samples.take("sample", recorded.sensor, recorded.timeNs));
    this.counts.samples++;
  }

  #tokenise(sample: Sample): void {
    const frame = this.#tokenizer.encode(sample);
    if (frame) this.#frames.push(frame.sensor, frame);
  }

  #accept(answer: Answer, timeNs: number): void {
    const copy = this.#controller.accept(answer, timeNs);
    if (copy) this.#frames.push(copy.sensor, copy);
    this.#tell();
  }

  #tell(): void {
    this.#acts.push(...this.#controller.takeActs());
    this.#events.push(...this.#controller.takeSafetyEvents());
  }

  #action(record: SessionRecord & { type: "action" }): void {
    const { timeNs } = record;
    const { fresh, targetDeg, applied } = this.#controller.frame(timeNs);
    compare("freshness of the action", timeNs, [Number(record.fresh)], [Number(fresh)]);
    compare("target", timeNs, record.targetDeg, targetDeg);
    compare("applied action", timeNs, record.appliedDeg, applied.angleDeg);
    compare("power of the action", timeNs, [Number(record.powered)], [Number(applied.powered)]);
    compare("mode of the action", timeNs, [record.mode], [applied.mode]);
    this.#tell();
    const { powered } = applied;
    this.#sent.push({ timeNs, angleDeg: Float64Array.from(applied.angleDeg), powered });
    this.counts.actions++;
  }
}

/** Replays `records` and says whether everything came out the same; never throws for a difference. */
export const replay = async (options: ReplayOptions): Promise<ReplayResult> => {
  const replayer = new Replayer(options);
  const subscription = replayer.subscribe();
  let told = 0;
  try {
    for await (const record of options.records) {
      options.signal?.throwIfAborted();
      await replayer.take(record);
      if (record.timeNs > told + 1e9) options.onProgress?.((told = record.timeNs));
    }
    replayer.finish();
    return { identical: true, ...replayer.counts };
  } catch (error) {
    // A damaged file differs as well, from the place on that its reader names.
    if (!(error instanceof Difference || error instanceof SessionError)) throw error;
    return { identical: false, ...replayer.counts, firstDifference: error.message };
  } finally {
    subscription.unsubscribe();
  }
};
