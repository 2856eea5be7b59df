// A stretch of a session, in its stamps; both ends belong to it.

export interface Stretch {
  readonly startNs: number;
  readonly endNs: number;
}
