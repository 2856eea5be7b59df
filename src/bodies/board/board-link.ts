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

export type BoardStatus = BoardValues<"status">;
export type Baud = (typeof BAUDS)[number];

/** How the caller lets a board have some time; resolves when it is over. */
export type Wait = (ms: number) => void | Promise<void>;

const NAME_OF: ReadonlyMap<number, BoardFrame> = new Map(
  Object.entries(BOARD_FRAMES).map(([name, { id }]) => [id, name as BoardFrame]),
);
const HELLO_TRIES = 20;
const LOCK_TRIES = 3;
const PINGS = 5;
const ANSWER_MS = 30; // a frame and its answer at the slowest speed
const BITS_PER_BYTE = 10;

export const modeOf = ({ mode }: BoardStatus): BoardMode => BOARD_MODES[mode] ?? "estop";

export const faultsOf = ({ faults }: BoardStatus): Fault[] =>
  FAULTS.filter((_, bit) => (faults >> bit) & 1);

export class BoardLink {
  /** Frames and pieces of frames that came damaged. */
  damaged = 0;
  status: BoardStatus | undefined;
  hello: BoardValues<"hello"> | undefined;
  readonly #say: (bytes: Uint8Array) => void;
  readonly #parser = new WireParser((event) => {
    if (event.type === "fault") this.damaged++;
    if (event.type === "frame") this.#hear(event.id, event.data);
  });
  #pong: BoardValues<"pong"> | undefined;
  #seq = 0;

  constructor(say: (bytes: Uint8Array) => void) {
    this.#say = say;
  }

  /** Takes what the board said, in whatever pieces. */
  take(bytes: Iterable<number>): void {
    this.#parser.push(bytes);
  }

  /** Says a frame and returns its number, which a status repeats once it was taken, and once it is on the pins. */
  say<K extends HostFrame>(name: K, values: HostValues<K>): number {
    const seq = this.#nextSeq();
    this.#say(hostFrame(name, seq, values));
    return seq;
  }

  /**
   * Finds the board, asks it to talk at `baud`, downloads and locks.
   * @param setBaud the host's own end of the line
   * @throws BodyError when nobody answers, or somebody who speaks something else
   */
  async open(
    setup: BoardSetup,
    { baud, setBaud, wait }: { baud: Baud; setBaud: (baud: Baud) => void; wait: Wait },
  ): Promise<void> {
    const heardAt = await this.#greet([BAUDS[0], baud], setBaud, wait);
    if (heardAt !== baud) {
      this.say("baud", { index: BAUDS.indexOf(baud) });
      await wait(ANSWER_MS);
      setBaud(baud);
    }
    for (let tried = 0; tried < LOCK_TRIES; tried++) {
      const { frames, crc } = download(setup, () => this.#nextSeq());
      for (const frame of this.hello?.locked === 1 ? [] : frames) {
        this.#say(frame);
        await wait(2 + (frame.length * BITS_PER_BYTE * 1000) / baud);
      }
      this.hello = undefined;
      this.say("hello", { protocol: PROTOCOL_VERSION });
      await wait(ANSWER_MS);
      const { locked, crc: held } = (this.hello ?? {}) as Partial<BoardValues<"hello">>;
      if (locked === 1 && held === crc) return;
      if (locked === 1)
        throw new BodyError(
          "the board is locked to the limits of another robot or calibration; reset it (its button, or unplug it), then try again",
        );
    }
    throw new BodyError(
      `the board did not take its limits in ${LOCK_TRIES} tries (${this.damaged} damaged frames); ` +
        "look at the cable, or use a slower speed",
    );
  }

  /** Microseconds to subtract from the board's stamps to get the caller's `nowUs`. */
  async clockOffsetUs(nowUs: () => number, wait: Wait): Promise<number> {
    let best: { offsetUs: number; tripUs: number } | undefined;
    for (let token = 0; token < PINGS; token++) {
      const sentUs = nowUs();
      this.#pong = undefined;
      this.say("ping", { token });
      let waitedMs = 0;
      for (; this.#pong === undefined && waitedMs < ANSWER_MS; waitedMs++) await wait(1);
      const pong = this.#pong as BoardValues<"pong"> | undefined;
      if (pong?.token !== token) continue;
      const tripUs = nowUs() - sentUs - (pong.sentUs - pong.receivedUs);
      if (best !== undefined && best.tripUs <= tripUs) continue;
      best = { tripUs, offsetUs: pong.receivedUs - sentUs - tripUs / 2 };
    }
    if (best !== undefined) return best.offsetUs;
    throw new BodyError("the board answered no ping; look at its cable");
  }

  async #greet(bauds: readonly Baud[], setBaud: (baud: Baud) => void, wait: Wait): Promise<Baud> {
    for (let tried = 0; tried < HELLO_TRIES; tried++) {
      const baud = bauds[tried % bauds.length]!;
      setBaud(baud);
      this.say("hello", { protocol: PROTOCOL_VERSION });
      await wait(ANSWER_MS);
      if (this.hello === undefined) continue;
      if (this.hello.protocol !== PROTOCOL_VERSION)
        throw new BodyError(
          `the board speaks protocol ${this.hello.protocol}, expected ${PROTOCOL_VERSION}; flash it with this Efference's firmware`,
        );
      return baud;
    }
    throw new BodyError(
      "nobody answered as Efference's firmware; is the board powered, and was it flashed?",
    );
  }

  #nextSeq(): number {
    return (this.#seq = (this.#seq + 1) & 0x7f);
  }

  #hear(id: number, data: Uint8Array): void {
    const name = NAME_OF.get(id);
    const values = name && decodeFields(BOARD_FRAMES[name], data);
    if (values === undefined) this.damaged++;
    else if (name === "status") this.status = values as BoardStatus;
    else if (name === "hello") this.hello = values as BoardValues<"hello">;
    else if (name === "pong") this.#pong = values as BoardValues<"pong">;
  }
}
