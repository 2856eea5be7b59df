// The errors a user can meet. A message says what failed, on what, what was found against what was
// expected, and what to do. Deliberately not here: a programmer's mistake (TypeError, RangeError)
// and a broken robot (safety's shutdown, which never throws).

/** The base of every error that is shown to a person without a stack trace. */
export class EfferenceError extends Error {
  override readonly name: string = "EfferenceError";
}

/** A robot.yaml that can't be used; `problems` holds one line for each thing to mend. */
export class RobotFileError extends EfferenceError {
  override readonly name = "RobotFileError";
  readonly file: string;
  readonly problems: readonly string[];

  constructor(file: string, problems: readonly string[]) {
    super(problems.join("\n"));
    this.file = file;
    this.problems = problems;
  }
}

/** A vocabulary or a codec that does not fit what is asked of it. */
export class VocabularyError extends EfferenceError {
  override readonly name = "VocabularyError";
}

/** A policy that can't be found, loaded or trusted. */
export class PolicyError extends EfferenceError {
  override readonly name = "PolicyError";
}

/** A body that can't be opened, or that no longer answers. */
export class BodyError extends EfferenceError {
  override readonly name = "BodyError";
}

/** A sensor that can't be opened, or that stopped. */
export class SensorError extends EfferenceError {
  override readonly name = "SensorError";
}

/** A recording that can't be written or read. */
export class SessionError extends EfferenceError {
  override readonly name = "SessionError";
}

/** A command line that can't be obeyed. */
export class UsageError extends EfferenceError {
  override readonly name = "UsageError";
}
