// Where people's input comes in, from any number of devices at once: a keyboard, a gamepad, a leader, a
// page. A client takes the clutch, says commands, and lets go; one client holds it at a time. The clutch
// is a dead-man's: input that is older than `staleMs` moves nothing, and whoever held the clutch has to
// take it anew.
//
//   const client = port.connect("page");          // one for each device, tab or socket
//   client.engage()                               // true once it holds the clutch; also keeps it fresh
//   client.command({ kind: "drive", speeds: { pan: 0.5 } })   // undefined, or the words why not
//   client.release();                             // lets go on purpose: the robot stops where it is
//   client.close();                               // the device is gone: lets go, too, however long ago it was heard
//
// Whoever holds the clutch without moving a stick calls engage() some ten times a second. The commands
// are in operator-command.ts, may come straight from JSON, and are checked here.
import { type Clock, NS_PER_MS } from "../core/clock.ts";
import { type RobotDescription, servoIndex } from "../core/robot.ts";
import { CommandReader, type OperatorCommand } from "./operator-command.ts";

export interface OperatorPortOptions {
  readonly robot: RobotDescription;
  readonly clock: Clock;
  /** Input older than this moves nothing. */
  readonly staleMs?: number;
  /** The operator's top speed to begin with, a share (0..1] of what the servos can do. */
  readonly speedShare?: number;
}

export interface OperatorClient {
  readonly name: string;
  /** Takes the clutch, or keeps it; false while somebody else holds it. */
  engage(): boolean;
  /**
   * Tells the robot something; `madeNs` is the stamp at which the person did it, now unless given.
   * Returns undefined when it was taken, else the words why not.
   */
  command(command: unknown, madeNs?: number): string | undefined;
  /** Lets go on purpose. A policy whose place was taken gets the robot back. */
  release(): void;
  close(): void;
}

export interface OperatorState {
  /** Who holds the clutch. */
  readonly holder: string | undefined;
  /** A person has the robot: from the first time that the clutch is taken until somebody lets go on purpose. */
  readonly inHand: boolean;
  readonly speedShare: number;
}

/** What a person wants at a control step. */
export interface Intent {
  /** Somebody holds the clutch, and their input is fresh. */
  readonly isLive: boolean;
  /** Somebody let go on purpose since the last step. */
  readonly letGo: boolean;
  readonly acts: readonly (OperatorCommand & { kind: "act" })[];
  /** [servos] degrees to turn since the last step. */
  readonly turnDeg: Float64Array;
  /** [servos] -1..1 of the top speed. */
  readonly speeds: Float64Array;
  /** [servos] degrees to go to, NaN where nothing was said. */
  readonly poseDeg: Float64Array;
  readonly speedShare: number;
}

const STALE_MS = 300;
/** What waits longer for a control step is not done any more, though the clutch be held: the robot was away. */
const MOST_WAIT_NS = 500 * NS_PER_MS;
const SPEED_SHARE = 0.25;
/** Acts that wait for the next step; a robot can't do more at once anyway. */
const MOST_ACTS = 4;

interface Waiting {
  readonly command: OperatorCommand & { kind: "act" | "turn" };
  readonly saidNs: number;
}

export class OperatorPort {
  readonly staleMs: number;
  /** Called when a person takes the robot, by whoever drives it instead. */
  onTaken: () => void = () => {};
  readonly #clock: Clock;
  readonly #reader: CommandReader;
  readonly #servos: ReadonlyMap<string, number>;
  #holder: OperatorClient | undefined;
  /** Who held the clutch last, where that has lapsed. */
  #taker: OperatorClient | undefined;
  #heardNs = -Infinity;
  #inHand = false;
  #letGo = false;
  #speedShare: number;
  /** Acts and turns, each to be done once. */
  #waiting: Waiting[] = [];
  readonly #speeds: Float64Array;
  readonly #poseDeg: Float64Array;

  constructor({ robot, clock, staleMs = STALE_MS, speedShare = SPEED_SHARE }: OperatorPortOptions) {
    this.staleMs = staleMs;
    this.#clock = clock;
    this.#reader = new CommandReader(robot);
    this.#servos = servoIndex(robot);
    this.#speedShare = speedShare;
    const { length } = robot.servos;
    this.#speeds = new Float64Array(length);
    this.#poseDeg = new Float64Array(length).fill(NaN);
  }

