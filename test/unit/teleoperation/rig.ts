// A person, a robot, and between them what a run has: policy ticks at 20 Hz, servo frames at 50 Hz, on a
// clock that moves when the test says so.
import { loadRobot } from "../../../src/core/robot-file.ts";
import { SimulatedClock } from "../../../src/core/clock.ts";
import { Controller } from "../../../src/runtime/controller.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";
import { OperatorPolicy } from "../../../src/teleoperation/operator-policy.ts";
import { OperatorPort } from "../../../src/teleoperation/operator-port.ts";
import { servoIndex } from "../../../src/core/robot.ts";

const FRAME_NS = 20e6;
const TICK_NS = 50e6;

const duo = loadRobot("duo");
const vocabularyOfDuo = buildVocabulary(duo);

export class Rig {
  readonly robot = duo;
  readonly vocabulary = vocabularyOfDuo;
  readonly clock = new SimulatedClock();
  readonly port = new OperatorPort({ robot: this.robot, clock: this.clock, staleMs: 300 });
  readonly policy = new OperatorPolicy(this.robot, this.vocabulary, this.port);
  readonly controller = new Controller(this.robot, this.vocabulary);
  readonly answers: Int32Array[] = [];
  readonly started: string[] = [];
  /** [frames][servos] degrees */
  readonly poses: Float64Array[] = [];
  readonly #servos = servoIndex(this.robot);

  constructor() {
    this.controller.order(0, "arm", "");
  }

  angleDeg(servo: string): number {
    return this.poses.at(-1)![this.#servos.get(servo)!]!;
  }

  /** How fast the fastest servo was between the last two frames, deg/s. */
  get speed(): number {
    const [before, now] = this.poses.slice(-2);
    return Math.max(...now!.map((angle, i) => Math.abs(angle - before![i]!) * 50));
  }

  /** Lets time pass; `each` is called before each tick. */
  async live(ms: number, each: () => void = () => {}): Promise<void> {
    const endNs = this.clock.nowNs() + ms * 1e6;
    for (let timeNs = this.clock.nowNs() + 10e6; timeNs <= endNs; timeNs += 10e6) {
      this.clock.advanceTo(timeNs);
      if (timeNs % TICK_NS === 0) {
        each();
        const answer = await this.policy.step({ timeNs, frames: [] });
        this.answers.push(answer);
        this.controller.accept(answer, timeNs);
      }
      if (timeNs % FRAME_NS === 0) {
        const { applied } = this.controller.frame(timeNs);
        this.policy.applied(applied.angleDeg);
        this.poses.push(applied.angleDeg.slice());
      }
      for (const { name, phase } of this.controller.takeActs())
        if (phase === "started") this.started.push(name);
    }
  }
}
