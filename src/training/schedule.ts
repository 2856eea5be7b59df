// The learning rate of each step: up in a line, then down along half a cosine (Loshchilov and
// Hutter 2017), to a tenth of its peak as in nanoGPT.

export interface Schedule {
  /** The peak. */
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
}

const FLOOR = 0.1; // of the peak, held after totalSteps

/** The rate of step 1, 2, ... */
export const learningRateAt = (step: number, schedule: Schedule): number => {
  const { learningRate, warmupSteps, totalSteps } = schedule;
  if (step <= warmupSteps) return (learningRate * step) / warmupSteps;
  const gone = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  return learningRate * (FLOOR + (1 - FLOOR) * 0.5 * (1 + Math.cos(Math.PI * gone)));
};
