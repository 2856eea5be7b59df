// Sizes and times as a person reads them.

/** "?" where nobody knows. */
export const bytesInWords = (count: number | undefined): string => {
  if (count === undefined) return "?";
  return count > 1e9 ? `${(count / 1e9).toFixed(1)} GB` : `${(count / 1e6).toFixed(1)} MB`;
};

/** "1 session", "2 sessions". */
export const countInWords = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? "" : "s"}`;

/** Of an ISO date, to the minute. */
export const dateInWords = (iso: string): string => iso.slice(0, 16).replace("T", " ");
