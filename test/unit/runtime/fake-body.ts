// A body that only remembers, for tests of the loop; the sensors speak when the test says so.
import { Subject } from "rxjs";
import type { Clock } from "../../../src/core/clock.ts";
import type { Body, BodyStatus, Sample, ServoFrame, WorldState } from "../../../src/core/ports.ts";

export class FakeBody implements Body {
  readonly kind = "fake";
  readonly samples = new Subject<Sample>();
  readonly states = new Subject<WorldState>();
  readonly frames: { timeNs: number; angleDeg: Float64Array; powered: boolean }[] = [];
  readonly #clock: Clock;
  /** Set to make the next frame fail. */
  breaks: Error | undefined;
  /** Set to make it drive its servos whatever it is told. */
  keepsPower = false;
  /** Set to make it out of reach, for this reason. */
  away: string | undefined;
  /** What it was told beside frames. */
  readonly orders: string[] = [];
  /** Set to make it take frames and never answer. */
  goesSilent = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async send({ timeNs, angleDeg, powered }: ServoFrame): Promise<BodyStatus> {
    if (this.breaks) throw this.breaks;
    this.frames.push({ timeNs, angleDeg: Float64Array.from(angleDeg), powered });
    if (this.goesSilent) return new Promise(() => {});
    const appliedAtNs = this.#clock.nowNs();
    if (this.away !== undefined) return { appliedAtNs, powered: this.keepsPower, away: this.away };
    return { appliedAtNs, powered: powered || this.keepsPower };
  }

  stop(): void {
    this.orders.push("stop");
  }

  clear(): void {
    this.orders.push("clear");
  }

  async close(): Promise<void> {
    this.samples.complete();
    this.states.complete();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
