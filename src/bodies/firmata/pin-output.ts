// A servo on a pin of a Firmata board.
import { BodyError } from "../../core/errors.ts";
import { pulseLimits, type Servo } from "../../core/robot.ts";
import type { FirmataBoard, FirmataIo, FiveServo } from "./johnny-five.ts";
import type { ServoOutput } from "./servo-output.ts";

export class PinOutput implements ServoOutput {
  readonly device = "the board";
  readonly #board: FirmataBoard;
  readonly #pin: number;
  readonly #limitUs: readonly [number, number];
  #servo: FiveServo | undefined; // made when it gets power first
  #isReleased = false;

  /** @throws BodyError for a pin on which the board drives no servo */
  constructor(board: FirmataBoard, servo: Servo) {
    this.#board = board;
    this.#pin = servo.pin;
    this.#limitUs = pulseLimits(servo);
    checkPin(servo, board.io);
  }

  drive(pulseUs: number): void {
    const { io } = this.#board;
    if (this.#servo !== undefined && this.#isReleased) {
      // johnny-five doesn't say twice what it thinks the servo knows.
      io.servoConfig(this.#pin, ...this.#limitUs);
      io.servoWrite(this.#pin, pulseUs);
    }
    this.#isReleased = false;
    this.#servo ??= this.#board.servo({ pin: this.#pin, limitUs: this.#limitUs });
    this.#servo.to(pulseUs);
  }

  /** A pin that is an output and no servo gives no pulses. */
  release(): void {
    const { io } = this.#board;
    io.pinMode(this.#pin, io.MODES.OUTPUT);
    this.#isReleased = true;
  }

  ask(): Promise<boolean> {
    const { io } = this.#board;
    return new Promise((resolve) =>
      io.queryPinState(this.#pin, () => resolve(io.pins[this.#pin]!.mode === io.MODES.SERVO)),
    );
  }
}

const checkPin = ({ name, pin }: Servo, { pins, MODES }: FirmataIo): void => {
  if (pins[pin]?.supportedModes.includes(MODES.SERVO)) return;
  const able = [...pins.keys()].filter((other) =>
    pins[other]!.supportedModes.includes(MODES.SERVO),
  );
  throw new BodyError(
    `servo "${name}" is on pin ${pin}, which this board's Firmata drives no servo on; it does on ` +
      `${able.join(", ") || "none at all"}: change the pin in robot.yaml`,
  );
};
