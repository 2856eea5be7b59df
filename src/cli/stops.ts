// How a person stops a running robot: Ctrl-C parks it and the second time leaves it limp, the space
// bar or kill -USR2 is the emergency stop, "c" clears it.
import { NS_PER_MS, pause, RealClock } from "../core/clock.ts";
import { type Key, KeyReader } from "../teleoperation/key-reader.ts";
import { oncePerPress } from "./interrupts.ts";
import { EXIT, printNote } from "./output.ts";

export interface Interruptible {
  /** Asks for the way to the rest pose, unless `parking` says otherwise. */
  readonly park: () => void;
  /** What a person is told then. */
  readonly parking?: string;
  /** Takes the keys that stop nothing. */
  readonly press?: (key: Key) => void;
  readonly runtime: {
    estop(reason: string): void;
    clear(reason: string): void;
    limp(reason: string): void;
  };
}

/** Time for the last frame, which cuts the pulses, to reach the body before the process ends. */
const LAST_FRAME_MS = 300;
/** What a terminal sends behind ESC comes at once; a key Esc comes alone. */
const ESCAPE_MS = 50;

/** Listens until the returned function is called. */
export const listenForStops = ({
  park,
  parking = "going to the rest pose; Ctrl-C again leaves the robot limp where it is",
  runtime,
  press,
}: Interruptible): (() => void) => {
  let asked = 0;
  const onInterrupt = (): void => {
    asked++;
    if (asked === 1) {
      park();
      printNote(`\n${parking}`);
    } else runtime.limp("asked twice to end");
  };
  const onEstop = (): void => {
    runtime.estop("emergency stop by the operator");
    printNote(
      "\nEMERGENCY STOP: no pulses, the arms may sag. c clears (they snap back to where they were told to be), Ctrl-C ends.",
    );
  };
  const clock = new RealClock();
  const reader = new KeyReader();
  let unasked = (): void => {};
  const obey = (keys: readonly Key[]): void => {
    for (const key of keys) {
      if (key === "ctrl-c") onInterrupt();
      else if (key === "space") onEstop();
      else if (key === "c") runtime.clear("cleared by the operator");
      else press?.(key);
    }
  };
  const onBytes = (bytes: Buffer): void => {
    unasked();
    obey(reader.push(bytes));
    if (reader.waits)
      unasked = clock.at(clock.nowNs() + ESCAPE_MS * NS_PER_MS, () => obey(reader.flush()));
  };
  // A mistake of ours must not leave a servo pushing: cut the pulses first, then complain.
  const onCrash = (error: unknown): void => {
    runtime.limp("the program failed");
    printNote(
      `efference met an error of its own; please report it:\n${String((error as Error)?.stack ?? error)}`,
    );
    void pause(clock, LAST_FRAME_MS).then(() => process.exit(EXIT.failed));
  };
  const ends = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const crashes = ["uncaughtException", "unhandledRejection"] as const;
  const onSignal = oncePerPress(onInterrupt);
  for (const signal of ends) process.on(signal, onSignal);
  for (const crash of crashes) process.on(crash, onCrash);
  process.on("SIGUSR2", onEstop);
  const keyboard = process.stdin.isTTY ? process.stdin : undefined;
  keyboard?.setRawMode(true).on("data", onBytes).resume();
  return () => {
    for (const signal of ends) process.off(signal, onSignal);
    for (const crash of crashes) process.off(crash, onCrash);
    process.off("SIGUSR2", onEstop);
    keyboard?.off("data", onBytes).pause();
    unasked();
    try {
      keyboard?.setRawMode(false);
    } catch {
      // the terminal is gone, and its mode with it
    }
  };
};
