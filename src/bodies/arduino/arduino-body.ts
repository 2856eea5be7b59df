// A robot on a wire: an Uno with Efference's firmware at a serial port. What its samples say is what is really on
// the pins. When the line is lost the board holds and goes limp by its own lease; meanwhile the body says that
// it is away, looks for the board again, and takes it over as if it were new: limits, clocks, soft start.
import { defer, EMPTY, type Observable, Subject } from "rxjs";
import { monotonicNs, NS_PER_MS, pause, type RealClock } from "../../core/clock.ts";
import { BodyError } from "../../core/errors.ts";
import type { Body, BodyStatus, Sample, ServoFrame, WorldState } from "../../core/ports.ts";
import { type RobotDescription, restPose } from "../../core/robot.ts";
import { buildVocabulary } from "../../tokens/vocabulary.ts";
import type { BoardSetup } from "../../wire/download.ts";
import type { Fault } from "../../wire/protocol.ts";
import { type BoardStatus, faultsOf, isPowered, modeOf, onPinsUs } from "../board/board-link.ts";
import { JointSampler } from "../board/joint-sampler.ts";
import { ServoOutputs } from "../board/servo-outputs.ts";
import { setupOf } from "../board/setup.ts";
import { WireSenses } from "../board/wire-senses.ts";
import { BoardConnection } from "./board-connection.ts";
import { FAULT_WORDS } from "./fault-words.ts";
import type { OpenLine } from "./line-port.ts";

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 4000;
/** Some two minutes, with what each try takes. */
const MOST_RETRIES = 20;
/** Beyond the board's own lease, for a frame that was on its way and the frames of 20 ms in which a board acts. */
const LEASE_SLACK_MS = 100;
const STOPPED = "the board's emergency stop is on (its switch, or another program); c clears it";

export interface ArduinoOptions {
  readonly robot: RobotDescription;
  readonly clock: RealClock;
  readonly openLine: OpenLine;
  /** What a person should know: faults, what is absent, the board lost and found. */
  readonly tell: (words: string) => void;
  /** Gives up opening. */
  readonly signal?: AbortSignal;
  /** How often a board that was lost is looked for before the body breaks; {@link MOST_RETRIES} unless told. */
  readonly retries?: number;
}

export class ArduinoBody implements Body {
  readonly kind = "arduino";
  readonly samples: Observable<Sample>;
  readonly states: Observable<WorldState> = EMPTY;
  readonly #options: ArduinoOptions;
  readonly #setup: BoardSetup;
  /** The same, with where the servos stood at each connection. */
  readonly #told: BoardSetup[] = [];
  readonly #outputs: ServoOutputs;
  readonly #senses: WireSenses;
  readonly #joints: JointSampler;
  readonly #samples = new Subject<Sample>();
  readonly #closing = new AbortController();
  readonly #poseDeg: Float64Array; // [servos]
  #connection: BoardConnection | undefined;
  /** Why there is no connection. */
  #away = "it is not open yet";
  #end: BodyError | undefined;
  #isSampling = false;
  #isStopped = false;
  /** The board was stopped by somebody else: latched here, too, since a board that is lost forgets it. */
  #isStoppedByOthers = false;
  #poweredNs = -Infinity; // when a board that is lost was last told to move
  /** Faults that are no news; undefined before the first status, whose faults are older than this connection. */
  #known: ReadonlySet<Fault> | undefined;

  /** @throws BodyError for a robot, a line or a board that can't be used; the signal's reason when it aborts */
  static async open(options: ArduinoOptions): Promise<ArduinoBody> {
    const body = new ArduinoBody(options);
    const { signal } = options;
    const giveUp = (): void => body.#closing.abort(signal?.reason);
    if (signal?.aborted) giveUp();
    signal?.addEventListener("abort", giveUp);
    try {
      await body.#connect();
    } finally {
      signal?.removeEventListener("abort", giveUp);
    }
    const { absent } = body.#senses;
    if (absent.length > 0)
      options.tell(
        `nothing on the wire stands for ${absent.join(", ")}: the robot goes without (analogPin in robot.yaml gives a sensor its input)`,
      );
    return body;
  }

