// The senses that pages lend the robot: a browser's microphone as its ears, a webcam as its eye. A page lends one from
// its first sound or picture on, one page at a time, until it takes it back, is closed, or is silent for a second.
import type { Subscription } from "rxjs";
import { type Clock, every, NS_PER_S } from "../core/clock.ts";
import type { Sensor } from "../core/ports.ts";
import { cameraOf, microphoneOf, type Robot } from "../core/robot.ts";
import type { PageFrame } from "../dashboard/protocol.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { RemoteCamera } from "../sensors/remote-camera.ts";
import { RemoteMicrophone } from "../sensors/remote-microphone.ts";

const STALE_NS = NS_PER_S;
const LOOK_PERIOD_NS = NS_PER_S / 4;

export interface PageSensesOptions {
  readonly robot: Robot;
  readonly runtime: Runtime;
  readonly clock: Clock;
}

interface Loan {
  readonly sensor: string;
  readonly viewer: number;
  readonly giveBack: () => void;
  heardNs: number;
}

export class PageSenses {
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  readonly #ears: RemoteMicrophone | undefined;
  readonly #eye: RemoteCamera | undefined;
  /** By the name of the sensor. */
  readonly #loans = new Map<string, Loan>();
  readonly #looks: Subscription;

  constructor({ robot, runtime, clock }: PageSensesOptions) {
    this.#runtime = runtime;
    this.#clock = clock;
    const ears = microphoneOf(robot);
    const eye = cameraOf(robot);
    this.#ears = ears && new RemoteMicrophone({ ...ears, clock });
    this.#eye = eye && new RemoteCamera({ ...eye, clock });
    this.#looks = every(clock, LOOK_PERIOD_NS).subscribe(() => {
      const oldestNs = clock.nowNs() - STALE_NS;
      for (const loan of this.#loans.values()) if (loan.heardNs < oldestNs) this.#end(loan);
    });
  }

  /** Which page lends what, by the names of the sensors. */
  get lenders(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      Array.from(this.#loans.values(), ({ sensor, viewer }) => [sensor, viewer]),
    );
  }

  hear(viewer: number, { count, steps }: FrameValues<"sound">): void {
    this.#heed(viewer, this.#ears, (ears) => ears.take(count, steps));
  }

  see(viewer: number, { rgb }: FrameValues<"sight">): void {
    this.#heed(viewer, this.#eye, (eye) => eye.take(rgb));
  }

  /** The page is gone, or keeps a sense to itself from now on. */
  end(viewer: number, sensor?: string): void {
    for (const loan of this.#loans.values())
      if (loan.viewer === viewer && (sensor ?? loan.sensor) === loan.sensor) this.#end(loan);
  }

  close(): void {
    this.#looks.unsubscribe();
    for (const loan of this.#loans.values()) this.#end(loan);
  }

  #heed<S extends Sensor>(
    viewer: number,
    sensor: S | undefined,
    take: (sensor: S) => boolean,
  ): void {
    if (!sensor) return;
    const { name } = sensor;
    let loan = this.#loans.get(name);
    if (loan && loan.viewer !== viewer) return;
    if (!loan) {
      const giveBack = this.#runtime.lend(sensor, `page ${viewer}`);
      loan = { sensor: name, viewer, giveBack, heardNs: this.#clock.nowNs() };
      this.#loans.set(name, loan);
    }
    if (take(sensor)) loan.heardNs = this.#clock.nowNs();
  }

  #end({ sensor, giveBack }: Loan): void {
    this.#loans.delete(sensor);
    giveBack();
  }
}

type FrameValues<K extends PageFrame["name"]> = (PageFrame & { readonly name: K })["values"];
