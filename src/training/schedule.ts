// The learning rate of each step: up in a line, then down in a line to nothing (Bergsma et al. 2025,
// "Straight to Zero: Why Linearly Decaying the Learning Rate to Zero Works Best for LLMs").

export interface Schedule {
  /** The peak. */
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
}

/** The rate of step 1, 2, ...: the last one still learns, what comes after it nothing. */
export const learningRateAt = (step: number, schedule: Schedule): number => {
  const { learningRate, warmupSteps, totalSteps } = schedule;
  if (step <= warmupSteps) return (learningRate * step) / warmupSteps;
  const left = Math.max(0, totalSteps + 1 - step) / (totalSteps + 1 - warmupSteps);
  return learningRate * left;
};
