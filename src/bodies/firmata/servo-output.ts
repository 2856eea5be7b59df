// What makes the pulses of one servo on a Firmata board: a pin of the board, or a chip on its I2C.
export interface ServoOutput {
  /** What makes the pulses, in words: outputs of one device have the same. */
  readonly device: string;
  drive(pulseUs: number): void;
  /** No more pulses. */
  release(): void;
  /** Resolves once the board has answered, to whether there are pulses. Rejects with a BodyError where a chip is missing. */
  ask(): Promise<boolean>;
}
