// How far a board's stamps can be trusted: drift, detours on the way, and a counter that wraps round.
import { expect, test } from "vitest";
import { BoardClock } from "../../../../src/bodies/board/board-clock.ts";
import { Random } from "../../../../src/core/random.ts";

const WRAP_US = 2 ** 31;

/** A board whose resonator is 0.5 % fast, behind a line on which a ping may be held up. */
const drifting = (bootedUs: number) => {
  const clock = new BoardClock();
  const random = new Random(1, "trips");
  const boardUs = (hostUs: number): number => ((hostUs + bootedUs) * 1.005) % WRAP_US;
  const ping = (saidUs: number): void => {
    const [there, back] = [300 + 4000 * random.uniform() ** 4, 400 + 8000 * random.uniform() ** 4];
    const receivedUs = Math.round(boardUs(saidUs + there));
    const answeredUs = Math.round(boardUs(saidUs + there + 50));
    const heardUs = saidUs + there + 50 + back;
    clock.note({ saidUs, heardUs, receivedUs, answeredUs, thereUs: 180, backUs: 380 });
  };
  const offUs = (hostUs: number): number => clock.hostUs(boardUs(hostUs), hostUs) - hostUs;
  return { ping, offUs, clock };
};

test("follows a resonator that is half a percent off, to a millisecond", () => {
  const { ping, offUs, clock } = drifting(3e6);
  const off: number[] = [];
  for (let hostUs = 0; hostUs < 60e6; hostUs += 500_000) {
    ping(hostUs);
    off.push(Math.abs(offUs(hostUs + 250_000)));
  }
  expect(Math.max(...off.slice(6))).toBeLessThan(1000); // once it has pings of 3 s
  expect(clock.tripUs).toBeGreaterThan(700);
  expect(clock.tripUs).toBeLessThan(2000);
});

test("does not mind that the board's count begins anew after 36 minutes", () => {
  const { ping, offUs } = drifting(WRAP_US / 1.005 - 5e6);
  const off: number[] = [];
  for (let hostUs = 0; hostUs < 20e6; hostUs += 500_000) {
    ping(hostUs);
    off.push(Math.abs(offUs(hostUs)));
  }
  expect(Math.max(...off.slice(6))).toBeLessThan(1000);
});
