// What goes wrong on a wire, with the body, the real firmware and real time in between: in every case the pulses stay
// inside their limits, and a board that is left alone holds, then goes limp.
import { expect, onTestFinished, test } from "vitest";
import { ArduinoBody, type ArduinoOptions } from "../../../../src/bodies/arduino/arduino-body.ts";
import { ServoOutputs } from "../../../../src/bodies/board/servo-outputs.ts";
import { setupOf } from "../../../../src/bodies/board/setup.ts";
import type { Pulse } from "../../../../src/bodies/emulator/pulse-meter.ts";
import { pause, RealClock } from "../../../../src/core/clock.ts";
import { BodyError } from "../../../../src/core/errors.ts";
import type { BodyStatus } from "../../../../src/core/ports.ts";
import { Random } from "../../../../src/core/random.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import { restPose } from "../../../../src/core/robot.ts";
import { buildVocabulary } from "../../../../src/tokens/vocabulary.ts";
import { boardFrame, hostFrame } from "../../../../src/wire/frame.ts";
import { ESTOP_BYTE, HOST_FRAMES } from "../../../../src/wire/protocol.ts";
import { US } from "../emulator/board-fixture.ts";
import { violations } from "../emulator/violations.ts";
import { Cable } from "./cable.ts";

const robot = loadRobot("duo");
const setup = setupOf(robot, buildVocabulary(robot));
const clock = new RealClock();
const PATIENCE_MS = 20_000;

const swing = (step: number): Float64Array =>
  restPose(robot).map((deg, i) => deg + 6 * (1 - Math.cos(step / 12 + i)));

const plug = async (options: Pick<ArduinoOptions, "retries"> = {}) => {
  const cable = new Cable();
  const told: string[] = [];
  const { openLine } = cable;
  const tell = (line: string): void => void told.push(line);
  const body = await ArduinoBody.open({ robot, clock, openLine, tell, ...options });
  onTestFinished(async () => {
    await body.close();
    cable.unplugForGood();
  });
  let [step, isStanding] = [0, false];
  const stand = (): void => void (isStanding = true);
  const send = (powered = true): Promise<BodyStatus> => {
    if (!isStanding) step++;
    return body.send({ timeNs: 0, angleDeg: swing(step), powered });
  };
  /** As the runtime does, without waiting for answers. */
  const stream = async (ms: number): Promise<BodyStatus[]> => {
    const answers: Promise<BodyStatus>[] = [];
    for (const endNs = clock.nowNs() + ms * 1e6; clock.nowNs() < endNs; await pause(clock, 20))
      answers.push(send());
    return Promise.all(answers);
  };
  /** Sends until the answer is as wanted. */
  const until = async (wanted: (status: BodyStatus) => boolean): Promise<BodyStatus> => {
    for (const endNs = clock.nowNs() + PATIENCE_MS * 1e6; clock.nowNs() < endNs;) {
      const status = await send();
      if (wanted(status)) return status;
      await pause(clock, 20);
    }
    throw new Error(`not in ${PATIENCE_MS} ms; told: ${told.join("; ")}`);
  };
  return { cable, body, told, send, stand, stream, until };
};

const isMoving = ({ powered, away }: BodyStatus): boolean => powered && away === undefined;

/** What a board does that is left alone from now on. */
const leftAlone = async (cable: Cable) => {
  const { holdMs, limpMs } = setup.timing;
  await cable.pass(holdMs + 100);
  const wrong = violations(cable.takePulses(), setup.servos);
  await cable.pass(limpMs / 2);
  const held = cable.takePulses();
  const spreads = setup.servos.map(({ channel }) => {
    const widths = held.filter(({ pin }) => pin === channel + 2).map((one) => one.widthCycles);
    return Math.max(...widths) - Math.min(...widths); // -Infinity without a pulse
  });
  await cable.pass(limpMs / 2 + 200);
  cable.takePulses();
  await cable.pass(300);
  return {
    wrong,
    holds: spreads.every((cycles) => cycles >= 0 && cycles <= 6 * US),
    pulsesWhenLimp: cable.takePulses().length,
  };
};
/** The width of the first, or the last, pulse of each servo. */
const widths = (pulses: readonly Pulse[], which: "first" | "last"): number[] =>
  setup.servos.map(({ channel }) => {
    const own = pulses.filter(({ pin }) => pin === channel + 2);
    return own.at(which === "first" ? 0 : -1)!.widthCycles;
  });

const HOLD_THEN_LIMP = { wrong: [], holds: true, pulsesWhenLimp: 0 };

/** Whether there were pulses, and what was wrong with them. */
const judged = (pulses: readonly Pulse[]) => ({
  many: pulses.length > 50,
  wrong: violations(pulses, setup.servos),
});
const LEGAL = { many: true, wrong: [] };