  private constructor(options: ArduinoOptions) {
    const { robot, clock } = options;
    this.#options = options;
    this.#setup = setupOf(robot, buildVocabulary(robot));
    this.#outputs = new ServoOutputs(robot);
    const emit = (sample: Sample): void => this.#samples.next(sample);
    this.#senses = new WireSenses(robot, emit);
    this.#joints = new JointSampler(robot, emit);
    this.#poseDeg = restPose(robot);
    this.samples = defer(() => {
      if (!this.#isSampling && this.#end === undefined)
        this.#joints.begin(clock, () => (this.#connection ? this.#poseDeg : undefined));
      this.#isSampling = true;
      return this.#samples;
    });
  }

  async send({ angleDeg, powered }: ServoFrame): Promise<BodyStatus> {
    if (this.#end !== undefined) throw this.#end;
    const connection = this.#connection;
    if (connection === undefined) return this.#awayStatus();
    const taken = await connection.command(this.#outputs.targets(angleDeg, powered));
    if (this.#end !== undefined) throw this.#end;
    if (taken === undefined) return this.#awayStatus();
    const { seq, status } = taken;
    const appliedAtNs = this.#sessionNs(connection.hostNs(onPinsUs(status, seq)));
    return {
      appliedAtNs,
      powered: isPowered(status),
      ...(this.#isStoppedByOthers && { away: STOPPED }),
    };
  }

  stop(): void {
    this.#isStopped = true;
    this.#connection?.stop();
  }

  clear(): void {
    this.#isStopped = this.#isStoppedByOthers = false;
    this.#connection?.clear();
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#end ??= new BodyError("the board's port is closed; open it again");
    this.#closing.abort(this.#end);
    this.#joints.close();
    this.#samples.complete();
    await this.#connection?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** How long a board that nobody speaks to may still drive its servos, by its own lease. */
  #leaseLeftMs(): number {
    const { holdMs, limpMs } = this.#setup.timing;
    const saidMs = (monotonicNs() - this.#poweredNs) / NS_PER_MS;
    return Math.max(0, holdMs + limpMs + LEASE_SLACK_MS - saidMs);
  }

  #awayStatus(): BodyStatus {
    const appliedAtNs = this.#options.clock.nowNs();
    return { appliedAtNs, powered: this.#leaseLeftMs() > 0, away: this.#away };
  }

  #sessionNs(monotonic: number): number {
    return Math.round(monotonic - this.#options.clock.originNs);
  }

  async #connect(): Promise<void> {
    this.#known = undefined;
    const setup = this.#outputs.standingAt(this.#poseDeg, this.#setup);
    this.#connection = await BoardConnection.open({
      openLine: this.#options.openLine,
      setup,
      before: this.#told,
      streams: this.#senses.streams,
      signal: this.#closing.signal,
      onStatus: (status) => this.#look(status),
      onReading: (reading, takenNs) => {
        if (this.#isSampling) this.#senses.read(reading, this.#sessionNs(takenNs));
      },
      onLost: (reason) => void this.#seek(reason),
    });
    this.#told.push(setup);
    if (this.#isStopped || this.#isStoppedByOthers) this.#connection.stop();
  }

  /** At once, not when an answer is awaited: by then a later status may have ended the clearing. */
  #look(status: BoardStatus): void {
    const isOurs = this.#isStopped || this.#connection?.isClearing;
    if (modeOf(status) === "estop" && !isOurs && !this.#isStoppedByOthers) {
      this.#isStoppedByOthers = true;
      this.#options.tell(STOPPED);
    }
    this.#outputs.read(status.pulses, this.#poseDeg);
    const faults = faultsOf(status);
    const news =
      this.#known === undefined ? [] : faults.filter((fault) => !this.#known?.has(fault));
    for (const fault of news)
      if (FAULT_WORDS[fault] !== undefined) this.#options.tell(`the board: ${FAULT_WORDS[fault]}`);
    this.#known = new Set(faults);
  }

  /**
   * Never rejects: what it can't find in the end breaks the body. The board is left alone until its lease is
   * over: opening its port resets it, and an arm would fall that it could still have held.
   */
  async #seek(reason: string): Promise<void> {
    const { clock, tell, retries = MOST_RETRIES } = this.#options;
    const { signal } = this.#closing;
    this.#poweredNs = this.#connection?.poweredNs ?? this.#poweredNs;
    this.#connection = undefined;
    this.#away = reason;
    tell(`${reason}; the board holds and goes limp by itself. Looking for it ...`);
    await pause(clock, this.#leaseLeftMs(), signal);
    let last = "";
    for (let tried = 0; tried < retries; tried++) {
      await pause(clock, Math.min(FIRST_RETRY_MS * 2 ** tried, LONGEST_RETRY_MS), signal);
      if (signal.aborted) return;
      try {
        await this.#connect();
        return tell("the board is back, and wakes softly");
      } catch (error) {
        const { message } = error as Error;
        if (signal.aborted) return;
        if (message !== last) tell(`not yet: ${message}`);
        last = message;
      }
    }
    this.#end = new BodyError(`${reason}, and was not found again in ${retries} tries: ${last}`);
    this.#samples.error(this.#end);
  }
}
