// One connection to a board, from the opening of its line to the loss of it: boot, greeting, limits, clocks, then
// commands. It keeps the line alive while nobody has anything to say, says again what was not answered, and
// takes the line for lost when it ends, when the board was reset, or when nothing whole comes any more.
import { monotonicNs, NS_PER_MS, NS_PER_S, pause, RealClock, every } from "../../core/clock.ts";
import { BodyError } from "../../core/errors.ts";
import type { BoardSetup } from "../../wire/download.ts";
import { CLEAR_WORD, ESTOP_BYTE, type HostValues } from "../../wire/protocol.ts";
import {
  type BoardReading,
  BoardLink,
  type BoardStatus,
  isBehind,
  type Line,
  modeOf,
} from "../board/board-link.ts";
import { awaitBoot } from "./await-boot.ts";
import type { LinePort, OpenLine } from "./line-port.ts";

const BAUD = 500_000;
const BEAT_MS = 50;
/** So many beats without a whole frame, and the board is taken for lost: within the runtime's patience of 500 ms. */
const SILENT_BEATS = 7;
const PING_NS = NS_PER_S / 2;
/** A stream that began is heard at least so often; a frame that asked for it may have been lost. */
const STREAM_SILENT_NS = NS_PER_S;

export interface ConnectionOptions {
  readonly openLine: OpenLine;
  readonly setup: BoardSetup;
  /** What a board that was not reset may have been told instead. */
  readonly before?: readonly BoardSetup[];
  /** The analog inputs to be streamed. */
  readonly streams: readonly HostValues<"sensor">[];
  readonly signal: AbortSignal;
  readonly onStatus: (status: BoardStatus) => void;
  /** `takenNs`: on the machine's monotonic clock. */
  readonly onReading: (reading: BoardReading, takenNs: number) => void;
  /** Told once, unless it is closed first. */
  readonly onLost: (reason: string) => void;
}

/** A command as it was taken; `seq` is its number, by which the status knows it. */
export interface Taken {
  readonly seq: number;
  readonly status: BoardStatus;
}

interface Waiting {
  readonly seq: number;
  readonly resolve: (taken: Taken | undefined) => void;
}

const nowUs = (): number => monotonicNs() / 1e3;

export class BoardConnection {
  readonly link: BoardLink;
  /** When the board was last told to move, which its lease begins with. */
  poweredNs = -Infinity;
  readonly #options: ConnectionOptions;
  readonly #clock = new RealClock();
  readonly #streamHeardNs = new Map<number, number>();
  #port: LinePort | undefined;
  /** Why there is no line any more. */
  #end: string | undefined;
  #isOpen = false;
  #waiting: Waiting[] = [];
  #newest: HostValues<"targets"> | undefined;
  #beats = { unsubscribe: (): void => {} };
  #silentBeats = 0;
  #heard = 0;
  #pingedNs = 0;
  /** The first that waited at the last beat, and for how many. */
  #waited: number | undefined;
  #waitedBeats = 0;
  /** What the board had taken when the first of those that wait was said: that it has is no news. */
  #takenBefore: number | undefined;
  /** What the operator wants of the emergency stop, until the board has it. */
  #wants: "stop" | "clear" | undefined;
  /** Whether it was said again: a status that came before may be older than the wish. */
  #hasInsisted = false;

  /** @throws BodyError for a line or a board that can't be used; the signal's reason when it aborts */
  static async open(options: ConnectionOptions): Promise<BoardConnection> {
    const connection = new BoardConnection(options);
    try {
      await connection.#open();
    } catch (error) {
      await connection.close();
      throw error;
    }
    return connection;
  }

  private constructor(options: ConnectionOptions) {
    this.#options = options;
    this.link = new BoardLink({
      say: (bytes) => this.#port?.write(bytes),
      nowUs,
      onStatus: (status) => this.#take(status),
      onReading: (reading) => this.#read(reading),
    });
  }