test("a pulled cable: the board holds, then goes limp; plugged in again it is found, and wakes softly", async () => {
  const { cable, told, send, stream, until } = await plug();
  await stream(600);
  const cut = send(); // on its way when the cable goes
  cable.isPlugged = false;
  expect(await cut).toMatchObject({ powered: true, away: "the cable was pulled" });
  expect(judged(cable.takePulses())).toEqual(LEGAL);
  expect(await leftAlone(cable)).toEqual(HOLD_THEN_LIMP);
  expect(await send(false)).toMatchObject({ powered: false, away: "the cable was pulled" });
  await until(() => told.at(-1) === "not yet: the port does not exist");
  cable.isPlugged = true;
  await until(isMoving);
  await stream(600);
  expect(judged(cable.takePulses())).toEqual(LEGAL);
  expect(told.at(-1)).toBe("the board is back, and wakes softly");
  expect(await leftAlone(cable)).toEqual(HOLD_THEN_LIMP);
}, 60_000);

test("a board that is not found again breaks its body in the end, with what was lost and why it was not found", async () => {
  const { cable, body, told, stream, send } = await plug({ retries: 2 });
  const broke = new Promise<Error>((resolve) => body.samples.subscribe({ error: resolve }));
  await stream(600);
  cable.isPlugged = false;
  expect((await send()).away).toBe("the cable was pulled");
  const words = "the cable was pulled, and was not found again in 2 tries: the port does not exist";
  expect(await broke).toEqual(new BodyError(words));
  await expect(send()).rejects.toThrow(words);
  expect(told.filter((line) => line.includes("the port does not exist"))).toHaveLength(1); // of two tries
  cable.isPlugged = true;
  await pause(clock, 1000);
  await expect(send()).rejects.toThrow(words);
  expect(cable.openings).toBe(1); // nobody looks any more
}, 60_000);

test("a host that has nothing to say keeps its board, which holds and goes limp meanwhile", async () => {
  const { cable, stream, until, told } = await plug();
  await stream(600);
  expect(judged(cable.takePulses())).toEqual(LEGAL);
  expect(await leftAlone(cable)).toEqual(HOLD_THEN_LIMP);
  await cable.pass(2000); // together longer than a board waits before it goes back to its first speed
  await until(isMoving);
  expect(cable.openings).toBe(1);
  expect(told.filter((line) => line.includes("Looking for it"))).toEqual([]);
}, 60_000);

test("a board that was reset wakes from where its servos were, not from their rest", async () => {
  const { cable, stand, until, stream } = await plug();
  await stream(1200);
  stand();
  await stream(400); // what it last told is where they stand
  cable.isPlugged = false;
  const stood = widths(cable.takePulses(), "last");
  const { homeTicks } = setup.servos[0]!;
  expect(Math.abs(stood[0]! / 8 - homeTicks)).toBeGreaterThan(2 * setup.timing.softSlewTicks);
  await leftAlone(cable);
  cable.takePulses();
  cable.isPlugged = true;
  await until(isMoving);
  await stream(200);
  for (const [index, width] of widths(cable.takePulses(), "first").entries())
    expect(Math.abs(width - stood[index]!) / 8).toBeLessThanOrEqual(setup.timing.softSlewTicks + 6);
}, 60_000);

test("a board that opening its port does not reset is found again, whichever pose it was told", async () => {
  const { cable, until, stream, told } = await plug();
  for (const resets of [false, true, false]) {
    await stream(700);
    cable.isPlugged = false;
    await cable.pass(500);
    cable.resets = resets;
    cable.isPlugged = true;
    await until(isMoving);
    expect(told.at(-1)).toBe("the board is back, and wakes softly");
  }
  expect(judged(cable.takePulses())).toEqual(LEGAL);
}, 90_000);

test("one bit in a hundred turns over on the line, both ways", async () => {
  const { cable, stream, until } = await plug();
  await stream(600);
  const random = new Random(11, "noise");
  cable.spoil = (bytes) =>
    bytes.map((byte) => {
      let seen = byte;
      for (let bit = 0; bit < 8; bit++) if (random.uniform() < 0.01) seen ^= 1 << bit;
      return seen;
    });
  const answers = await stream(1500);
  expect(answers.length).toBeGreaterThan(5);
  expect(judged(cable.takePulses())).toEqual(LEGAL);
  // How long it holds is chance: now and then a whole frame still gets through.
  expect(await leftAlone(cable)).toMatchObject({ wrong: [], pulsesWhenLimp: 0 });
  cable.spoil = (bytes) => bytes;
  await until(isMoving);
  expect(await leftAlone(cable)).toEqual(HOLD_THEN_LIMP);
}, 60_000);

