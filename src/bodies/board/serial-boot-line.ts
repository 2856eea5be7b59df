// A boot loader's line over a serial port of this machine.
import type { SerialPort } from "serialport";
import { pause, RealClock } from "../../core/clock.ts";
import { BodyError } from "../../core/errors.ts";
import { openSerialPort } from "./serial-port.ts";
import type { BootLine } from "./stk500.ts";

const LOW_MS = 50; // of DTR, over a capacitor to the reset pin
const AWAKE_MS = 50;

export class SerialBootLine implements BootLine, AsyncDisposable {
  readonly name: string;
  readonly #clock = new RealClock();
  #port: SerialPort | undefined;
  #came: number[] = [];
  #error: Error | undefined;
  #wake = (): void => {};

  constructor(path: string) {
    this.name = path;
  }

  /** Opening a port resets the board at it; an emulated one, too, whose line knows no DTR. */
  async restart(baud: number): Promise<void> {
    await this.close();
    const port = await openSerialPort(this.name, baud);
    this.#port = port;
    port.on("data", (bytes: Buffer) => {
      this.#came.push(...bytes);
      this.#wake();
    });
    const end = (error: Error | null): void => {
      if (this.#port !== port) return;
      this.#error = error ?? new Error("it was closed");
      this.#wake();
    };
    port.on("error", end);
    port.on("close", end);
    await this.#setReset(port, true);
    await pause(this.#clock, LOW_MS);
    await this.#setReset(port, false);
    await pause(this.#clock, AWAKE_MS);
    this.#came = [];
  }

  write(bytes: Uint8Array): void {
    this.#port?.write(bytes);
  }

  async read(count: number, ms: number): Promise<Uint8Array> {
    const patience = new AbortController();
    this.#wake = () => {
      if (this.#came.length >= count || this.#error !== undefined) patience.abort();
    };
    this.#wake();
    await pause(this.#clock, ms, patience.signal);
    if (this.#error !== undefined)
      throw new BodyError(`${this.name} was lost: ${this.#error.message}; plug it in again`);
    return Uint8Array.from(this.#came.splice(0, count));
  }

  flush(): void {
    this.#came = [];
  }

  async close(): Promise<void> {
    const port = this.#port;
    this.#port = undefined;
    if (port?.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Pseudo-terminals refuse: they have no such lines. */
  #setReset(port: SerialPort, isLow: boolean): Promise<void> {
    return new Promise((resolve) => port.set({ dtr: !isLow, rts: !isLow }, () => resolve()));
  }
}
