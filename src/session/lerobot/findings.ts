// What is wrong with a data set. Of one rule in one file the first few are told, and how many there were:
// a column of the wrong type is wrong in every row.

export interface Violation {
  /** The part of the layout: info, tasks, episodes, data, statistics, videos. */
  readonly rule: string;
  /** Path in the data set. */
  readonly file: string;
  /** What was found, and what was expected. */
  readonly problem: string;
}

const TOLD = 3;

export class Findings {
  readonly #violations: Violation[] = [];
  readonly #counts = new Map<string, number>();

  add(rule: string, file: string, problem: string): void {
    const key = `${rule}\n${file}\n${problem.replaceAll(/-?[\d.]+(e-?\d+)?/g, "#")}`; // alike but for numbers
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    if (count <= TOLD) this.#violations.push({ rule, file, problem });
  }

  /** Adds a problem unless it holds; says whether it does. */
  expect(holds: boolean, rule: string, file: string, problem: string): boolean {
    if (!holds) this.add(rule, file, problem);
    return holds;
  }

  result(): Violation[] {
    const more = [...this.#counts]
      .filter(([, count]) => count > TOLD)
      .map(([key, count]) => {
        const [rule = "", file = "", alike = ""] = key.split("\n");
        return { rule, file, problem: `${count - TOLD} more like it: ${alike}` };
      });
    return [...this.#violations, ...more];
  }
}
