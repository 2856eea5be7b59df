// A host's end of the token protocol, over any line: bytes in, bytes out. What a board says last is kept; how
// time passes meanwhile is the caller's business, so that an emulated board and a real one look the same.
import { BodyError } from "../../core/errors.ts";
import { type BoardSetup, download } from "../../wire/download.ts";
import { decodeFields } from "../../wire/fields.ts";
import { hostFrame } from "../../wire/frame.ts";
import { WireParser } from "../../wire/parser.ts";
import {
  BAUDS,
  BOARD_FRAMES,
  BOARD_MODES,
  type BoardFrame,
  type BoardMode,
  type BoardValues,
  FAULTS,
  type Fault,
  type HostFrame,
  type HostValues,
  PROTOCOL_VERSION,
} from "../../wire/protocol.ts";
import { BoardClock } from "./board-clock.ts";
import { ASK_FIRMWARE, FirmataEar } from "./firmata-ear.ts";

export type BoardStatus = BoardValues<"status">;
export type BoardReading = BoardValues<"reading">;
export type BoardHello = BoardValues<"hello">;
export type Baud = (typeof BAUDS)[number];

/** How the caller lets a board have some time; resolves when it is over. */
export type Wait = (ms: number) => void | Promise<void>;

/** The host's own end of the line, and its patience. */
export interface Line {
  readonly setBaud: (baud: Baud) => void | Promise<void>;
  readonly wait: Wait;
}

export interface BoardLinkOptions {
  readonly say: (bytes: Uint8Array) => void;
  /** The host's time, microseconds from anywhere. */
  readonly nowUs: () => number;
  readonly onStatus?: (status: BoardStatus) => void;
  readonly onReading?: (reading: BoardReading) => void;
}

const NAME_OF: ReadonlyMap<number, BoardFrame> = new Map(
  Object.entries(BOARD_FRAMES).map(([name, { id }]) => [id, name as BoardFrame]),
);
const HELLO_TRIES = 20;
const ASKS_FIRMATA_AT = 4; // of the tries, at the first speed
const LOCK_TRIES = 3;
const PINGS = 5;
/** A frame and its answer at the slowest speed are 30 ms; the rest is for a line with a USB bridge in it. */
const ANSWER_MS = 100;
const SWITCH_MS = 30; // a board says what it has to say before it changes its speed
const BITS_PER_BYTE = 10;
const FRAME_BYTES = 7; // around the data
const PONG_DATA_BYTES = 12;
const SEQS = 128;

export const modeOf = ({ mode }: BoardStatus): BoardMode => BOARD_MODES[mode] ?? "estop";

export const faultsOf = ({ faults }: BoardStatus): Fault[] =>
  FAULTS.filter((_, bit) => (faults >> bit) & 1);

/** Whether there are pulses on its pins, by what it says of itself. */
export const isPowered = (status: BoardStatus): boolean =>
  modeOf(status) !== "limp" && modeOf(status) !== "estop";

/** The board's stamp from which on the pins show the command of that number, once it was taken. */
export const onPinsUs = ({ shown, startedUs, nextUs }: BoardStatus, seq: number): number =>
  shown === seq ? startedUs : nextUs;

/** Whether a board that has taken command `taken` has had its chance at `seq`, of which there are 128 in turn. */
export const isBehind = (seq: number, taken: number): boolean =>
  (taken - seq + SEQS) % SEQS < SEQS / 2;

