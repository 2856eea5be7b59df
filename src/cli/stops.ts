// How a person stops a running robot: Ctrl-C parks it and the second time leaves it limp, the space
// bar or kill -USR2 is the emergency stop, "c" clears it.
import { printNote } from "./output.ts";

export interface Interruptible {
  /** Asks for the way to the rest pose. */
  readonly park: () => void;
  readonly runtime: {
    estop(reason: string): void;
    clear(reason: string): void;
    limp(reason: string): void;
  };
}

/** Listens until the returned function is called. */
export const listenForStops = ({ park, runtime }: Interruptible): (() => void) => {
  let asked = 0;
  const onInterrupt = (): void => {
    asked++;
    if (asked === 1) {
      printNote("\ngoing to the rest pose; Ctrl-C again leaves the robot limp where it is");
      park();
    } else runtime.limp("asked twice to end");
  };
  const onEstop = (): void => {
    runtime.estop("emergency stop by the operator");
    printNote("\nEMERGENCY STOP: no pulses. Press c to clear, Ctrl-C to end.");
  };
  const onKey = (key: Buffer): void => {
    for (const byte of key) {
      if (byte === 0x03) onInterrupt();
      else if (byte === 0x20) onEstop();
      else if (byte === 0x63) runtime.clear("cleared by the operator");
    }
  };
  const ends = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of ends) process.on(signal, onInterrupt);
  process.on("SIGUSR2", onEstop);
  const keyboard = process.stdin.isTTY ? process.stdin : undefined;
  keyboard?.setRawMode(true).on("data", onKey).resume();
  return () => {
    for (const signal of ends) process.off(signal, onInterrupt);
    process.off("SIGUSR2", onEstop);
    keyboard?.off("data", onKey).setRawMode(false).pause();
  };
};
