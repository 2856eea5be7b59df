// A policy that learns, advised by a teacher: it acts in stretches of a second or so, in others the
// teacher does, and all the while the teacher says what it would have done. So a model is taught in
// the places where its own mistakes lead it, which a flawless teacher never shows (DAgger, Ross et
// al. 2011, "A Reduction of Imitation Learning to No-Regret Online Learning").
import { NS_PER_S } from "../core/clock.ts";
import type { Answer, Observation, Policy, StepOptions } from "../core/ports.ts";
import type { Random } from "../core/random.ts";
import { END } from "../tokens/vocabulary.ts";

export interface AdvisedPolicyOptions {
  readonly pupil: Policy;
  readonly teacher: Policy;
  readonly random: Random;
  /** Whether an answer that begins so is still right a moment later: an act is, a motion is not. */
  readonly stands: (id: number) => boolean;
  /** Told before the answer that is really given. */
  readonly onAdvice: (timeNs: number, ids: Int32Array) => void;
}

/** How much of the time the pupil acts: a ball that it has lost for good teaches nobody anything. */
const PUPILS_SHARE = 0.6;
const STRETCH_S: readonly [number, number] = [0.3, 1.6];
/** So long advice stands that the pupil did not heed; the teacher gives it once. */
const STANDS_NS = 0.5 * NS_PER_S;

export class AdvisedPolicy implements Policy {
  readonly name: string;
  readonly #options: AdvisedPolicyOptions;
  #acting: Policy;
  #untilNs = -Infinity;
  #unheeded: { readonly ids: Int32Array; readonly untilNs: number } | undefined;

  constructor(options: AdvisedPolicyOptions) {
    this.#options = options;
    this.#acting = options.teacher;
    this.name = `${options.pupil.name} advised by ${options.teacher.name}`;
  }

  async step(observation: Observation, options: StepOptions): Promise<Answer> {
    const { pupil, teacher, random, onAdvice } = this.#options;
    const { timeNs } = observation;
    if (timeNs >= this.#untilNs) {
      this.#acting = random.uniform() < PUPILS_SHARE ? pupil : teacher;
      this.#untilNs = timeNs + random.uniform(...STRETCH_S) * NS_PER_S;
    }
    const told = await teacher.step(observation, options);
    const answer = await pupil.step(observation, options);
    const advice = told instanceof Int32Array ? this.#standing(told, timeNs) : told;
    if (advice instanceof Int32Array) onAdvice(timeNs, advice);
    const said = this.#acting === pupil ? answer : advice;
    if (said[0] === this.#unheeded?.ids[0]) this.#unheeded = undefined;
    return said;
  }

  /** What the teacher advises now, or what nobody has heeded yet. */
  #standing(advice: Int32Array, timeNs: number): Int32Array {
    const first = advice[0] ?? END;
    if (this.#options.stands(first)) this.#unheeded = { ids: advice, untilNs: timeNs + STANDS_NS };
    if (first !== END || this.#unheeded === undefined) return advice;
    return timeNs < this.#unheeded.untilNs ? this.#unheeded.ids : advice;
  }

  async close(): Promise<void> {
    await this.#options.pupil.close();
    await this.#options.teacher.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
