// The loop: samples become tokens, tokens reach the policy, its action tokens reach the interpreter,
// the safety kernel lets through what is safe, the body plays it; all of it goes to the sink. Three
// streams at their own rates meet here: samples as they come, policy ticks, and servo frames, which
// wait for nobody: a slow or dead policy leaves the frames, the kernel and the recording untouched.
import { catchError, EMPTY, merge, type Observable, type Subscription, takeWhile, tap } from "rxjs";
import {
  type Clock,
  everyInPhase,
  monotonicNs,
  NS_PER_MS,
  NS_PER_S,
  SimulatedClock,
} from "../core/clock.ts";
import { BodyError, PolicyError } from "../core/errors.ts";
import type {
  Answer,
  Body,
  BodyStatus,
  Cue,
  Observation,
  Policy,
  SceneMove,
  Sensor,
} from "../core/ports.ts";
import type { EpisodeOutcome, SafetyOrder, SessionRecord, Sink } from "../core/records.ts";
import { parkLimitS, type Robot, SERVO_PERIOD_NS } from "../core/robot.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { Controller, type ControlFrame } from "./controller.ts";
import { Pending, runLockstep } from "./lockstep.ts";
import { createMeters } from "./meters.ts";
import { Outputs } from "./outputs.ts";
import { type Report, Tally } from "./report.ts";
import { Senses } from "./senses.ts";
import { Splice } from "./splice.ts";
import { tick } from "./ticks.ts";

export interface RuntimeOptions {
  readonly robot: Robot;
  readonly vocabulary: Vocabulary;
  readonly clock: Clock;
  readonly body: Body;
  /** Sensors beside the body's own: a microphone, a webcam. */
  readonly sensors?: readonly Sensor[];
  readonly policy: Policy;
  readonly sink: Sink;
  /** What the sensors are known to say, kept in the session for whoever learns from it. */
  readonly cues?: readonly Cue[];
  /** The one episode that the whole run is. Left out where others mark them (session/episode-recorder.ts). */
  readonly episode?: {
    readonly task: string;
    /** How it went, asked once when it is over. */
    readonly outcome?: () => EpisodeOutcome | undefined;
  };
  /** Session time after which the robot parks; it runs until told otherwise when left out. */
  readonly durationMs?: number;
  /** Parks the robot: to its rest pose, then limp. */
  readonly signal?: AbortSignal;
}

/** Frames begin a little after the stamps that sensors share, and after the ticks. */
const FRAME_PHASE_NS = 9 * NS_PER_MS;
/** The detail of the safety event with which a body answers an emergency stop. */
export const CONFIRMED_STOP = "confirmed: no pulses";

export class Runtime {
  readonly #options: RuntimeOptions;
  readonly #clock: Clock;
  readonly #controller: Controller;
  readonly #senses: Senses;
  readonly #outputs: Outputs;
  readonly #splice: Splice;
  readonly #thinking = new Pending();
  /** Aborted once the robot parks: a policy still thinking then thinks for nobody. */
  readonly #ended = new AbortController();
  readonly #meters = createMeters();
  readonly #tally = new Tally();
  #stopUnconfirmed = false;
  #isAway = false;
  /** Stamp of the newest sample behind an answer that no frame has carried yet. */
  #answeredNs: number | undefined;
  #parkingSinceNs: number | undefined;
  #failure: Error | undefined;

