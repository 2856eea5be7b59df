// How much there is of something on a disk, for the panels and lists that tell it.
/** Sizes as a person reads them; "?" where nobody knows. */
export const bytesInWords = (count: number | undefined): string => {
  if (count === undefined) return "?";
  return count > 1e9 ? `${(count / 1e9).toFixed(1)} GB` : `${(count / 1e6).toFixed(1)} MB`;
};