  /** Says a pose; resolves once the board has taken it or a later one, to undefined when it is lost. */
  command(targets: HostValues<"targets">): Promise<Taken | undefined> {
    return new Promise((resolve) => {
      if (this.#end !== undefined) return resolve(undefined);
      this.#newest = targets;
      if (this.#waiting.length === 0) this.#takenBefore = this.link.status?.taken;
      this.#waiting.push({ seq: this.#sayNewest(), resolve });
    });
  }

  /** Cuts all pulses. Goes out at once, and again until the board says that it has. */
  stop(): void {
    this.#want("stop");
  }

  clear(): void {
    this.#want("clear");
  }

  /** Whether the board has not yet ended the emergency stop that it was told to end. */
  get isClearing(): boolean {
    return this.#wants === "clear";
  }

  /** The host's monotonic time of a stamp of the board's, nanoseconds. */
  hostNs(boardUs: number): number {
    return this.link.clock.hostUs(boardUs, nowUs()) * 1e3;
  }

  async close(): Promise<void> {
    this.#finish("closed");
    await this.#port?.close();
  }

  async #open(): Promise<void> {
    const { openLine, setup, before, signal } = this.#options;
    signal.throwIfAborted();
    const port = await openLine({
      heard: (bytes) => this.link.take(bytes),
      gone: (reason) => this.#lose(reason),
    });
    this.#port = port;
    const line: Line = {
      setBaud: (baud) => port.setBaud(baud),
      wait: async (ms) => {
        await pause(this.#clock, ms, signal);
        signal.throwIfAborted();
        if (this.#end !== undefined) throw new BodyError(this.#end);
      },
    };
    await awaitBoot(this.link, line);
    await this.link.open(setup, BAUD, line, before);
    await this.link.synchronise(line);
    this.#pingedNs = monotonicNs(); // a first beat that asked for the streams again would shift them
    this.#stream();
    this.#isOpen = true;
    this.#beats = every(this.#clock, BEAT_MS * NS_PER_MS).subscribe(() => this.#beat());
  }

  #sayNewest(): number {
    if (this.#newest!.ticks.some((ticks) => ticks > 0)) this.poweredNs = monotonicNs();
    const seq = this.link.say("targets", this.#newest!);
    this.link.say("status", {});
    return seq;
  }

  /** Counted in beats, not in time: a host that stood still itself must first look at what has come meanwhile. */
  #beat(): void {
    this.#silentBeats = this.link.heard === this.#heard ? this.#silentBeats + 1 : 0;
    this.#heard = this.link.heard;
    if (this.#silentBeats >= SILENT_BEATS)
      return this.#lose(`the board has said nothing whole for ${SILENT_BEATS * BEAT_MS} ms`);
    const waited = this.#waiting[0]?.seq;
    const isWaitedStill = waited !== undefined && waited === this.#waited;
    this.#waitedBeats = isWaitedStill ? this.#waitedBeats + 1 : 0;
    this.#waited = waited;
    if (this.#waitedBeats >= SILENT_BEATS)
      return this.#lose(`the board has taken no command for ${SILENT_BEATS * BEAT_MS} ms`);
    this.#insist();
    this.#hasInsisted = true;
    const isPing = monotonicNs() - this.#pingedNs >= PING_NS;
    if (isPing) {
      this.#pingedNs = monotonicNs();
      this.link.ping(); // before all else: its answer would wait behind that to a status, and measure nothing
    }
    if (isWaitedStill) this.#sayNewest();
    else this.link.say("status", {});
    if (isPing) this.#stream();
  }

  /** Asks for the streams that don't flow. */
  #stream(): void {
    const nowNs = monotonicNs();
    for (const stream of this.#options.streams) {
      const silentNs = nowNs - (this.#streamHeardNs.get(stream.input) ?? 0);
      if (silentNs > STREAM_SILENT_NS + stream.periodMs * NS_PER_MS)
        this.link.say("sensor", stream);
    }
  }

  #want(wish: "stop" | "clear"): void {
    this.#wants = wish;
    this.#hasInsisted = false;
    this.#insist();
  }

  #insist(): void {
    if (this.#wants === "stop") this.#port?.write(Uint8Array.of(ESTOP_BYTE, ESTOP_BYTE));
    else if (this.#wants === "clear") this.link.say("clear", { word: CLEAR_WORD });
  }

  #take(status: BoardStatus): void {
    if (!this.#isOpen) return;
    if (status.locked === 0) return this.#lose("the board was reset, and has lost its limits");
    const isStopped = modeOf(status) === "estop";
    if (this.#hasInsisted && this.#wants === (isStopped ? "stop" : "clear"))
      this.#wants = undefined;
    this.#options.onStatus(status);
    const isNews = status.taken !== this.#takenBefore;
    const isOver = ({ seq }: Waiting): boolean =>
      isStopped || (isNews && isBehind(seq, status.taken));
    for (const { seq, resolve } of this.#waiting.filter(isOver)) resolve({ seq, status });
    this.#waiting = this.#waiting.filter((one) => !isOver(one));
  }

  #read(reading: BoardReading): void {
    if (!this.#isOpen) return;
    const nowNs = monotonicNs();
    this.#streamHeardNs.set(reading.input, nowNs);
    // However little is known of the board's clock: nothing has been read that is still to come.
    this.#options.onReading(reading, Math.min(nowNs, this.hostNs(reading.takenUs)));
  }

  #lose(reason: string): void {
    const wasOpen = this.#isOpen;
    if (!this.#finish(reason) || !wasOpen) return; // whoever is opening it is told by its wait
    void this.#port?.close();
    this.#options.onLost(reason);
  }

  /** Whether this was the end. */
  #finish(reason: string): boolean {
    if (this.#end !== undefined) return false;
    this.#end = reason;
    this.#isOpen = false;
    this.#beats.unsubscribe();
    for (const { resolve } of this.#waiting.splice(0)) resolve(undefined);
    return true;
  }
}
