// By what the process is told, not by a process: vitest's own listeners step aside meanwhile.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listenForStops } from "../../../src/cli/stops.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"] as const;
const CRASHES = ["uncaughtException", "unhandledRejection"] as const;
const EVENTS = [...SIGNALS, ...CRASHES];

type Listener = (...args: unknown[]) => void;
const others = new Map<string, readonly Listener[]>();
const listening = (): number[] => EVENTS.map((event) => process.listenerCount(event));

/** What was asked of the robot and told the person, in its order. */
let done: string[];
let close: () => void;

beforeEach(() => {
  for (const event of EVENTS) {
    others.set(event, process.rawListeners(event) as Listener[]);
    process.removeAllListeners(event);
  }
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "hrtime"] });
  done = [];
  vi.spyOn(process, "exit").mockImplementation((code) => {
    done.push(`exit ${String(code)}`);
    return undefined as never;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    done.push(`told ${/[\w ]+/.exec(String(text))![0]}`);
    return true;
  });
  close = listenForStops({
    park: () => void done.push("park"),
    parking: "parking",
    runtime: {
      estop: (reason) => void done.push(`estop: ${reason}`),
      clear: (reason) => void done.push(`clear: ${reason}`),
      limp: (reason) => void done.push(`limp: ${reason}`),
    },
  });
});

afterEach(() => {
  close();
  vi.useRealTimers();
  vi.restoreAllMocks();
  for (const [event, listeners] of others) {
    process.removeAllListeners(event);
    for (const listener of listeners) process.on(event, listener);
  }
});

const crash = (event: (typeof CRASHES)[number]): void => {
  const error = new Error("a mistake of ours");
  if (event === "uncaughtException") process.emit(event, error);
  else process.emit(event, error, Promise.resolve());
};

describe("the program itself fails", () => {
  it.each(CRASHES)("%s: pulses cut first, then told, and ended once they are", async (event) => {
    crash(event);
    const cut = ["limp: the program failed", "told efference met an error of its own"];
    expect(done).toEqual(cut);
    await vi.advanceTimersByTimeAsync(250); // the last frame is still on its way to the body
    expect(done).toEqual(cut);
    await vi.advanceTimersByTimeAsync(100);
    expect(done).toEqual([...cut, "exit 1"]);
  });
});

describe("a signal", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "%s parks the robot, and leaves it limp the second time",
    (signal) => {
      process.emit(signal, signal);
      expect(done).toEqual(["park", "told parking"]);
      vi.advanceTimersByTime(150);
      process.emit(signal, signal);
      expect(done).toEqual(["park", "told parking", "limp: asked twice to end"]);
    },
  );

  it("SIGUSR2 is the emergency stop", () => {
    process.emit("SIGUSR2", "SIGUSR2");
    expect(done).toEqual(["estop: emergency stop by the operator", "told EMERGENCY STOP"]);
  });
});

it("hears nothing any more once it is closed", () => {
  expect(listening()).toEqual(EVENTS.map(() => 1));
  close();
  expect(listening()).toEqual(EVENTS.map(() => 0));
});
