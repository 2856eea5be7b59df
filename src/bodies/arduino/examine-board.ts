// What a board says of itself, without locking it to any robot.
import { monotonicNs, pause, RealClock } from "../../core/clock.ts";
import { BodyError } from "../../core/errors.ts";
import { BAUDS } from "../../wire/protocol.ts";
import { type Baud, type BoardHello, BoardLink, type BoardStatus } from "../board/board-link.ts";
import { awaitBoot } from "./await-boot.ts";
import type { OpenLine } from "./line-port.ts";

export interface BoardReport {
  readonly hello: BoardHello;
  readonly baud: Baud;
  /** The shortest way there and back of some pings. */
  readonly tripMs: number;
  readonly status: BoardStatus;
}

const STATUS_MS = 200;

/** @throws BodyError for a line that can't be opened, and for whoever does not answer as our firmware */
export const examineBoard = async (openLine: OpenLine): Promise<BoardReport> => {
  const clock = new RealClock();
  let gone: string | undefined;
  const link: BoardLink = new BoardLink({
    say: (bytes) => port.write(bytes),
    nowUs: () => monotonicNs() / 1e3,
  });
  const port = await openLine({
    heard: (bytes) => link.take(bytes),
    gone: (reason) => (gone = reason),
  });
  const line = {
    setBaud: (baud: Baud) => port.setBaud(baud),
    wait: async (ms: number) => {
      await pause(clock, ms);
      if (gone !== undefined) throw new BodyError(gone);
    },
  };
  try {
    await awaitBoot(link, line);
    const baud = await link.greet([BAUDS[0], BAUDS.at(-1)!], line);
    await link.synchronise(line);
    link.say("status", {});
    for (let ms = 0; ms < STATUS_MS && link.status === undefined; ms++) await line.wait(1);
    const { hello, status } = link;
    if (hello === undefined || status === undefined)
      throw new BodyError("the board said who it is, but not how it is; try again");
    return { hello, baud, tripMs: link.clock.tripUs! / 1000, status };
  } finally {
    await port.close();
  }
};
