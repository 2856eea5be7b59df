// "Did you mean": the nearest of the words that would have been right (Damerau-Levenshtein distance
// with adjacent swaps, as a typing hand makes them).

const distance = (a: string, b: string): number => {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        previous[column]! + 1,
        current[column - 1]! + 1,
        previous[column - 1]! + (same ? 0 : 1),
      );
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, before[column - 2]! + 1);
      current.push(cost);
    }
    [before, previous] = [previous, current];
  }
  return previous[b.length]!;
};

/** The choice nearest to `word`, or undefined when none is near enough to be what was meant. */
export const nearest = (word: string, choices: Iterable<string>): string | undefined => {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 2)) + 1;
  for (const choice of choices) {
    const cost = distance(word.toLowerCase(), choice.toLowerCase());
    if (cost < least) [best, least] = [choice, cost];
  }
  return best;
};

/** What to write instead of `word`: the nearest choice first, then all of them. */
export const adviseOneOf = (word: unknown, choices: Iterable<string>): string => {
  const all = [...choices];
  const near = typeof word === "string" ? nearest(word, all) : undefined;
  const list = all.length === 1 ? `write ${all[0]}` : `write one of ${all.join(", ")}`;
  return near === undefined ? list : `did you mean ${near}? ${list}`;
};
