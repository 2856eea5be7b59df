// What a continuous head is: from what the model thinks at the moment of an answer to an action, a row
// of numbers, and what it should have said made small. Heads that draw take normal noise, so that they
// can say one of several good actions where the mean of them would be none.
import type { Value } from "../graph.ts";

/** Sizes that a head depends on. */
export interface HeadSizes {
  /** Of a hidden state. */
  readonly width: number;
  /** Numbers of an action. */
  readonly actions: number;
}

export interface Head {
  /** Normal numbers that a draw takes; 0 where nothing is left to chance. */
  readonly noise: number;
  /** Draws for each answer that is learned; 0 where learning needs none. */
  readonly draws: number;
  /** Shape of every parameter by its name. */
  shapes(sizes: HeadSizes): ReadonlyMap<string, readonly number[]>;
  /**
   * What to make small, an answer a row [n, 1]: hidden [n, width], wanted [n, actions], noise
   * [n * draws, noise].
   */
  loss(weights: Weights, hidden: Value, wanted: Value, noise: Value | undefined): Value;
  /** Actions [n, actions] by hidden [n, width] and noise [n, noise]. */
  draw(weights: Weights, hidden: Value, noise: Value | undefined): Value;
}

export type Weights = ReadonlyMap<string, Value>;
