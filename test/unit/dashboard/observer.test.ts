import { expect, it } from "vitest";
import type { SafetyMode } from "../../../src/core/records.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { readFrames } from "../../../src/dashboard/fields.ts";
import type { Status } from "../../../src/dashboard/hello.ts";
import { NO_SOURCE, Observer } from "../../../src/dashboard/observer.ts";
import { placeOf, RobotState } from "../../../src/dashboard/page/robot-state.ts";
import { MODES, SERVER_FRAMES, type ServerFrame, STOPS } from "../../../src/dashboard/protocol.ts";
import { CONFIRMED_STOP } from "../../../src/runtime/runtime.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";

const robot = loadRobot("duo");
const watched = (): { observer: Observer; shown: () => ServerFrame[] } => {
  const observer = new Observer(robot, buildVocabulary(robot));
  observer.isWatched = true;
  const shown = (): ServerFrame[] => {
    const { events, flow } = observer.take();
    return [events, flow].flatMap((bytes) => readFrames(SERVER_FRAMES, bytes));
  };
  return { observer, shown };
};
const order = (order: "estop" | "clear") =>
  ({ type: "order", timeNs: 0, order, reason: "" }) as const;
const action = (mode: SafetyMode, targetDeg: Float64Array) =>
  ({
    type: "action",
    timeNs: 20e6,
    fresh: true,
    targetDeg,
    appliedDeg: targetDeg,
    powered: mode === "active",
    mode,
  }) as const;

it("a stop is told as asked for until the body has confirmed it, and until it is cleared", () => {
  const { observer, shown } = watched();
  const stop = (): unknown => {
    const pose = shown().find(({ name }) => name === "pose") as ServerFrame & { name: "pose" };
    return STOPS[pose.values.stop];
  };
  expect(stop()).toBe("none");
  observer.write(order("estop"));
  expect(stop()).toBe("asked");
  const safety = { type: "safety", timeNs: 1, reason: "estop", servo: "" } as const;
  observer.write({ ...safety, detail: "emergency stop: the operator" });
  expect(stop()).toBe("asked");
  observer.write({ ...safety, detail: CONFIRMED_STOP });
  expect(stop()).toBe("confirmed");
  observer.write(order("clear"));
  expect(stop()).toBe("none");
  observer.write({ ...safety, detail: CONFIRMED_STOP }); // late, of a stop that was cleared meanwhile
  expect(stop()).toBe("none");
});

it("keeps what it was told, though the writer uses its arrays again", () => {
  const { observer, shown } = watched();
  const targetDeg = new Float64Array(robot.servos.length).fill(7);
  const ids = Int32Array.of(3, 4);
  observer.write(action("active", targetDeg));
  observer.write({ type: "tokens_out", timeNs: 2e6, ids });
  targetDeg.fill(0);
  ids.fill(0);
  const frames = shown();
  expect(frames.find(({ name }) => name === "tokens")?.values).toEqual({
    timeMs: 2,
    way: 1,
    source: NO_SOURCE,
    ids: Uint32Array.of(3, 4),
  });
  expect(frames.find(({ name }) => name === "pose")?.values).toMatchObject({
    timeMs: 20,
    mode: MODES.indexOf("active"),
    targetDeg: new Float32Array(robot.servos.length).fill(7),
  });
});

it("gathers no tokens while nobody looks, and still follows the state", () => {
  const { observer, shown } = watched();
  observer.isWatched = false;
  for (let i = 0; i < 1000; i++)
    observer.write({ type: "tokens_out", timeNs: i, ids: new Int32Array(100) });
  observer.write(action("hold", new Float64Array(robot.servos.length)));
  const frames = shown();
  expect(frames.map(({ name }) => name)).toEqual(["pose"]);
  expect(frames[0]!.values).toMatchObject({ mode: MODES.indexOf("hold") });
});

it("tells a page that comes late where things were carried to, and one that knows it nothing new", () => {
  const { observer } = watched();
  const move = (timeNs: number, object: string, x: number) =>
    ({ type: "move", timeNs, object, toM: [x, 0, 0.5], durationMs: 200 }) as const;
  for (const [at, x] of [0.25, 0.5].entries()) observer.write(move(at * 1e9, "ball", x));
  observer.write(move(3e9, "heat_source", 0.75));
  observer.take(); // what nobody was there for
  const { events, flow } = observer.take({ timeMs: 9000 } as Status);
  expect(readFrames(SERVER_FRAMES, events)).toEqual([]);
  const late = new RobotState();
  const told = readFrames(SERVER_FRAMES, flow).filter(({ name }) => name === "moved");
  for (const frame of told) late.take(frame);
  const placed = [...late.carried].map(([object, way]) => [object, placeOf(way, 9000)[0]]);
  expect(placed).toEqual([
    ["ball", 0.5],
    ["heat_source", 0.75],
  ]);
  const before = [...late.carried.values()];
  for (const frame of told) late.take(frame);
  for (const [at, way] of [...late.carried.values()].entries()) expect(way).toBe(before[at]);
});
