// An emulated Uno at the pace of the machine's clock, for programs that can't be told to wait. It catches up
// when somebody speaks, and then each millisecond until nobody has said anything for a while; from then
// on each ten. What a busy machine can't make up is lost: the board stood still.
import { type Clock, NS_PER_MS } from "../../core/clock.ts";
import type { Pulse } from "./pulse-meter.ts";
import { EmulatedUno, type UnoOptions } from "./uno.ts";

const NAP_NS = NS_PER_MS;
const LONG_NAP_NS = 10 * NS_PER_MS;
const TALK_NS = 100 * NS_PER_MS;
/** Of chip time without a look at what else happens in the process. */
const SLICE_NS = 20 * NS_PER_MS;
const STANDSTILL_NS = 500 * NS_PER_MS;

export interface PacedUnoOptions extends Pick<UnoOptions, "hex" | "bootLoader"> {
  readonly clock: Clock;
  readonly said: (bytes: Uint8Array) => void;
  readonly pulse?: (pulse: Pulse) => void;
  /** The chip has received all that it was told. */
  readonly drained?: () => void;
}

export class PacedUno {
  readonly uno: EmulatedUno;
  readonly #options: PacedUnoOptions;
  #originNs: number; // the clock's stamp at which the chip's time was zero
  #said: number[] = [];
  #spokeNs = -Infinity;
  #isFilled = false;
  #isWaking = false;
  #isClosed = false;
  #cancel = (): void => {};

  /** @throws BodyError for a file that is no program of an Uno */
  constructor(options: PacedUnoOptions) {
    const { hex, bootLoader, clock, pulse } = options;
    this.#options = options;
    this.#originNs = clock.nowNs();
    this.uno = new EmulatedUno({
      hex,
      bootLoader,
      said: (byte) => this.#said.push(byte),
      ...(pulse && { pulse }),
    });
    this.#wake();
  }

  /** Says bytes to the chip, from now on, at whatever speed it listens. */
  write(bytes: Iterable<number>): void {
    this.#catchUp();
    this.uno.write(bytes);
    this.#spokeNs = this.#options.clock.nowNs();
    this.#isFilled = true;
    this.#wake();
  }

  /** Presses the reset button. */
  reset(): void {
    this.#catchUp();
    this.uno.reset("pin");
    this.#wake();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  /** What the board has to say it never says to somebody who is just talking. */
  #wake(): void {
    if (this.#isWaking || this.#isClosed) return; // or one who talks without end would put it off
    this.#isWaking = true;
    const { clock } = this.#options;
    this.#cancel();
    this.#cancel = clock.at(clock.nowNs(), () => this.#live());
  }

  #live(): void {
    this.#isWaking = false;
    this.#catchUp();
    this.#tell();
    const { uno } = this;
    const { clock, drained } = this.#options;
    if (this.#isFilled && uno.onTheLine === 0) {
      this.#isFilled = false;
      drained?.();
    }
    if (this.#isWaking || this.#isClosed) return; // whoever was told something may have answered
    const nowNs = clock.nowNs();
    const isBehind = nowNs - this.#originNs - uno.timeNs > SLICE_NS;
    const isTalking = nowNs - this.#spokeNs < TALK_NS;
    const napNs = isBehind || isTalking ? NAP_NS : LONG_NAP_NS;
    this.#cancel = clock.at(nowNs + napNs, () => this.#live());
  }

  #catchUp(): void {
    const { uno } = this;
    const nowNs = this.#options.clock.nowNs();
    const behindNs = nowNs - this.#originNs - uno.timeNs;
    if (behindNs > STANDSTILL_NS) this.#originNs += behindNs - STANDSTILL_NS;
    uno.runTo(Math.min(nowNs - this.#originNs, uno.timeNs + SLICE_NS));
  }

  #tell(): void {
    if (this.#said.length === 0) return;
    const bytes = Uint8Array.from(this.#said);
    this.#said = [];
    this.#spokeNs = this.#options.clock.nowNs();
    this.#options.said(bytes);
  }
}
