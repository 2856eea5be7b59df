// What the loop hears of its sensors: samples as they come, the robot's own or lent ones, recorded, made tokens,
// and kept for the policy's next tick.
import { filter, merge, type Observable, Subject, Subscription, tap } from "rxjs";
import { type Clock, NS_PER_S } from "../core/clock.ts";
import { FrameQueue } from "../core/frame-queue.ts";
import type { Cue, Sample, Sensor, TokenFrame } from "../core/ports.ts";
import type { SessionRecord } from "../core/records.ts";
import { microphoneOf, type Robot } from "../core/robot.ts";
import { Tokenizer } from "../tokens/tokenizer.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import type { Meters } from "./meters.ts";
import type { Tally } from "./report.ts";
import { Sources } from "./sources.ts";

export interface SensesOptions {
  readonly robot: Robot;
  readonly vocabulary: Vocabulary;
  readonly clock: Clock;
  readonly meters: Meters;
  readonly tally: Tally;
  readonly write: (record: SessionRecord) => void;
}

/** So long after it was due a sense is taken for absent. */
const GIVEN_UP_NS = NS_PER_S / 2;

export class Senses {
  readonly #options: SensesOptions;
  readonly #tokenizer: Tokenizer;
  readonly #sources = new Sources();
  /** Ends with the loop: whoever lends a sense later is not heard. */
  readonly #lent = new Subscription();
  /** Whenever a sample was heard, and told to whoever has to know. */
  readonly news: Observable<void>;
  readonly #news = new Subject<void>();
  readonly #inbox = new FrameQueue();
  readonly #rateHz: ReadonlyMap<string, number>;
  /** When the next sample of each sense should be complete, nanoseconds. */
  readonly #dueNs = new Map<string, number>();
  #heardNs = -Infinity;

  constructor(options: SensesOptions) {
    this.#options = options;
    this.#tokenizer = new Tokenizer(options.robot, options.vocabulary);
    this.news = this.#news;
    this.#rateHz = new Map(options.robot.sensors.map(({ name, rateHz }) => [name, rateHz]));
  }

  /** The end of what was last heard and told. */
  get heardNs(): number {
    return this.#heardNs;
  }

  /** Whether nothing that was sensed until then is still on its way; a sense long silent is not waited for. */
  areIn(timeNs: number): boolean {
    for (const dueNs of this.#dueNs.values())
      if (dueNs <= timeNs && timeNs - dueNs < GIVEN_UP_NS) return false;
    return true;
  }

  /** Hears the robot's own samples for as long as it is subscribed to. */
  own(streams: readonly Observable<Sample>[]): Observable<Sample> {
    const { clock, robot } = this.#options;
    const firstNs = clock.nowNs() - NS_PER_S / robot.policyRateHz; // before the first tick's stamp
    for (const name of this.#rateHz.keys()) this.#dueNs.set(name, firstNs);
    return merge(...streams).pipe(
      filter((sample) => this.#sources.hearsOwn(sample)),
      tap((sample) => this.#hear(sample)),
    );
  }

  /**
   * From now on `sensor` stands in for the robot's own of its name, whose samples are passed over until
   * the returned function is called; a sample that is not younger than the last one is passed over, too.
   */
  lend(sensor: Sensor, lender: string): () => void {
    const { clock, write } = this.#options;
    const { name } = sensor;
    const tell = (who: string): void => {
      const timeNs = clock.nowNs();
      this.#sources.change(name, who, timeNs);
      write({ type: "source", timeNs, sensor: name, lender: who });
    };
    tell(lender);
    const samples = sensor.samples.subscribe((sample) => {
      if (this.#sources.hearsLent(sample)) this.#hear(sample);
    });
    this.#lent.add(samples);
    return () => {
      if (samples.closed) return;
      samples.unsubscribe();
      tell("");
    };
  }

  /** Records what was said, once it was said. */
  cue(cues: readonly Cue[]): Subscription {
    const { robot, clock, write } = this.#options;
    const ears = microphoneOf(robot);
    const subscription = new Subscription();
    for (const cue of cues)
      subscription.add(
        clock.at(cue.endNs, () => {
          // What was spoken while somebody else lent an ear, nobody heard.
          if (ears && this.#sources.wasLent(ears.name, cue.startNs, cue.endNs)) return;
          write({ type: "cue", timeNs: cue.endNs, cue });
        }),
      );
    return subscription;
  }

  /** A frame for the policy: of a sense, or of what the robot itself did. */
  deliver(frame: TokenFrame): void {
    const { tally, write } = this.#options;
    write({ type: "tokens_in", timeNs: frame.timeNs, sensor: frame.sensor, ids: frame.ids });
    tally.consumed(frame);
    tally.unread += this.#inbox.push(frame);
  }

  /** What came since it was last asked. */
  take(): readonly TokenFrame[] {
    return this.#inbox.take();
  }

  close(): void {
    this.#lent.unsubscribe();
  }

  #hear(sample: Sample): void {
    const { tokenise, record } = this.#options.meters;
    tokenise.time(() => {
      this.#options.write({ type: "sample", timeNs: sample.timeNs, sample });
      const frame = this.#tokenizer.encode(sample);
      if (frame) this.deliver(frame);
      if (frame && sample.kind === "audio") this.#heardNs = frame.timeNs;
    }, record);
    // A block of sound begins at its stamp, and comes once it is over.
    const aheadNs =
      sample.kind === "audio"
        ? (2 * sample.pcm.length * NS_PER_S) / sample.rateHz
        : NS_PER_S / this.#rateHz.get(sample.sensor)!;
    this.#dueNs.set(sample.sensor, sample.timeNs + Math.floor(aheadNs));
    this.#news.next();
  }
}
