// Opening a port resets an Uno, and its boot loader listens first: what is said to it meanwhile could confuse it.
// The firmware tells its name when it starts; a board that was not reset says nothing and costs the whole wait.
import type { BoardLink, Line } from "../board/board-link.ts";

const BOOT_MS = 2500;
const LOOK_MS = 10;

export const awaitBoot = async (link: BoardLink, { wait }: Pick<Line, "wait">): Promise<void> => {
  for (let ms = 0; ms < BOOT_MS && !link.firmata.hasHeard; ms += LOOK_MS) await wait(LOOK_MS);
};
