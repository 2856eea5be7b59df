// A robot on a board with stock Firmata. Firmata has no checksum, no limits, no lease and no watchdog: when
// this program or its cable dies, the servos go on pushing to where they were told last. What can be had is
// had: pulses begin with the first frame that has power, a frame counts once the board has told the state of
// its outputs, and at the end all are released and the board is reset, which ends all pulses.
import { defer, EMPTY, type Observable, Subject } from "rxjs";
import { type Clock, pause } from "../../core/clock.ts";
import { BodyError } from "../../core/errors.ts";
import type { Body, BodyStatus, Sample, ServoFrame } from "../../core/ports.ts";
import { pulseOf, type RobotDescription, restPose } from "../../core/robot.ts";
import { JointSampler } from "../board/joint-sampler.ts";
import { openSerialPort } from "../board/serial-port.ts";
import { type FirmataIo, openJohnnyFive, type Transport } from "./johnny-five.ts";
import { Pca9685Outputs } from "./pca9685-output.ts";
import { PinOutput } from "./pin-output.ts";
import type { ServoOutput } from "./servo-output.ts";

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
  readonly #io: FirmataIo;
  readonly #outputs: readonly ServoOutput[];
  /** One of each device that makes pulses, the board first: what it answers, it answers after all was done. */
  readonly #witnesses: readonly ServoOutput[];
  readonly #samples = new Subject<Sample>();
  readonly #commandDeg: Float64Array;
  readonly #joints: JointSampler;
  /** Ends the wait for the answer at hand. */
  #patience = new AbortController();
  #end: BodyError | undefined;
  #asked: Promise<unknown> = Promise.resolve();
  #isSampling = false;

  /** Takes over a transport, and closes it where it throws. @throws BodyError as openFirmata does */
  static async open(
    options: FirmataOptions & { readonly transport: Transport },
  ): Promise<FirmataBody> {
    const { robot, clock, transport } = options;
    try {
      const board = await openJohnnyFive(transport, clock);
      const chips = new Pca9685Outputs(board);
      const outputs = robot.servos.map((servo) =>
        servo.controller === undefined ? new PinOutput(board, servo) : chips.output(servo),
      );
      const body = new FirmataBody(options, board.io, outputs);
      await body.#askInTurn(body.#witnesses);
      return body;
    } catch (error) {
      await hangUp(transport, clock);
      throw error;
    }
  }

  private constructor(
    { robot, clock, transport }: FirmataOptions & { readonly transport: Transport },
    io: FirmataIo,
    outputs: readonly ServoOutput[],
  ) {
    this.#robot = robot;
    this.#clock = clock;
    this.#transport = transport;
    this.#io = io;
    this.#outputs = outputs;
    this.#witnesses = [...new Map(outputs.map((output) => [output.device, output])).values()];
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
    for (const [index, output] of this.#outputs.entries())
      if (powered) output.drive(this.#pulseUs(index));
      else output.release();
    // The board does one thing after the other: who asks last of all is answered after all was done.
    const isOn = await this.#askInTurn(powered ? this.#witnesses : this.#outputs);
    return { appliedAtNs: this.#clock.nowNs(), powered: isOn };
  }

  async close(): Promise<void> {
    if (this.#end !== undefined) return;
    this.#finish(new BodyError("the board's port is closed; open another"));
    this.#samples.complete();
    for (const output of this.#outputs) output.release(); // a chip would outlive the board's reset
    this.#io.reset();
    await hangUp(this.#transport, this.#clock);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #pulseUs(index: number): number {
    const us = pulseOf(this.#robot.servos[index]!, this.#commandDeg[index]!);
    return Math.max(SHORTEST_PULSE_US, Math.round(us));
  }

  /** An answer is for all who wait for that output: who asks later would be told what was before. */
  #askInTurn(outputs: readonly ServoOutput[]): Promise<boolean> {
    const ask = (): Promise<boolean> => this.#ask(outputs);
    const asked = this.#asked.then(ask, ask);
    this.#asked = asked;
    return asked;
  }

  /** Whether one of them gives pulses. */
  async #ask(outputs: readonly ServoOutput[]): Promise<boolean> {
    if (this.#end !== undefined) throw this.#end; // it was lost while this waited for its turn
    const answered = Promise.all(outputs.map((output) => output.ask()));
    const patience = (this.#patience = new AbortController());
    const end = (): void => patience.abort();
    answered.then(end, end);
    await pause(this.#clock, ANSWER_MS, patience.signal);
    if (this.#end !== undefined) throw this.#end;
    if (patience.signal.aborted) return (await answered).some(Boolean);
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
    this.#patience.abort();
  }
}

const PUSHING = "stock Firmata goes on driving the servos: cut their power by hand";

/** Lets the last byte out, as long as there is somebody to take it. */
const hangUp = async (transport: Transport, clock: Clock): Promise<void> => {
  const patience = new AbortController();
  transport.drain(() => transport.close(() => patience.abort()));
  await pause(clock, LAST_BYTE_MS, patience.signal);
};
