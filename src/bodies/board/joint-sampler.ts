// The joints of a robot on a wire. A hobby servo tells no position: what its pulses are is what is known of it.
import { type Clock, NS_PER_S } from "../../core/clock.ts";
import type { ValuesSample } from "../../core/ports.ts";
import type { RobotDescription } from "../../core/robot.ts";

export class JointSampler {
  readonly #joints: readonly { readonly name: string; readonly rateHz: number }[];
  readonly #emit: (sample: ValuesSample) => void;
  #cancel = (): void => {};
  #isClosed = false;

  constructor({ sensors }: RobotDescription, emit: (sample: ValuesSample) => void) {
    this.#joints = sensors.filter(({ kind }) => kind === "joints");
    this.#emit = emit;
  }

  /**
   * Samples at the multiples of their periods from now on; those of a standstill come late, as many.
   * @param poseDeg [servos] degrees of what is on the pins, undefined while nobody knows
   */
  begin(clock: Clock, poseDeg: () => Float64Array | undefined): void {
    const due = this.#joints.map(({ name, rateHz }) => {
      const periodNs = NS_PER_S / rateHz;
      return { sensor: name, periodNs, index: Math.ceil(clock.nowNs() / periodNs) };
    });
    const stampOf = ({ index, periodNs }: (typeof due)[number]): number =>
      Math.round(index * periodNs);
    const sample = (): void => {
      const nowNs = clock.nowNs();
      for (const one of due) {
        one.index = Math.min(one.index, Math.ceil(nowNs / one.periodNs)); // the clock may have begun anew
        for (; stampOf(one) <= nowNs; one.index++) {
          const values = poseDeg()?.slice();
          if (values && !this.#isClosed)
            this.#emit({ kind: "values", sensor: one.sensor, timeNs: stampOf(one), values });
        }
      }
      // Whoever was given a sample may have closed it meanwhile.
      if (due.length > 0 && !this.#isClosed)
        this.#cancel = clock.at(Math.min(...due.map(stampOf)), sample);
    };
    sample();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }
}
