// A second robot as an operator's device: where a hand puts it, the robot goes. Its pose is what its joints
// say, or its potentiometers: any sensor of one number that has the name of a servo of the robot.
import type { Observable, Subscription } from "rxjs";
import { UsageError } from "../core/errors.ts";
import type { Sample } from "../core/ports.ts";
import type { RobotDescription } from "../core/robot.ts";
import type { OperatorPort } from "./operator-port.ts";

export interface LeaderOptions {
  /** The leader's own description. */
  readonly leader: RobotDescription;
  readonly robot: RobotDescription;
  readonly port: OperatorPort;
  readonly samples: Observable<Sample>;
  /** Told why it leads no more. */
  readonly onGone: (words: string) => void;
}

export class Leader {
  /** Whether the robot follows; it does not until somebody says so. */
  follows = false;
  readonly #client;
  readonly #subscription: Subscription;

  /** @throws UsageError where no joint or sensor of the leader has the name of a servo of the robot */
  constructor({ leader, robot, port, samples, onGone }: LeaderOptions) {
    const known = new Set(robot.servos.map(({ name }) => name));
    const pots = new Set(leader.sensors.map(({ name }) => name).filter((name) => known.has(name)));
    const joints = leader.servos.map(({ name }) => name);
    if (pots.size === 0 && !joints.some((name) => known.has(name)))
      throw new UsageError(
        `the leader ${leader.name} has neither a servo nor a sensor by the name of a servo of ${robot.name}; name them ${[...known].join(", ")}`,
      );
    const jointSensor = leader.sensors.find(({ kind }) => kind === "joints")?.name;
    this.#client = port.connect("leader");
    const lead = (sample: Sample): void => {
      if (sample.kind !== "values") return;
      const { sensor, values } = sample;
      // What a potentiometer measures is better than what a servo was told.
      if (pots.has(sensor)) this.#lead({ [sensor]: values[0]! });
      else if (sensor === jointSensor && pots.size === 0)
        this.#lead(
          Object.fromEntries(
            joints.flatMap((name, i) => (known.has(name) ? [[name, values[i]!]] : [])),
          ),
        );
    };
    this.#subscription = samples.subscribe({
      next: lead,
      error: ({ message }: Error) => {
        this.follows = false;
        this.#client.close();
        onGone(`the leader ${leader.name} is gone: ${message}`);
      },
    });
  }

  /** Begins or ends to follow. */
  toggle(): void {
    this.follows = !this.follows;
    if (!this.follows) this.#client.release();
  }

  close(): void {
    this.#subscription.unsubscribe();
    this.#client.close();
  }

  #lead(anglesDeg: Readonly<Record<string, number>>): void {
    if (this.follows && this.#client.engage()) this.#client.command({ kind: "pose", anglesDeg });
  }
}
