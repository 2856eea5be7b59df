// What a body on a wire needs of a serial port, so that it is the same over a real one and over an emulated board.

export interface LinePort {
  /** Puts bytes on the line, behind those that are on their way; on a line that is gone they are lost. */
  write(bytes: Uint8Array): void;
  setBaud(baud: number): Promise<void>;
  /** Does nothing to a line that is gone. */
  close(): Promise<void>;
}

export interface LineEvents {
  readonly heard: (bytes: Uint8Array) => void;
  /** The line has ended without being closed: told once, with the reason in words. */
  readonly gone: (reason: string) => void;
}

/** Opens the line anew at each call, at the first of BAUDS, which resets an Uno. Rejects with a BodyError that says what to do. */
export type OpenLine = (events: LineEvents) => Promise<LinePort>;
