// Typed reading of the parameters of a vocabulary range, which may come from a file.
import { VocabularyError } from "../core/errors.ts";

/** What of a range its readers need here. */
export interface Parametrised {
  readonly name: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

const wrong = (range: Parametrised, key: string, expected: string): VocabularyError =>
  new VocabularyError(
    `range "${range.name}" of the vocabulary can't be decoded: parameter "${key}" is ` +
      `${JSON.stringify(range.parameters[key])}, expected ${expected}; build the vocabulary again from robot.yaml`,
  );

export const numberIn = (range: Parametrised, key: string): number => {
  const value = range.parameters[key];
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw wrong(range, key, "a number");
};

export const numbersIn = (range: Parametrised, key: string): readonly number[] => {
  const value = range.parameters[key];
  if (Array.isArray(value) && value.every((v): v is number => typeof v === "number")) return value;
  throw wrong(range, key, "a list of numbers");
};

/** A list of lists of `width` numbers each. */
export const rowsIn = (
  range: Parametrised,
  key: string,
  width: number,
): readonly (readonly number[])[] => {
  const value = range.parameters[key];
  const isRow = (row: unknown): row is readonly number[] =>
    Array.isArray(row) && row.length === width && row.every((v) => typeof v === "number");
  if (Array.isArray(value) && value.every(isRow)) return value;
  throw wrong(range, key, `a list of rows of ${width} numbers`);
};

export const namesIn = (range: Parametrised, key = "names"): readonly string[] => {
  const value = range.parameters[key];
  if (Array.isArray(value) && value.every((v): v is string => typeof v === "string")) return value;
  throw wrong(range, key, "a list of names");
};