test("a few flipped bits cost nothing: each frame carries every target", async () => {
  const { cable, stream } = await plug();
  await stream(600);
  const random = new Random(12, "noise");
  cable.spoil = (bytes) =>
    bytes.map((byte) => (random.uniform() < 0.002 ? byte ^ (1 << (byte % 7)) : byte));
  const answers = await stream(2000);
  expect(answers.filter(isMoving).length).toBe(answers.length);
  expect(judged(cable.takePulses())).toEqual(LEGAL);
  expect(cable.openings).toBe(1);
}, 60_000);

test("a brown-out: limp at once, found again with new limits, and it says so", async () => {
  const { cable, told, stream, until } = await plug();
  await stream(600);
  expect(judged(cable.takePulses())).toEqual(LEGAL);
  cable.uno.reset("brownOut");
  await cable.pass(3); // a pulse that was on its way
  cable.takePulses();
  await until(({ away }) => away !== undefined);
  expect(cable.takePulses()).toEqual([]);
  await until(isMoving);
  expect(told.some((line) => line.includes("Looking for it"))).toBe(true);
  await stream(600);
  expect(judged(cable.takePulses())).toEqual(LEGAL);
  expect(await leftAlone(cable)).toEqual(HOLD_THEN_LIMP);
}, 60_000);

test("limits that the host violates on purpose hold all the same", async () => {
  const { cable, body, stream } = await plug();
  await stream(600);
  for (let k = 0; k < 30; k++) {
    const angleDeg = restPose(robot).map(() => (k % 2 === 0 ? 1000 : -1000));
    await body.send({ timeNs: 0, angleDeg, powered: true });
    const ticks = setup.servos.map(() => (k % 2 === 0 ? 16_383 : 1));
    cable.interfere(hostFrame("targets", 0, { mask: 0xff, ticks }));
    await pause(clock, 20);
  }
  expect(judged(cable.takePulses())).toEqual(LEGAL);
  expect(await leftAlone(cable)).toEqual(HOLD_THEN_LIMP);
}, 60_000);

test("a flood of garbage, and then all is as it was", async () => {
  const { cable, stream, until } = await plug();
  await stream(600);
  const random = new Random(5, "garbage");
  for (let k = 0; k < 50; k++) {
    const bytes = Array.from({ length: 400 }, () => Math.floor(random.uniform() * 256));
    cable.interfere(bytes.map((byte) => (byte === ESTOP_BYTE ? 0xf0 : byte))); // that would be a stop
    await stream(20);
  }
  await until(isMoving);
  expect(judged(cable.takePulses())).toEqual(LEGAL);
  expect(await leftAlone(cable)).toEqual(HOLD_THEN_LIMP);
}, 60_000);

test("two clients: the other one widens nothing, and neither hangs", async () => {
  const { cable, stream } = await plug();
  await stream(600);
  const outputs = new ServoOutputs(robot);
  for (let k = 0; k < 40; k++) {
    cable.interfere(hostFrame("hello", 0, { protocol: 1 }));
    cable.interfere(hostFrame("begin", 1, {}));
    cable.interfere(hostFrame("servo", 2, { ...setup.servos[0]!, minTicks: 800, maxTicks: 5200 }));
    cable.interfere(hostFrame("lock", 3, { crc: k }));
    cable.interfere(hostFrame("targets", k, outputs.targets(swing(k + 5), true)));
    await stream(20);
  }
  expect(judged(cable.takePulses())).toEqual(LEGAL);
  expect(await leftAlone(cable)).toEqual(HOLD_THEN_LIMP);
}, 60_000);

test("the emergency stop goes out at once, latches on the board, and ends by clear alone", async () => {
  const { cable, body, stream, until, send } = await plug();
  await stream(600);
  body.stop();
  expect(await send()).toMatchObject({ powered: false });
  await cable.pass(30); // what was on the pins ends in its time
  cable.takePulses();
  const answers = await stream(400);
  expect(answers.filter(({ powered }) => powered)).toEqual([]);
  expect(answers.filter(({ away }) => away !== undefined)).toEqual([]);
  expect(cable.takePulses()).toEqual([]);
  body.clear();
  await until(isMoving);
  await stream(400);
  expect(judged(cable.takePulses())).toEqual(LEGAL);
  cable.interfere([ESTOP_BYTE, ESTOP_BYTE]); // somebody else's
  expect((await until(({ away }) => away !== undefined)).away).toContain("c clears it");
  body.clear();
  await until(isMoving);
}, 60_000);

