// A board that speaks Firmata, through johnny-five and firmata-io. Both are loaded only when such a board is
// opened; johnny-five neither opens ports nor prints, asks or listens to Ctrl-C by itself: its own handler
// would end the process with the servos still driven.
import { type Clock, pause } from "../../core/clock.ts";
import { BodyError } from "../../core/errors.ts";

/** What is wanted of a serial port that is open. */
export interface Transport {
  readonly path: string;
  on(event: "data", heard: (bytes: Buffer) => void): unknown;
  on(event: "close" | "error", ended: (error?: Error | null) => void): unknown;
  write(bytes: Buffer, done?: () => void): unknown;
  /** Calls back once all that was written is on the line. */
  drain(done: () => void): void;
  close(done: () => void): void;
}

interface Pin {
  readonly supportedModes: readonly number[];
  /** As the board told last, or as it was told since. */
  readonly mode: number;
}

/** What is used of firmata-io. */
export interface FirmataIo {
  readonly MODES: { readonly OUTPUT: number; readonly SERVO: number };
  readonly pins: readonly Pin[];
  pinMode(pin: number, mode: number): void;
  servoConfig(pin: number, minUs: number, maxUs: number): void;
  servoWrite(pin: number, pulseUs: number): void;
  queryPinState(pin: number, told: () => void): void;
  /** Tells what a chip on the board's I2C has said, [bytes]; something, where there is none. */
  i2cReadOnce(
    address: number,
    register: number,
    bytes: number,
    told: (data: number[]) => void,
  ): void;
  /** SYSTEM_RESET: no pulses, and every pin as after power on. */
  reset(): void;
  once(event: "ready", heard: () => void): void;
  on(event: "error", heard: (error: Error) => void): void;
  /** What the board tells in words. */
  on(event: "string", heard: (text: string) => void): void;
  emit(event: "connect"): void;
}

export interface FiveServo {
  /** In the unit of its range. */
  to(value: number): void;
}

/** A PCA9685, 16 outputs with pulses of their own. */
export interface FiveExpander {
  readonly io: FirmataIo;
  /** 0: no pulses. */
  digitalWrite(pin: number, value: 0): void;
}

/** What makes the pulses of a servo, where that isn't the board itself. */
interface Controller {
  readonly controller: "PCA9685";
  readonly address: number;
  readonly frequency: number;
}

interface ServoPort {
  readonly pin: number;
  /** The pulses at the ends of its way. */
  readonly limitUs: readonly [number, number];
}

export interface FirmataBoard {
  readonly io: FirmataIo;
  /** Attaches a servo, which is told microseconds; on its own pins stock firmware then begins with a pulse of 1500. */
  servo(port: ServoPort & Partial<Controller>): FiveServo;
  /** Wakes a chip with all its outputs off; it is for this board until the process ends. */
  expander(controller: Controller): FiveExpander;
}

interface JohnnyFive {
  readonly Board: new (options: object) => {
    on(event: "error", heard: () => void): void;
  };
  readonly Servo: new (options: object) => FiveServo;
  readonly Expander: (new (options: object) => FiveExpander) & {
    byAddress(address: number): FiveExpander | undefined;
  };
}
type FirmataClass = new (transport: Transport, options: object) => FirmataIo;

const READY_MS = 15_000; // a boot loader waits for some 2 s before it
const REPORT_VERSION_MS = 300;

/** @throws BodyError when nobody answers as Firmata does */
export const openJohnnyFive = async (transport: Transport, clock: Clock): Promise<FirmataBoard> => {
  const [five, firmata] = await Promise.all([import("johnny-five"), import("firmata-io")]);
  const { Board, Servo, Expander } = five.default as JohnnyFive;
  const { Firmata } = firmata.default as { Firmata: FirmataClass };
  const io = new Firmata(transport, { reportVersionTimeout: REPORT_VERSION_MS });
  io.on("error", () => {}); // the transport tells whoever opened it
  const board = new Board({ io, repl: false, debug: false, sigint: false, timeout: READY_MS });
  board.on("error", () => {}); // its own patience ends with ours
  const isReady = new AbortController();
  io.once("ready", () => isReady.abort());
  io.emit("connect"); // the port was open before
  await pause(clock, READY_MS, isReady.signal);
  if (!isReady.signal.aborted)
    throw new BodyError(
      `nobody at ${transport.path} answered as Firmata for ${READY_MS / 1000} s; is StandardFirmata on ` +
        "the board (efference flash --hex StandardFirmata.hex), and is it powered?",
    );
  return {
    io,
    servo: ({ limitUs, ...port }) =>
      // One range for both, so that johnny-five's degrees are microseconds.
      new Servo({ board, ...port, range: limitUs, degreeRange: limitUs, pwmRange: limitUs }),
    expander: (controller) => {
      const { address } = controller;
      // It keeps one a process for each address, and would go on telling the board that was there first.
      if (Expander.byAddress(address) !== undefined)
        throw new BodyError(
          `johnny-five has had a chip at I2C address ${address} in this process; start another process`,
        );
      return new Expander({ board, ...controller });
    },
  };
};