  constructor(options: RuntimeOptions) {
    const { robot, vocabulary } = options;
    this.#options = options;
    this.#clock = options.clock;
    this.#controller = new Controller(robot, vocabulary);
    this.#senses = new Senses({
      robot,
      vocabulary,
      clock: options.clock,
      meters: this.#meters,
      tally: this.#tally,
      write: (record) => this.#write(record),
    });
    this.#splice = new Splice(robot, vocabulary);
    this.#outputs = new Outputs({
      body: options.body,
      clock: options.clock,
      onApplied: (status, frameNs, sentNs) => this.#applied(status, frameNs, sentNs),
      onBroken: (error) => this.#fail(error, "limp"),
    });
  }

  /** What the robot does at this moment, for a status line. */
  status(): Report {
    return this.#tally.report(this.#meters, this.#controller, this.#clock.nowNs());
  }

  /** The emergency stop: no pulses from the next instruction on, until cleared. */
  estop(reason: string): void {
    this.#options.body.stop?.();
    this.#stopUnconfirmed = true;
    this.#order("estop", reason);
    this.#frame(this.#clock.nowNs());
  }

  /** Ends an emergency stop by a deliberate act, and wakes the robot softly; not once it is to end. */
  clear(reason: string): void {
    if (this.#parkingSinceNs !== undefined) return;
    this.#options.body.clear?.();
    this.#stopUnconfirmed = false; // what is said of the pulses from now on confirms no stop
    this.#order("clear", reason);
    if (!this.#isAway) this.#order("arm", reason);
  }

  /** Cuts the pulses and ends the run without the way to the rest pose. */
  limp(reason: string): void {
    this.#end();
    this.#order("limp", reason);
    this.#frame(this.#clock.nowNs());
  }

  /** Ends the run in the rest pose; the first reason given is the one that is kept. */
  park(reason: string): void {
    if (this.#parkingSinceNs !== undefined) return;
    this.#end();
    this.#order("park", reason);
  }

  /** Lets `sensor` stand in for the robot's own of its name until the returned function is called: {@link Senses.lend}. */
  lend(sensor: Sensor, lender: string): () => void {
    return this.#senses.lend(sensor, lender);
  }

  /** A hand from outside moves a thing of the simulated world. Rejects with a BodyError where there is no such thing. */
  async move(move: Omit<SceneMove, "atMs">): Promise<void> {
    const { body } = this.#options;
    if (!body.move)
      throw new BodyError(
        `the body "${body.kind}" has no simulated world around it: move its things by hand`,
      );
    const timeNs = await body.move(move);
    this.#write({ type: "move", timeNs, ...move });
  }

  /**
   * Wakes the robot, runs it until its duration is over, the signal aborts or something breaks,
   * and parks it. Resolves to what happened; rejects with what broke, after the robot is limp.
   */
  async run(): Promise<Report> {
    const { signal, episode } = this.#options;
    this.#markEpisode("started");
    if (this.#failure === undefined) this.#order("arm", ""); // else nothing can be written, and all stays limp
    const parkOnAbort = (): void => this.park("asked to end");
    if (signal?.aborted) parkOnAbort();
    signal?.addEventListener("abort", parkOnAbort);
    try {
      await this.#untilLimp();
    } finally {
      signal?.removeEventListener("abort", parkOnAbort);
    }
    const outcome = episode?.outcome?.();
    this.#markEpisode("ended", outcome && this.#failure ? "failure" : outcome);
    this.#writeMeters();
    if (this.#failure) throw this.#failure;
    return this.status();
  }

  #markEpisode(phase: "started" | "ended", outcome?: EpisodeOutcome): void {
    const { episode } = this.#options;
    if (episode === undefined) return;
    const mark = { type: "episode", timeNs: this.#clock.nowNs(), index: 0, phase } as const;
    const { task } = episode;
    this.#write({ ...mark, task, ...(outcome !== undefined && { outcome }) });
  }

  #writeMeters(): void {
    const timeNs = this.#clock.nowNs();
    const write = (name: string, value: number): void =>
      this.#write({ type: "meter", timeNs, name, value });
    for (const [stage, meter] of Object.entries(this.#meters))
      for (const [share, value] of Object.entries(meter.percentiles()))
        write(`${stage}.${share}`, value);
    const { actuationJoules } = this.#options.body;
    if (actuationJoules !== undefined) write("servo.joules", actuationJoules);
  }

  async #untilLimp(): Promise<void> {
    const clock = this.#clock;
    let over = (): void => {};
    const promise = new Promise<void>((resolve) => (over = resolve));
    const subscription = this.#loop(over);
    const settled = async (): Promise<void> => {
      await this.#thinking.settled(this.#ended.signal);
      await this.#outputs.settled();
    };
    try {
      if (clock instanceof SimulatedClock) await runLockstep(clock, settled, () => this.#isOver());
      else await promise;
      await this.#outputs.settled();
    } finally {
      this.#ended.abort();
      subscription.unsubscribe();
      this.#senses.close();
    }
    if (!this.#outputs.isOff)
      this.#failure ??= new BodyError(
        `the body "${this.#options.body.kind}" did not confirm that its pulses are off; cut the servo power by hand`,
      );
  }

  /** From now on nothing is begun; what the policy still thinks is for nobody. */
  #end(): void {
    this.#parkingSinceNs ??= this.#clock.nowNs();
    this.#ended.abort();
  }

  /** Something broke: keeps the first reason, and ends the run as gently as what broke allows. */
  #fail(error: unknown, how: "park" | "limp"): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
    this[how](this.#failure.message);
  }

  #isOver(): boolean {
    return this.#parkingSinceNs !== undefined && ["limp", "estop"].includes(this.#controller.mode);
  }

  #loop(over: () => void): Subscription {
    const clock = this.#clock;
    const { body, sensors = [], cues = [], durationMs } = this.#options;
    const startNs = clock.nowNs();
    // A robot without one of its senses can still find its way to rest.
    const parked = <T>(stream: Observable<T>): Observable<T> =>
      stream.pipe(
        catchError((error: unknown) => {
          this.#fail(error, "park");
          return EMPTY;
        }),
      );
    const samples = this.#senses.own([body, ...sensors].map((one) => parked(one.samples)));
    const states = parked(body.states).pipe(
      tap((state) => this.#write({ type: "state", timeNs: state.timeNs, state })),
    );
    const ticks = tick({
      clock,
      periodNs: NS_PER_S / this.#options.robot.policyRateHz,
      senses: this.#senses,
      isPaused: () => this.#parkingSinceNs !== undefined || this.#isAway,
      ask: (dueNs) => this.#thinking.add(this.#tick(dueNs)),
    });
    const parkLimitNs = parkLimitS(this.#options.robot) * NS_PER_S;
    const frames = everyInPhase(clock, SERVO_PERIOD_NS, FRAME_PHASE_NS).pipe(
      tap((dueNs) => {
        const nowNs = clock.nowNs();
        if (this.#parkingSinceNs !== undefined && nowNs - this.#parkingSinceNs > parkLimitNs)
          this.limp(`the rest pose was not reached in ${parkLimitNs / NS_PER_S} s`); // that is a frame
        else this.#frame(nowNs);
        this.#meters.frame_lateness.record(nowNs - dueNs);
        if (this.#isOver()) over();
      }),
      takeWhile(() => !this.#isOver()), // or a body that takes longer than a frame to answer always has one more to
    );
    const everything: Observable<unknown> = merge(samples, states, ticks, frames);
    const subscription = this.#senses.cue(cues);
    if (durationMs !== undefined)
      subscription.add(clock.at(startNs + durationMs * NS_PER_MS, () => this.park("")));
    subscription.add(
      everything.subscribe({
        error: (error: unknown) => {
          this.#fail(error, "limp"); // the loop itself: there is nothing left to park with
          over();
        },
      }),
    );
    return subscription;
  }

  async #tick(dueNs: number): Promise<void> {
    const { policy, robot } = this.#options;
    const timeNs = this.#clock.nowNs();
    const observation: Observation = { timeNs, frames: this.#senses.take() };
    this.#splice.ask();
    this.#meters.tick_lateness.record(Math.max(0, timeNs - dueNs));
    const deadlineNs = timeNs + NS_PER_S / robot.policyRateHz;
    const startNs = monotonicNs();
    const { signal } = this.#ended;
    try {
      const answer: unknown = await policy.step(observation, { signal, deadlineNs });
      if (signal.aborted) return;
      this.#meters.policy.record(monotonicNs() - startNs);
      if (this.#clock.nowNs() > deadlineNs) this.#tally.late++;
      if (!(answer instanceof Int32Array || answer instanceof Float32Array))
        throw new PolicyError(
          `found ${typeof answer} for an answer, expected an Int32Array of token ids or a Float32Array of degrees`,
        );
      this.#answer(this.#splice.continue(answer), observation);
    } catch (error) {
      if (signal.aborted) return;
      // The robot outlives its policy: it parks, and the run then fails with this reason.
      const told = error instanceof Error ? error.message : String(error);
      this.#fail(new PolicyError(`policy ${policy.name}: ${told}`, { cause: error }), "park");
    }
  }

  #answer(answer: Answer, observation: Observation): void {
    const timeNs = this.#clock.nowNs();
    this.#tally.ticks++;
    if (answer instanceof Int32Array) {
      this.#write({ type: "tokens_out", timeNs, ids: answer });
      this.#tally.produced(answer);
    } else this.#write({ type: "motion_out", timeNs, deltaDeg: answer });
    const copy = this.#controller.accept(answer, timeNs);
    this.#publishActs();
    if (!copy) return;
    this.#senses.deliver(copy);
    // What has begun does not wait for the next frame: a reflex would lose up to 20 ms.
    this.#answeredNs = observation.frames.at(-1)?.timeNs ?? observation.timeNs;
    this.#frame(timeNs);
  }

  #frame(timeNs: number): void {
    const frame = this.#meters.interpret.time(() => {
      const result = this.#controller.frame(timeNs);
      this.#record(timeNs, result);
      return result;
    }, this.#meters.record);
    this.#outputs.send(frame.applied);
  }

  #record(timeNs: number, { fresh, targetDeg, applied }: ControlFrame): void {
    const { angleDeg, powered, mode } = applied;
    this.#write({ type: "action", timeNs, fresh, targetDeg, appliedDeg: angleDeg, powered, mode });
    this.#publishActs();
    for (const event of this.#controller.takeSafetyEvents())
      this.#write({ type: "safety", ...event });
    this.#tally.applied(timeNs, angleDeg, powered);
    this.#splice.applied(timeNs, angleDeg);
  }

  #applied(status: BodyStatus, frameNs: number, sentNs: number): void {
    this.#heedAway(status.away);
    const { appliedAtNs, powered } = status;
    const nowNs = this.#clock.nowNs();
    this.#meters.send.record(nowNs - sentNs);
    if (this.#answeredNs !== undefined) this.#meters.latency.record(nowNs - this.#answeredNs);
    this.#answeredNs = undefined;
    this.#write({ type: "applied", timeNs: appliedAtNs, frameNs, powered });
    if (!this.#stopUnconfirmed || powered) return;
    this.#stopUnconfirmed = false;
    const confirmed = { reason: "estop", servo: "", detail: CONFIRMED_STOP } as const;
    this.#write({ type: "safety", timeNs: appliedAtNs, ...confirmed });
  }

  /** While the body is away the policy pauses and the kernel is limp; when it is back they wake softly. */
  #heedAway(away: string | undefined): void {
    if (this.#isAway === (away !== undefined)) return;
    this.#isAway = away !== undefined;
    const timeNs = this.#clock.nowNs();
    const detail = away ?? "it is back";
    this.#write({ type: "safety", timeNs, reason: "body_away", servo: "", detail });
    if (this.#isAway) this.#order("limp", "");
    else if (this.#parkingSinceNs === undefined && this.#controller.mode === "limp")
      this.#order("arm", detail);
  }

  #publishActs(): void {
    for (const event of this.#controller.takeActs()) {
      this.#write({ type: "act", ...event });
      if (event.phase === "started") this.#tally.began(event);
    }
  }

  #order(order: SafetyOrder, reason: string): void {
    const timeNs = this.#clock.nowNs();
    this.#controller.order(timeNs, order, reason);
    this.#write({ type: "order", timeNs, order, reason });
  }

  /** A sink that breaks ends the run, and keeps no order and no frame from the body. */
  #write(record: SessionRecord): void {
    try {
      this.#meters.record.time(() => this.#options.sink.write(record));
    } catch (error) {
      if (!this.#failure) this.#fail(error, "park");
    }
  }
}
