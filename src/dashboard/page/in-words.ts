// Sizes and times as a person reads them.

/** "?" where nobody knows. */
export const bytesInWords = (count: number | undefined): string => {
  if (count === undefined) return "?";
  return count > 1e9 ? `${(count / 1e9).toFixed(1)} GB` : `${(count / 1e6).toFixed(1)} MB`;
};

/** Of an ISO date, to the minute. */
export const dateInWords = (iso: string): string => iso.slice(0, 16).replace("T", " ");