  get state(): OperatorState {
    this.#lapse();
    const { name } = this.#holder ?? {};
    return { holder: name, inHand: this.#inHand, speedShare: this.#speedShare };
  }

  connect(name: string): OperatorClient {
    const client: OperatorClient = {
      name,
      engage: () => this.#engage(client),
      command: (command, madeNs) => this.#command(client, command, madeNs),
      release: () => this.#release(client),
      close: () => {
        if (this.#taker === client) this.#release(client);
      },
    };
    return client;
  }

  /** What is wanted now; acts and turns are told once. For the policy that stands for the operator. */
  read(): Intent {
    this.#lapse();
    const waited = this.#fresh().map(({ command }) => command);
    const turnDeg = new Float64Array(this.#speeds.length);
    for (const command of waited)
      if (command.kind === "turn") turnDeg[this.#servos.get(command.servo)!]! += command.turnDeg;
    const intent: Intent = {
      isLive: this.#holder !== undefined,
      letGo: this.#letGo,
      acts: waited.filter((command) => command.kind === "act"),
      turnDeg,
      speeds: this.#speeds.slice(),
      poseDeg: this.#poseDeg.slice(),
      speedShare: this.#speedShare,
    };
    this.#waiting = [];
    this.#letGo = false;
    return intent;
  }

  #fresh(): Waiting[] {
    const sinceNs = this.#clock.nowNs() - MOST_WAIT_NS;
    return this.#waiting.filter(({ saidNs }) => saidNs >= sinceNs);
  }

  #engage(client: OperatorClient): boolean {
    this.#lapse();
    if (this.#holder !== undefined && this.#holder !== client) return false;
    if (this.#holder === undefined) this.#forget();
    this.#holder = this.#taker = client;
    this.#heardNs = this.#clock.nowNs();
    if (!this.#inHand) {
      this.#inHand = true;
      this.onTaken();
    }
    return true;
  }

  #command(client: OperatorClient, value: unknown, madeNs?: number): string | undefined {
    this.#lapse();
    if (this.#holder !== client)
      return this.#holder === undefined
        ? "the clutch is open; take it first"
        : `${this.#holder.name} holds the clutch`;
    const nowNs = this.#clock.nowNs();
    // A stamp of another clock than ours, or none, must not make input fresh for ever.
    const ageMs = (nowNs - (madeNs ?? nowNs)) / NS_PER_MS;
    if (!(ageMs >= -this.staleMs && ageMs <= this.staleMs))
      return `${Math.round(ageMs)} ms old; input moves nothing after ${this.staleMs} ms`;
    const command = this.#reader.read(value);
    if (typeof command === "string") return command;
    this.#heardNs = Math.max(this.#heardNs, Math.min(nowNs, madeNs ?? nowNs));
    this.#take(command);
    return undefined;
  }

  #take(command: OperatorCommand): void {
    const at = (servo: string): number => this.#servos.get(servo)!;
    switch (command.kind) {
      case "act":
      case "turn":
        return this.#wait(command);
      case "drive":
        this.#speeds.fill(0);
        for (const [servo, speed] of Object.entries(command.speeds))
          this.#speeds[at(servo)] = speed;
        return;
      case "pose":
        for (const [servo, deg] of Object.entries(command.anglesDeg))
          this.#poseDeg[at(servo)] = deg;
        return;
      case "speed":
        this.#speedShare = command.share;
    }
  }

  #wait(command: Waiting["command"]): void {
    this.#waiting = this.#fresh();
    const acts = this.#waiting.filter((one) => one.command.kind === "act").length;
    if (command.kind === "act" && acts >= MOST_ACTS) return;
    this.#waiting.push({ command, saidNs: this.#clock.nowNs() });
  }

  /** Also from one whose clutch has lapsed: who gives the robot back need not take it first. */
  #release(client: OperatorClient): void {
    if (this.#holder !== undefined && this.#holder !== client) return;
    this.#letGo ||= this.#inHand;
    this.#inHand = false;
    this.#holder = this.#taker = undefined;
    this.#forget();
  }

  #lapse(): void {
    if (this.#holder === undefined) return;
    const ageNs = this.#clock.nowNs() - this.#heardNs; // below 0 once the clock has begun anew: long ago
    if (ageNs >= 0 && ageNs <= this.staleMs * NS_PER_MS) return;
    this.#holder = undefined;
    this.#forget();
  }

  #forget(): void {
    this.#waiting = [];
    this.#speeds.fill(0);
    this.#poseDeg.fill(NaN);
  }
}
