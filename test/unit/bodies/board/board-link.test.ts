// The host's end of the protocol, against the real firmware on an emulated Uno.
import { expect, test } from "vitest";
import { BoardLink, faultsOf, modeOf } from "../../../../src/bodies/board/board-link.ts";
import { setupOf } from "../../../../src/bodies/board/setup.ts";
import { EmulatedUno } from "../../../../src/bodies/emulator/uno.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import { buildVocabulary } from "../../../../src/tokens/vocabulary.ts";
import { HEX } from "../emulator/board-fixture.ts";

const robot = loadRobot("duo");
const setup = setupOf(robot, buildVocabulary(robot));
const BAUD = 500_000;

/** A board and a line to it; `spoil` may change what the host says. */
const plug = (spoil: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes) => {
  const rises: number[] = [];
  const uno: EmulatedUno = new EmulatedUno({
    hex: HEX,
    baud: BAUD,
    said: (byte) => link.take([byte]),
    pulse: ({ riseCycles }) => rises.push(riseCycles / 16),
  });
  const link = new BoardLink((bytes) => uno.write(spoil(bytes)));
  const wait = (ms: number): void => uno.run(ms);
  const line = { baud: BAUD, setBaud: (baud: number) => void (uno.baud = baud), wait } as const;
  uno.run(30);
  return { uno, link, line, rises };
};

test("finds a board, asks it to talk faster, and locks it", async () => {
  const { uno, link, line } = plug();
  await link.open(setup, line);
  link.say("status", {});
  uno.run(10);
  expect(link.status).toMatchObject({ locked: 1 });
  expect(modeOf(link.status!)).toBe("limp");
  expect(faultsOf(link.status!)).toEqual([]);
  expect(link.damaged).toBe(0);
});

test("downloads again when the line spoiled a frame", async () => {
  let unspoiled = 0;
  const clean = plug((bytes) => (unspoiled++, bytes));
  await clean.link.open(setup, clean.line);
  let frames = 0;
  const { link, line } = plug((bytes) =>
    ++frames === 8 ? bytes.map((byte, at) => (at === 5 ? byte ^ 1 : byte)) : bytes,
  );
  await link.open(setup, line);
  expect(link.hello).toMatchObject({ locked: 1 });
  expect(frames).toBeGreaterThan(unspoiled);
});

test("a second host finds the board at its speed, if it has the same limits", async () => {
  const { uno, link, line } = plug();
  await link.open(setup, line);
  const again = new BoardLink((bytes) => uno.write(bytes));
  const listen = (byte: number): void => again.take([byte]);
  // The line's other end is now this one.
  link.take = (bytes) => {
    for (const byte of bytes) listen(byte);
  };
  await again.open(setup, line);
  expect(again.hello).toMatchObject({ locked: 1 });
  const other = { ...setup, timing: { ...setup.timing, holdMs: 16_000 } };
  await expect(again.open(other, line)).rejects.toThrow(
    "locked to the limits of another robot or calibration; reset it",
  );
});
