// Servos on PCA9685s at the I2C of a Firmata board. johnny-five writes a quarter of the microseconds into the chip,
// whatever the frequency; that is right where a step of the chip is 4 us, at 61 Hz. At 50 Hz, its default, each pulse
// would be 22 % too long. The chip has a clock of its own (25 MHz, some per cent off), and no watchdog: it gives its
// pulses for as long as it has power. What it says of its registers is read back.
import { BodyError } from "../../core/errors.ts";
import { PCA9685_ADDRESS, pulseLimits, type Servo } from "../../core/robot.ts";
import type { FirmataBoard, FiveExpander, FiveServo } from "./johnny-five.ts";
import type { ServoOutput } from "./servo-output.ts";

const FREQUENCY_HZ = 61; // 25 MHz / (100 x 4096)
const STEP_US = 4;
/** Registers of an output (table 4): ON and OFF, low and high bytes; bit 4 of the last says that it is off. */
const FIRST_REGISTER = 6;
const REGISTERS = 4;
const FULL_OFF = 0x10;

export class Pca9685Outputs {
  readonly #board: FirmataBoard;
  readonly #chips = new Map<number, FiveExpander>();
  #isMissed = false;

  constructor(board: FirmataBoard) {
    this.#board = board;
    // Of a chip that isn't there a board tells what it last read from another, and before it, that it was too little.
    board.io.on("string", (text) => (this.#isMissed ||= text.startsWith("I2C")));
  }

  /** @throws BodyError for an address that was another board's */
  output(servo: Servo): ServoOutput {
    const controller = {
      controller: "PCA9685",
      address: servo.address ?? PCA9685_ADDRESS,
      frequency: FREQUENCY_HZ,
    } as const;
    const { address } = controller;
    const chip = this.#chips.get(address) ?? this.#board.expander(controller);
    this.#chips.set(address, chip);
    const limitUs = pulseLimits(servo);
    const five = this.#board.servo({ pin: servo.pin, limitUs, ...controller });
    return new Pca9685Output(chip, five, address, servo.pin, () => this.#takeMissed());
  }

  /** Whether the answer at hand is of a chip that isn't there. */
  #takeMissed(): boolean {
    const isMissed = this.#isMissed;
    this.#isMissed = false;
    return isMissed;
  }
}

class Pca9685Output implements ServoOutput {
  readonly device: string;
  readonly #chip: FiveExpander;
  readonly #servo: FiveServo;
  readonly #address: number;
  readonly #pin: number;
  readonly #takeMissed: () => boolean;
  #steps: number | undefined; // as it was told last

  constructor(
    chip: FiveExpander,
    servo: FiveServo,
    address: number,
    pin: number,
    takeMissed: () => boolean,
  ) {
    this.device = `the PCA9685 at I2C address 0x${address.toString(16)}`;
    this.#chip = chip;
    this.#servo = servo;
    this.#address = address;
    this.#pin = pin;
    this.#takeMissed = takeMissed;
  }

  /** 15 bytes on the line, 2.6 ms of it: only what is new. */
  drive(pulseUs: number): void {
    const steps = Math.trunc(pulseUs / STEP_US);
    if (steps === this.#steps) return;
    this.#steps = steps;
    this.#servo.to(pulseUs);
  }

  release(): void {
    this.#steps = undefined;
    this.#chip.digitalWrite(this.#pin, 0);
  }

  ask(): Promise<boolean> {
    const register = FIRST_REGISTER + REGISTERS * this.#pin;
    return new Promise((resolve, reject) =>
      this.#chip.io.i2cReadOnce(this.#address, register, REGISTERS, (data) => {
        if (!this.#takeMissed()) return resolve((data.at(-1)! & FULL_OFF) === 0);
        const advice = "is it wired to SDA and SCL, and powered?";
        reject(new BodyError(`${this.device} does not answer; ${advice}`));
      }),
    );
  }
}
