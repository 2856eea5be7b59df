// A board's microseconds in its host's time. An Uno counts by a ceramic resonator, which may be 0.5 % off: 5 ms
// a second. So besides the offset the rate is fitted, a line through the newest pings; a ping that was long on its
// way says little and is left out.

/** What the two ends say of one ping, in microseconds of their own. */
export interface PingTimes {
  readonly saidUs: number;
  readonly heardUs: number;
  /** The board's: the question was whole, the answer began. */
  readonly receivedUs: number;
  readonly answeredUs: number;
  /** What question and answer take on the wire: the answer is longer, and that is no offset. */
  readonly thereUs: number;
  readonly backUs: number;
}

interface Point {
  readonly hostUs: number;
  readonly boardUs: number;
  readonly tripUs: number;
}

/** A board counts 31 bits. */
const WRAP_US = 2 ** 31;
const KEPT = 20;
/** Over less than that a rate would be made of the pings' errors. */
const LEAST_SPAN_US = 400_000;
/** A trip this much longer than the shortest has waited somewhere. */
const DETOUR_US = 500;
/** No resonator is this far off: what looks like it is a line that was held up. */
const MOST_DRIFT = 0.01;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

export class BoardClock {
  #points: Point[] = [];
  #origin: Omit<Point, "tripUs"> = { hostUs: 0, boardUs: 0 };
  /** Microseconds of the host's in one of the board's. */
  #rate = 1;

  /** The shortest way there and back of the newest pings, microseconds; undefined before the first. */
  get tripUs(): number | undefined {
    return this.#points.length === 0
      ? undefined
      : Math.min(...this.#points.map(({ tripUs }) => tripUs));
  }

  note({ saidUs, heardUs, receivedUs, answeredUs, thereUs, backUs }: PingTimes): void {
    const busyUs = (answeredUs - receivedUs + WRAP_US) % WRAP_US;
    const hostUs = (saidUs + thereUs + heardUs - backUs) / 2;
    const boardUs = this.#unwrapped(receivedUs, hostUs) + busyUs / 2;
    this.#points = [
      ...this.#points.slice(1 - KEPT),
      { hostUs, boardUs, tripUs: heardUs - saidUs - busyUs },
    ];
    this.#fit();
  }

  /** The host's time of a board's stamp that is less than 17 minutes from `nowUs`. */
  hostUs(boardUs: number, nowUs: number): number {
    const sinceUs = this.#unwrapped(boardUs, nowUs) - this.#origin.boardUs;
    return this.#origin.hostUs + sinceUs * this.#rate;
  }

  /** The board's count without its wrapping round, of the stamp that is nearest to `hostUs`. */
  #unwrapped(boardUs: number, hostUs: number): number {
    if (this.#points.length === 0) return boardUs;
    const expectedUs = this.#origin.boardUs + (hostUs - this.#origin.hostUs) / this.#rate;
    return boardUs + Math.round((expectedUs - boardUs) / WRAP_US) * WRAP_US;
  }

  #fit(): void {
    const shortestUs = this.tripUs!;
    const good = this.#points.filter(({ tripUs }) => tripUs <= shortestUs + DETOUR_US);
    if (good.at(-1)!.boardUs - good[0]!.boardUs < LEAST_SPAN_US) {
      this.#origin = good.find(({ tripUs }) => tripUs === shortestUs)!;
      return;
    }
    const boardUs = mean(good.map((point) => point.boardUs));
    const hostUs = mean(good.map((point) => point.hostUs));
    const [covariance, variance] = good.reduce(
      ([together, alone], point) => {
        const away = point.boardUs - boardUs;
        return [together + away * (point.hostUs - hostUs), alone + away * away];
      },
      [0, 0],
    );
    this.#rate = Math.min(1 + MOST_DRIFT, Math.max(1 - MOST_DRIFT, covariance / variance));
    this.#origin = { boardUs, hostUs };
  }
}