export class BoardLink {
  /** Frames and pieces of frames that came damaged. */
  damaged = 0;
  /** Frames that came whole. */
  heard = 0;
  status: BoardStatus | undefined;
  hello: BoardHello | undefined;
  readonly clock = new BoardClock();
  readonly firmata = new FirmataEar();
  readonly #options: BoardLinkOptions;
  readonly #parser = new WireParser((event) => {
    if (event.type === "fault") this.damaged++;
    if (event.type === "frame") this.#hear(event.id, event.data);
    else this.firmata.hear(event);
  });
  #baud: Baud = BAUDS[0];
  #pinged: { readonly token: number; readonly saidUs: number } | undefined;
  #token = 0;
  #seq = 0;

  constructor(options: BoardLinkOptions) {
    this.#options = options;
  }

  /** Takes what the board said, in whatever pieces. */
  take(bytes: Iterable<number>): void {
    this.#parser.push(bytes);
  }

  /** Says a frame and returns its number, which a status repeats once it was taken, and once it is on the pins. */
  say<K extends HostFrame>(name: K, values: HostValues<K>): number {
    const seq = this.#nextSeq();
    this.#options.say(hostFrame(name, seq, values));
    return seq;
  }

  /** Asks for the board's time; the answer goes into `clock`. */
  ping(): void {
    this.#token = (this.#token + 1) % 2 ** 14;
    this.#pinged = { token: this.#token, saidUs: this.#options.nowUs() };
    this.say("ping", { token: this.#token });
  }

  /**
   * Finds the board, asks it to talk at `baud`, downloads and locks. One that is locked may hold one of `before`
   * instead: setups with the same limits, that it was told when its servos stood elsewhere.
   * @throws BodyError when nobody answers, or somebody who speaks something else
   */
  async open(
    setup: BoardSetup,
    baud: Baud,
    line: Line,
    before: readonly BoardSetup[] = [],
  ): Promise<void> {
    const known = new Set(before.map((one) => download(one, () => 0).crc));
    for (let tried = 0; tried < LOCK_TRIES; tried++) {
      if ((await this.greet([BAUDS[0], baud], line)) !== baud) {
        this.say("baud", { index: BAUDS.indexOf(baud) });
        await line.wait(SWITCH_MS);
        await this.#setBaud(baud, line);
      }
      const { frames, crc } = download(setup, () => this.#nextSeq());
      for (const frame of this.hello?.locked === 1 ? [] : frames) {
        this.#options.say(frame);
        await line.wait(2 + this.#wireUs(frame.length) / 1000);
      }
      const { locked, crc: held } = (await this.#hello(line)) ?? {};
      if (locked === 1 && (held === crc || known.has(held!))) {
        this.#seq = 0; // a hello has made the board forget what it took: both begin anew
        return;
      }
      if (locked === 1)
        throw new BodyError(
          "the board is locked to the limits of another robot, calibration or run; reset it (its button, or unplug it), then try again",
        );
    }
    throw new BodyError(
      `the board did not take its limits in ${LOCK_TRIES} tries (${this.damaged} damaged frames); ` +
        "look at the cable, or use a slower speed",
    );
  }

  /** Measures offset and way several times. @throws BodyError when nobody answers */
  async synchronise({ wait }: Pick<Line, "wait">): Promise<void> {
    for (let pings = 0; pings < PINGS; pings++) {
      this.ping();
      await this.#until(() => this.#pinged === undefined, wait);
    }
    if (this.clock.tripUs === undefined)
      throw new BodyError("the board answered no ping; look at its cable");
  }

  /**
   * Asks who is there at one speed after the other; resolves to the one at which the board answered.
   * @throws BodyError when nobody answers, or somebody who speaks something else
   */
  async greet(bauds: readonly Baud[], line: Line): Promise<Baud> {
    for (let tried = 0; tried < HELLO_TRIES; tried++) {
      const baud = bauds[tried % bauds.length]!;
      await this.#setBaud(baud, line);
      if (tried === ASKS_FIRMATA_AT) this.#options.say(ASK_FIRMWARE);
      const hello = await this.#hello(line);
      if (hello === undefined) continue;
      if (hello.protocol !== PROTOCOL_VERSION)
        throw new BodyError(
          `the board speaks protocol ${hello.protocol}, expected ${PROTOCOL_VERSION}; flash it with this Efference's firmware`,
        );
      return baud;
    }
    throw new BodyError(
      this.firmata.other === undefined
        ? "nobody answered as Efference's firmware; is the board powered, and was it flashed?"
        : `the board runs ${this.firmata.other}, not Efference's firmware; flash it with firmware/efference-uno.hex`,
    );
  }

  async #hello({ wait }: Line): Promise<BoardHello | undefined> {
    this.hello = undefined;
    this.say("hello", { protocol: PROTOCOL_VERSION });
    await this.#until(() => this.hello !== undefined, wait);
    return this.hello;
  }

  async #setBaud(baud: Baud, { setBaud }: Line): Promise<void> {
    this.#baud = baud;
    await setBaud(baud);
  }

  async #until(isOver: () => boolean, wait: Wait): Promise<void> {
    for (let waitedMs = 0; waitedMs < ANSWER_MS && !isOver(); waitedMs++) await wait(1);
  }

  #wireUs(bytes: number): number {
    return (bytes * BITS_PER_BYTE * 1e6) / this.#baud;
  }

  #nextSeq(): number {
    return (this.#seq = (this.#seq + 1) % SEQS);
  }

  #hear(id: number, data: Uint8Array): void {
    const name = NAME_OF.get(id);
    const values = name && decodeFields(BOARD_FRAMES[name], data);
    if (values === undefined) {
      this.damaged++;
      return;
    }
    this.heard++;
    if (name === "hello") this.hello = values as BoardHello;
    else if (name === "pong") this.#hearPong(values as BoardValues<"pong">);
    else if (name === "reading") this.#options.onReading?.(values as BoardReading);
    else {
      this.status = values as BoardStatus;
      this.#options.onStatus?.(this.status);
    }
  }

  #hearPong({ token, receivedUs, sentUs }: BoardValues<"pong">): void {
    if (this.#pinged?.token !== token) return;
    const { saidUs } = this.#pinged;
    this.#pinged = undefined;
    this.clock.note({
      saidUs,
      heardUs: this.#options.nowUs(),
      receivedUs,
      answeredUs: sentUs,
      thereUs: this.#wireUs(FRAME_BYTES + 2),
      backUs: this.#wireUs(FRAME_BYTES + PONG_DATA_BYTES),
    });
  }
}
