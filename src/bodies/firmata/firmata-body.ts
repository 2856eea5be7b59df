// A robot on a board with stock Firmata. Firmata has no checksum, no limits, no lease and no watchdog: when
// this program or its cable dies, the servos go on pushing to where they were told last. What can be had is
// had: pulses begin with the first frame that has power, a frame counts once the board has told the state of
// its pins, and at the end the board is reset, which ends all pulses.
import { defer, EMPTY, type Observable, Subject } from "rxjs";
import { type Clock, pause } from "../../core/clock.ts";
import { BodyError } from "../../core/errors.ts";
import type { Body, BodyStatus, Sample, ServoFrame } from "../../core/ports.ts";
import { pulseLimits, pulseOf, type RobotDescription, restPose } from "../../core/robot.ts";
import { JointSampler } from "../board/joint-sampler.ts";
import { openSerialPort } from "../board/serial-port.ts";
import {
  type FirmataBoard,
  type FiveServo,
  openJohnnyFive,
  type Transport,
} from "./johnny-five.ts";

const BAUD = 57_600;
/** Firmata takes smaller numbers for degrees. */
const SHORTEST_PULSE_US = 544;
/** A board answers within some 20 ms; the runtime gives up before this does. */
const ANSWER_MS = 2000;
const LAST_BYTE_MS = 500;

export interface FirmataOptions {
  readonly robot: RobotDescription;
  readonly clock: Clock;
}

/** @throws BodyError for a port that can't be opened, or a board that can't drive the robot */
export const openFirmata = async (options: FirmataOptions & { readonly port: string }) =>
  FirmataBody.open({ ...options, transport: await openSerialPort(options.port, BAUD) });

export class FirmataBody implements Body {
  readonly kind = "firmata";
  readonly samples: Observable<Sample>;
  readonly states = EMPTY;
  readonly #robot: RobotDescription;
  readonly #clock: Clock;
  readonly #transport: Transport;
  readonly #board: FirmataBoard;
  readonly #servos: FiveServo[] = []; // made when they get power first
  readonly #samples = new Subject<Sample>();
  readonly #commandDeg: Float64Array;
  readonly #joints: JointSampler;
  readonly #ended = new AbortController();
  #end: BodyError | undefined;
  #isPowered = false;
  #asked: Promise<void> = Promise.resolve();
  #isSampling = false;

  /** Takes over a transport, and closes it where it throws. @throws BodyError as openFirmata does */
  static async open(
    options: FirmataOptions & { readonly transport: Transport },
  ): Promise<FirmataBody> {
    const { robot, clock, transport } = options;
    try {
      const board = await openJohnnyFive(transport, clock);
      checkPins(robot, board);
      return new FirmataBody(options, board);
    } catch (error) {
      await hangUp(transport, clock);
      throw error;
    }
  }

  private constructor(
    { robot, clock, transport }: FirmataOptions & { readonly transport: Transport },
    board: FirmataBoard,
  ) {
    this.#robot = robot;
    this.#clock = clock;
    this.#transport = transport;
    this.#board = board;
    this.#commandDeg = restPose(robot);
    this.#joints = new JointSampler(robot, (sample) => this.#samples.next(sample));
    this.samples = defer(() => {
      if (!this.#isSampling && this.#end === undefined)
        this.#joints.begin(clock, () => this.#commandDeg);
      this.#isSampling = true;
      return this.#samples;
    });
    const lose = (error?: Error | null): void =>
      this.#fail(
        new BodyError(
          `${transport.path} was lost: ${error?.message ?? "it was closed"}; ${PUSHING}`,
        ),
      );
    transport.on("close", lose);
    transport.on("error", lose);
  }

  async send({ angleDeg, powered }: ServoFrame): Promise<BodyStatus> {
    if (this.#end !== undefined) throw this.#end;
    this.#commandDeg.set(angleDeg);
    if (powered) this.#drive();
    else this.#release();
    this.#isPowered = powered;
    const { servos } = this.#robot;
    // The board does one thing after the other: who asks last of all is answered after all was done.
    await this.#askInTurn(powered ? servos.slice(-1) : servos);
    const { io } = this.#board;
    const isOn = servos.some(({ pin }) => io.pins[pin]!.mode === io.MODES.SERVO);
    return { appliedAtNs: this.#clock.nowNs(), powered: isOn };
  }

  async close(): Promise<void> {
    if (this.#end !== undefined) return;
    this.#finish(new BodyError("the board's port is closed; open another"));
    this.#samples.complete();
    this.#board.io.reset();
    await hangUp(this.#transport, this.#clock);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #drive(): void {
    const { io } = this.#board;
    for (const [index, servo] of this.#robot.servos.entries()) {
      const { pin } = servo;
      const limitUs = pulseLimits(servo);
      const us = Math.max(SHORTEST_PULSE_US, Math.round(pulseOf(servo, this.#commandDeg[index]!)));
      if (this.#servos[index] !== undefined && !this.#isPowered) {
        // johnny-five doesn't say twice what it thinks the servo knows.
        io.servoConfig(pin, ...limitUs);
        io.servoWrite(pin, us);
      }
      this.#servos[index] ??= this.#board.servo({ pin, limitUs });
      this.#servos[index].to(us);
    }
  }

  /** A pin that is an output and no servo gives no pulses. */
  #release(): void {
    const { io } = this.#board;
    for (const { pin } of this.#robot.servos) io.pinMode(pin, io.MODES.OUTPUT);
  }

  /** An answer is for all who wait for that pin: who asks later would be told what was before. */
  #askInTurn(servos: readonly { readonly pin: number }[]): Promise<void> {
    const ask = (): Promise<void> => this.#ask(servos);
    this.#asked = this.#asked.then(ask, ask);
    return this.#asked;
  }

  async #ask(servos: readonly { readonly pin: number }[]): Promise<void> {
    const { io } = this.#board;
    const answered = Promise.all(
      servos.map(({ pin }) => new Promise<void>((resolve) => io.queryPinState(pin, resolve))),
    );
    const heard = new AbortController();
    void answered.then(() => heard.abort());
    const patience = AbortSignal.any([heard.signal, this.#ended.signal]);
    await pause(this.#clock, ANSWER_MS, patience);
    if (this.#end !== undefined) throw this.#end;
    if (!heard.signal.aborted)
      throw new BodyError(`the board has said nothing for ${ANSWER_MS} ms; ${PUSHING}`);
  }

  #fail(error: BodyError): void {
    if (this.#end !== undefined) return;
    this.#finish(error);
    this.#samples.error(error);
  }

  #finish(end: BodyError): void {
    this.#end = end;
    this.#joints.close();
    this.#ended.abort();
  }
}

const PUSHING = "stock Firmata goes on driving the servos: cut their power by hand";

const checkPins = ({ servos }: RobotDescription, { io }: FirmataBoard): void => {
  for (const { name, pin } of servos)
    if (!io.pins[pin]?.supportedModes.includes(io.MODES.SERVO)) {
      const able = [...io.pins.keys()].filter((other) =>
        io.pins[other]!.supportedModes.includes(io.MODES.SERVO),
      );
      throw new BodyError(
        `servo "${name}" is on pin ${pin}, which this board's Firmata drives no servo on; it does on ` +
          `${able.join(", ") || "none at all"}: change the pin in robot.yaml`,
      );
    }
};

/** Lets the last byte out, as long as there is somebody to take it. */
const hangUp = async (transport: Transport, clock: Clock): Promise<void> => {
  const patience = new AbortController();
  transport.drain(() => transport.close(() => patience.abort()));
  await pause(clock, LAST_BYTE_MS, patience.signal);
};