test("an answer from before a clear that comes together with one from after it is no stop of somebody else's", async () => {
  const { cable, body, told, stream, send } = await plug();
  await stream(600);
  body.stop();
  await stream(200);
  cable.isClogged = true;
  const answer = send();
  await cable.pass(20); // answered, unheard
  body.clear();
  await cable.pass(120); // cleared, and said so
  cable.isClogged = false;
  expect(await answer).toMatchObject({ powered: false });
  expect(await answer).not.toHaveProperty("away");
  expect(told.filter((line) => line.includes("c clears it"))).toEqual([]);
}, 60_000);

test("a stop whose bytes were lost is said until it is obeyed", async () => {
  const { cable, body, stream, until } = await plug();
  await stream(600);
  cable.spoil = (bytes) => (bytes[0] === ESTOP_BYTE ? new Uint8Array() : bytes);
  body.stop();
  cable.spoil = (bytes) => bytes;
  expect(await until(({ powered }) => !powered)).not.toHaveProperty("away");
}, 60_000);

test("commands of which every byte was lost are said again, while statuses go on coming", async () => {
  const { cable, stream, send } = await plug();
  await stream(600);
  const { id } = HOST_FRAMES.targets;
  const whole = cable.spoil;
  cable.spoil = (bytes) => (bytes[0] === 0xf0 && bytes[1] === id ? new Uint8Array() : bytes);
  const answers = [send(), send()];
  cable.spoil = whole;
  for (const answer of await Promise.all(answers)) expect(isMoving(answer)).toBe(true);
  expect(cable.openings).toBe(1);
}, 60_000);

test("a command that was lost after a long silence is said again, too", async () => {
  const { cable, send } = await plug();
  await cable.pass(4000); // the numbers of statuses have gone round by then
  const { id } = HOST_FRAMES.targets;
  let dropped = 0;
  cable.spoil = (bytes, to) => {
    if (to !== "board" || bytes[0] !== 0xf0 || bytes[1] !== id || dropped > 0) return bytes;
    dropped++;
    return new Uint8Array();
  };
  expect(isMoving(await send())).toBe(true);
  expect(dropped).toBe(1);
  expect(cable.openings).toBe(1);
}, 60_000);

test("a line on which nothing reaches the board is lost, though the board goes on talking, and is found again", async () => {
  const { cable, told, send, stream, until } = await plug();
  await stream(600);
  cable.spoil = (bytes, to) => (to === "board" ? new Uint8Array() : bytes);
  const saidNs = clock.nowNs();
  expect((await send()).away).toMatch(/taken no command for 350 ms/);
  expect(clock.nowNs() - saidNs).toBeLessThan(500e6); // the runtime's patience
  await until(() => cable.openings === 2); // which resets it
  expect(judged(cable.takePulses())).toEqual(LEGAL);
  cable.spoil = (bytes) => bytes;
  await until(isMoving);
  expect(told.at(-1)).toBe("the board is back, and wakes softly");
  await stream(400);
  expect(judged(cable.takePulses())).toEqual(LEGAL);
}, 60_000);

test("a board that somebody else has stopped is stopped still when it was lost and found, until clear", async () => {
  const { cable, body, told, stream, until } = await plug();
  await stream(600);
  cable.interfere([ESTOP_BYTE, ESTOP_BYTE]);
  await until(({ away }) => away?.includes("c clears it") === true);
  expect(told.filter((line) => line.includes("c clears it"))).toHaveLength(1);
  cable.isPlugged = false;
  await until(({ away }) => away === "the cable was pulled");
  cable.isPlugged = true;
  await until(() => told.at(-1) === "the board is back, and wakes softly");
  cable.takePulses();
  const answers = await stream(600);
  expect(answers.filter(({ powered }) => powered)).toEqual([]);
  expect(answers.at(-1)!.away).toContain("c clears it");
  expect(cable.takePulses()).toEqual([]);
  body.clear();
  await until(isMoving);
}, 60_000);

test("says who answers in the place of our firmware, and gives up when asked to", async () => {
  const hello = { protocol: 9, major: 1, minor: 0, patch: 0, board: 1, servos: 12 };
  const words = boardFrame("hello", 0, { ...hello, resetCause: 2, locked: 0, crc: 0 });
  const open = (says: Uint8Array, signal?: AbortSignal) =>
    ArduinoBody.open({
      robot,
      clock,
      tell: () => {},
      openLine: async ({ heard }) => ({
        write: () => heard(says),
        setBaud: async () => {},
        close: async () => {},
      }),
      ...(signal && { signal }),
    });
  await expect(open(words)).rejects.toThrow("the board speaks protocol 9, expected 1");
  await expect(open(new Uint8Array())).rejects.toThrow("nobody answered as Efference's firmware");
  const abort = new AbortController();
  const opening = open(new Uint8Array(), abort.signal);
  abort.abort(new Error("changed my mind"));
  await expect(opening).rejects.toThrow("changed my mind");
}, 60_000);
